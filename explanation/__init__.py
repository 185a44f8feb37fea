"""Explains one answer: a photo, taken through a bundle stage by stage, with a drawing of each."""
