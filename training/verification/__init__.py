"""Verification: exemplars of each label, and between which bounds answers are verified with them."""
