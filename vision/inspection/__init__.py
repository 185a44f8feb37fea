"""Looks inside: the quantities that a course draws, computed as the extractors define them."""
