"""Encoders: descriptors of a picture to one vector, learnt here and written as graphs."""

from training.encoders.fitted import FittedEncoder
from training.encoders.registry import EncoderSettings

__all__ = ["EncoderSettings", "FittedEncoder"]
