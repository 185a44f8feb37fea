"""The classifier as one ONNX graph: encoder, estimator, calibration."""
