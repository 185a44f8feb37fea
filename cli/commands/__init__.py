"""The commands of `lienzo`, one module each, and their table."""
