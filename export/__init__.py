"""Export: from a trained model to a bundle with ONNX graphs, and to a Core ML package; parity of both."""
