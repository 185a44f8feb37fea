"""Converts ONNX models to Core ML ML Programs, and interprets ML Programs on any system."""
