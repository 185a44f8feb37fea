"""Extractors that are ONNX graphs, one module each."""
