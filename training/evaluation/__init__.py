"""Evaluation: a classifier's figures, and the calibration of its scores to probabilities."""
