"""Drawn pictures, and a small model that tells them apart: what tests and benchmarks have in common."""
