"""The interface of extractors that are ONNX graphs, for recipes and bundles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import ClassVar, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from training.graphs.extractors.picture import PictureGraph, add_placed, add_planes, add_trimmed
from vision import ports
from vision.extractors.features import (
    DescriptorType,
    GlobalFeatures,
    LocalFeatures,
    Parameter,
    vector_rows,
)
from vision.extractors.parameters import choice, ranged
from vision.graph import DESCRIPTOR_TYPE_KEY, VECTOR_KEY, FeatureGraph


@dataclass(frozen=True)
class GraphExtractor(ABC):
    """Extracts the features of a picture, stretched to a square, by one graph.

    Attributes:
        side_px: Side of the square.
        border: `trim` cuts off lines of one colour around the picture, inside the graph.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    kind: ClassVar[Literal["local", "global"]] = "global"
    descriptor_type: ClassVar[DescriptorType] = "float32"

    side_px: int = ranged(256, 16, 1024)
    border: str = choice("keep", "trim")

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Elements of a descriptor, or of the vector."""

    @abstractmethod
    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds the extractor to a graph.

        Args:
            graph: Graph to add to.
            planes: Name of a picture: float32, (1, 3, side_px, side_px), RGB, 0 to 255.

        Returns:
            Name of the descriptors (N, dimension), a joined vector before them, or of the vector
            (1, dimension); float32.
        """

    @property
    def vector_size(self) -> int:
        """Elements of a vector that is joined to descriptors; 0 for none."""
        return 0

    @property
    def keypoints(self) -> NDArray[np.float32] | None:
        """Keypoints of the descriptors: float32, (N, 4), x, y and diameter in pixels of the square, angle."""
        return None

    def placed(self, graph: PictureGraph, planes: str) -> str:
        """Adds the keypoints of the descriptors, shape (N, 4), in pixels of the planes.

        Args:
            graph: Graph to add to.
            planes: The picture that was `described`.
        """
        return graph.number(np.zeros((0, 4)) if self.keypoints is None else self.keypoints)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Every parameter with its value, ready for JSON."""
        values = asdict(self).items()
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values}

    @property
    def max_side_px(self) -> int:
        """Longer side in pixels to which pictures may be reduced before they are stretched."""
        return 2 * self.side_px

    def model(self) -> onnx.ModelProto:
        """Builds `features.onnx`, from `image` (uint8, (1, side, side, 3), RGB) to descriptors or vector."""
        graph = PictureGraph(self.name)
        planes, kept = add_planes(graph, ports.IMAGE), None
        if self.border == "trim":
            planes, kept = add_trimmed(graph, planes, self.side_px)
        output = ports.OF_KIND[self.kind]
        graph.add("Identity", self.described(graph, planes), output=output)
        outputs = {output: [1 if self.kind == "global" else "count", self.dimension]}
        if self.keypoints is not None:
            rows = vector_rows(self.vector_size, self.dimension) + len(self.keypoints)
            outputs = {
                output: [rows, self.dimension],
                ports.KEYPOINTS: [*self.keypoints.shape],
            }
            placed = self.placed(graph, planes)
            if kept:
                corner, size = (graph.add("Concat", *each, axis=0) for each in (kept[:2], kept[2:]))
                placed = add_placed(graph, placed, corner, size, self.side_px)
            graph.add("Identity", placed, output=ports.KEYPOINTS)
        model = graph.model({ports.IMAGE: [1, self.side_px, self.side_px, 3]}, outputs)
        model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
        model.metadata_props.add(key=DESCRIPTOR_TYPE_KEY, value=self.descriptor_type)
        if self.vector_size:
            model.metadata_props.add(key=VECTOR_KEY, value=str(self.vector_size))
        onnx.checker.check_model(model, full_check=True)
        return model

    @property
    def is_centred(self) -> bool:
        """Whether the largest central square of a picture is taken, in place of all of it stretched."""
        return False

    @property
    def loaded(self) -> FeatureGraph:
        """The graph of `model`, ready to run."""
        return _loaded(self)

    def extract(self, pixels: NDArray[np.uint8]) -> LocalFeatures | GlobalFeatures:
        """Runs the graph of `model` on one picture (uint8, RGB, shape (height, width, 3))."""
        return self.loaded.extract(pixels)


@lru_cache(maxsize=16)
def _loaded(extractor: GraphExtractor) -> FeatureGraph:
    return FeatureGraph.load(extractor.model().SerializeToString(deterministic=True))
