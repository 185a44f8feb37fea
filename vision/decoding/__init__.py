"""How picture files become pixels: one module per concern, `vision.picture` is the door."""
