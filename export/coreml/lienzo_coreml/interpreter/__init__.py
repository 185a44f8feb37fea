"""Runs a saved Core ML ML Program in numpy, on any system.

It reads the package byte by byte and knows nothing of the converter, so that agreement with onnxruntime is
evidence about the file, not about the code that wrote it. The meaning of every operation follows Apple's
description of it.
"""

from lienzo_coreml.interpreter.model import CoreMLModel, load_model

__all__ = ["CoreMLModel", "load_model"]
