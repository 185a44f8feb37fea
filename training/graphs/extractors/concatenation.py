"""Several extractors in one graph: their vectors concatenated, and the descriptors of one of them behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph, add_reduced
from vision.errors import InvalidExtractorParameter
from vision.extractors.features import Parameter, scaled_keypoints, vector_rows
from vision.joined import SEPARATOR


@dataclass(frozen=True)
class Concatenation(GraphExtractor):
    """The concatenated vectors of several extractors; one of them may give descriptors instead.

    The vector then comes first, in rows of its own, see `joined_rows`. The graph takes the largest of their
    squares and reduces it for the others; their sides must divide the largest. Its name joins theirs by `+`;
    their parameters are named `extractor.parameter`.
    """

    parts: tuple[GraphExtractor, ...] = ()

    def __post_init__(self) -> None:
        # Class attributes of other extractors; here they depend on the parts, and the class is frozen.
        object.__setattr__(self, "name", SEPARATOR.join(each.name for each in self.parts))
        object.__setattr__(self, "description", " ".join(each.description for each in self.parts))
        local = [each for each in self.parts if each.kind == "local"]
        if len(local) > 1:
            names = " and ".join(each.name for each in local)
            raise InvalidExtractorParameter(
                self.name, "extractors", f"have descriptors: {names}, at most one may"
            )
        if local:
            object.__setattr__(self, "kind", "local")
            object.__setattr__(self, "descriptor_type", local[0].descriptor_type)
        for each in self.parts:
            if self.side_px % each.side_px:
                problem = f"divides the largest square ({self.side_px}), which {each.side_px} does not"
                raise InvalidExtractorParameter(self.name, f"{each.name}.side_px", problem)

    @property
    def dimension(self) -> int:
        """Sum of the vectors' dimensions; with descriptors theirs."""
        local = self._local
        return local.dimension if local else sum(each.dimension for each in self._vectors)

    @property
    def vector_size(self) -> int:
        """Elements of the vector beside descriptors; 0 without any."""
        return sum(each.dimension for each in self._vectors) if self._local else 0

    @property
    def keypoints(self) -> NDArray[np.float32] | None:
        """Keypoints of the descriptors in pixels of the square; None without any."""
        local = self._local
        if local is None or local.keypoints is None:
            return None
        return scaled_keypoints(local.keypoints, self.side_px / local.side_px)

    @property
    def _local(self) -> GraphExtractor | None:
        return next((each for each in self.parts if each.kind == "local"), None)

    @property
    def _vectors(self) -> tuple[GraphExtractor, ...]:
        return tuple(each for each in self.parts if each.kind == "global")

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """`border`, and the parameters of each part under its name."""
        named = {
            f"{part.name}.{name}": value
            for part in self.parts
            for name, value in part.parameters.items()
            if name != "border"
        }
        return {"border": self.border, **named}

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds each part on its own size of the picture."""
        vectors = [self._added(graph, planes, each) for each in self._vectors]
        vector = vectors[0] if len(vectors) == 1 else graph.add("Concat", *vectors, axis=1)
        if self._local is None:
            return vector
        rows = vector_rows(self.vector_size, self.dimension)
        if filling := rows * self.dimension - self.vector_size:
            vector = graph.add("Concat", vector, graph.number(np.zeros((1, filling))), axis=1)
        first = graph.reshaped(vector, rows, self.dimension)
        return graph.add("Concat", first, self._added(graph, planes, self._local), axis=0)

    def placed(self, graph: PictureGraph, planes: str) -> str:
        """Adds the keypoints of the part that has descriptors, on the largest square."""
        local = self._local
        if local is None:
            return super().placed(graph, planes)
        factor = self.side_px / local.side_px
        placed = local.placed(graph, self._reduced(graph, planes, local))
        return graph.add("Mul", placed, graph.number([factor, factor, factor, 1.0]))

    def _added(self, graph: PictureGraph, planes: str, part: GraphExtractor) -> str:
        return part.described(graph, self._reduced(graph, planes, part))

    def _reduced(self, graph: PictureGraph, planes: str, part: GraphExtractor) -> str:
        factor = self.side_px // part.side_px
        return graph.once(f"reduced {factor}", planes, lambda: add_reduced(graph, planes, factor))
