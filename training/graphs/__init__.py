"""ONNX graphs that training, server and phone share."""
