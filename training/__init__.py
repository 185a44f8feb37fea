"""Training: from a folder of labelled pictures to a fitted, calibrated model and its report."""
