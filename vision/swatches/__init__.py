"""Writes palettes in the file formats of other tools: arrays and dataclasses in, bytes out."""
