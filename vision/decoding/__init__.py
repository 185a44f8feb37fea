"""Decodes picture files: formats, headers, pixels, colour profiles. Callers use `vision.picture`."""
