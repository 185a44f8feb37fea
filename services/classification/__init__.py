"""Features to labels."""
