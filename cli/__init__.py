"""The `lienzo` command."""
