"""Pure functions on pictures: arrays in, arrays or frozen dataclasses out."""
