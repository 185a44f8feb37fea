"""Descriptors of image sets: extracted once, cached on disk, joined with labels."""
