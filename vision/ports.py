"""Names of the inputs and outputs of a model's ONNX graphs."""

from __future__ import annotations

from typing import Final

IMAGE: Final = "image"
"""Input of a feature graph: a picture, uint8, (1, side, side, 3), RGB."""
DESCRIPTORS: Final = "descriptors"
"""Output of a local feature graph, and input of its classifier: float32, (N, dimension)."""
FEATURES: Final = "features"
"""Output of a global feature graph, and input of its classifier: one vector, float32, (1, dimension)."""
KEYPOINTS: Final = "keypoints"
"""Optional output of a local feature graph: float32, (N, 4), in pixels of the square."""
PROBABILITIES: Final = "probabilities"
"""Output of a classifier: float32, (1, labels), summing to 1."""

OF_KIND: Final = {"local": DESCRIPTORS, "global": FEATURES}
"""Output of a feature graph and input of its classifier, by the kind of features."""
