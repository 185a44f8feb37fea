"""ONNX to Core ML ML Programs, and an interpreter that runs them anywhere."""
