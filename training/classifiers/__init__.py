"""Classifiers: one vector per picture to one score per label."""

from training.classifiers.registry import ClassifierSettings
from training.classifiers.scores import score

__all__ = ["ClassifierSettings", "score"]
