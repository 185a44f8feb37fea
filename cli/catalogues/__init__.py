"""What `lienzo catalogue` prints and writes."""
