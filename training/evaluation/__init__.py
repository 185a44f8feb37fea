"""Evaluation: how good a classifier is, and what its scores are worth as probabilities."""
