"""Palettes of pictures: computed here, asked of a gateway, written to files."""
