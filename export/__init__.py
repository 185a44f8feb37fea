"""From a fitted recipe to a bundle: ONNX, Core ML, parity."""
