"""Names of what a model's ONNX graphs take and give: whoever builds or runs one takes them from here."""

from __future__ import annotations

from typing import Final

IMAGE: Final = "image"
"""In of a feature graph: a picture, uint8, (1, side, side, 3), RGB."""
DESCRIPTORS: Final = "descriptors"
"""Out of a local feature graph, in of the classifier behind it: float32, (N, dimension)."""
FEATURES: Final = "features"
"""Out of a global feature graph, in of the classifier behind it: one vector, float32, (1, dimension)."""
KEYPOINTS: Final = "keypoints"
"""Out of a local feature graph, if it tells them: float32, (N, 4), in pixels of the square."""
PROBABILITIES: Final = "probabilities"
"""Out of a classifier: float32, (1, labels), together 1."""

OF_KIND: Final = {"local": DESCRIPTORS, "global": FEATURES}
"""What a feature graph gives and a classifier takes, by the kind of features."""
