"""Descriptors of image sets: extracted once, kept on disk, joined with labels."""
