"""Classifiers: from one vector per picture to one score per label."""

from training.classifiers.learning import learn_classifier
from training.classifiers.scores import score
from training.classifiers.vote import ClassifierSettings

__all__ = ["ClassifierSettings", "learn_classifier", "score"]
