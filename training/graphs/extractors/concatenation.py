"""Several extractors of one vector each, concatenated in one graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph, add_reduced
from vision.errors import InvalidExtractorParameter
from vision.extractors.features import Parameter

SEPARATOR = "+"


@dataclass(frozen=True)
class Concatenation(GraphExtractor):
    """The concatenated vectors of several extractors.

    The graph takes the largest of their squares and reduces it for the others; their sides must divide the
    largest. Its name joins theirs by `+`; their parameters are named `extractor.parameter`.
    """

    parts: tuple[GraphExtractor, ...] = ()

    def __post_init__(self) -> None:
        # Class attributes of other extractors; here they depend on the parts, and the class is frozen.
        object.__setattr__(self, "name", SEPARATOR.join(each.name for each in self.parts))
        object.__setattr__(self, "description", " ".join(each.description for each in self.parts))
        for each in self.parts:
            if each.kind == "local":
                problem = "has descriptors, and only vectors can be joined"
                raise InvalidExtractorParameter(self.name, each.name, problem)
            if self.side_px % each.side_px:
                problem = f"divides the largest square ({self.side_px}), which {each.side_px} does not"
                raise InvalidExtractorParameter(self.name, f"{each.name}.side_px", problem)

    @property
    def dimension(self) -> int:
        """Sum of the parts' dimensions."""
        return sum(each.dimension for each in self.parts)

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
        vectors = [
            each.described(graph, add_reduced(graph, planes, self.side_px // each.side_px))
            for each in self.parts
        ]
        return graph.add("Concat", *vectors, axis=1)
