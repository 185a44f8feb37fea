"""Picture to features."""
