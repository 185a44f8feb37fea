"""Augmentation: pictures as a phone would see them, and distorted copies of training pictures."""
