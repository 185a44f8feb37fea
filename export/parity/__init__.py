"""Parity: compares the answers of all run times to the same pictures, and reports the differences."""
