"""Encoders as ONNX graphs, and the nodes that they share."""
