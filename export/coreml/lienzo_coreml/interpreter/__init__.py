"""Runs a saved Core ML ML Program in numpy, on any system.

It reads the package itself and shares no code with the converter, so that agreement with onnxruntime is
evidence about the file. Every operation follows Apple's description of it.
"""

from lienzo_coreml.interpreter.model import CoreMLModel, load_model

__all__ = ["CoreMLModel", "load_model"]
