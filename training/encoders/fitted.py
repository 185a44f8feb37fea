"""A fitted encoder: its graph, run exactly as server and phone run it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.graphs.session import GraphSession

# More descriptors than this change neither words nor variances noticeably.
SAMPLE_SIZE = 60_000


@dataclass(frozen=True)
class FittedEncoder:
    """The graph from `descriptors` to `features`.

    Attributes:
        graph: A serialised ONNX model.
    """

    graph: bytes

    @classmethod
    def from_model(cls, model: onnx.ModelProto) -> FittedEncoder:
        """Makes an encoder of its graph."""
        return cls(model.SerializeToString(deterministic=True))

    def encode(
        self, descriptors: DescriptorSet, pictures: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Computes the vector of every picture, float32, shape (pictures, size).

        Args:
            descriptors: Of the pictures.
            pictures: Numbers of those that are encoded; None encodes all.
        """
        session = GraphSession(self.graph)
        chosen = np.arange(len(descriptors)) if pictures is None else pictures
        return np.concatenate([session.run(descriptors.of(int(picture))) for picture in chosen])
