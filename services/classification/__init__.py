"""The classification service: from features to labels."""
