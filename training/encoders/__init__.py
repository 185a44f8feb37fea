"""Encoders: from a picture's descriptors to one vector; fitted here and written as ONNX graphs."""

from training.encoders.fitted import FittedEncoder
from training.encoders.registry import EncoderSettings

__all__ = ["EncoderSettings", "FittedEncoder"]
