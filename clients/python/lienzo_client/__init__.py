"""Talk to a lienzo gateway: labels and palettes of pictures."""
