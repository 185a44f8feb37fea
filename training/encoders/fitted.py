"""A fitted encoder: its graph, run exactly as server and phone run it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.graphs.encoders.windows import LEARNT
from training.graphs.session import GraphSession

# More descriptors than this change neither words nor variances noticeably.
SAMPLE_SIZE = 60_000


@dataclass(frozen=True)
class FittedEncoder:
    """The graph from `descriptors` to `features`, and perhaps to `learnt`.

    Machines learn from the vectors `learnt` where there are such, and are asked about `features`.

    Attributes:
        graph: A serialised ONNX model.
    """

    graph: bytes

    @classmethod
    def from_model(cls, model: onnx.ModelProto) -> FittedEncoder:
        """Makes an encoder of its graph."""
        return cls(model.SerializeToString(deterministic=True))

    def encode(
        self,
        descriptors: DescriptorSet,
        pictures: NDArray[np.int64] | None = None,
        learnt: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float32]:
        """Computes the vector of every picture, float32, shape (pictures, size).

        Args:
            descriptors: Of the pictures.
            pictures: Numbers of those that are encoded; None encodes all.
            learnt: Which of these are trained on; None are: all are asked about.
        """
        session = GraphSession(self.graph)
        chosen = np.arange(len(descriptors)) if pictures is None else pictures
        apart = learnt if learnt is not None and LEARNT in session.outputs else np.zeros(len(chosen), bool)
        return np.concatenate(
            [
                session.run(descriptors.of(int(picture)), LEARNT if to_learn else "")
                for picture, to_learn in zip(chosen, apart, strict=True)
            ]
        )

    def encode_both(
        self, descriptors: DescriptorSet, asked: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Computes the vectors of all pictures to learn from, and of so many first ones to be asked about."""
        vectors = self.encode(descriptors, learnt=np.ones(len(descriptors), bool))
        if LEARNT not in GraphSession(self.graph).outputs:
            return vectors, vectors[:asked]
        return vectors, self.encode(descriptors, np.arange(asked))
