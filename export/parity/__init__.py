"""Parity: the same pictures asked in every run time, and what the report tells of it."""
