"""The commands of `lienzo`, one module each, and the table of them."""
