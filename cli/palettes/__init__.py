"""Palettes of pictures: computed here or by a gateway, printed, written to files."""
