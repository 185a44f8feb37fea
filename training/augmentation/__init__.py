"""Augmentation: simulated phone photographs, and distorted copies of training pictures."""
