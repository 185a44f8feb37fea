"""Learns to find a picture in a photo of it, once for all models."""
