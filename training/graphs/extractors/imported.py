"""An extractor that is a graph which was trained elsewhere, such as a network without its last layer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import onnx

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph
from vision.errors import InvalidExtractorParameter
from vision.extractors.features import Parameter
from vision.graph import FeatureGraph

NAME = "onnx"


@dataclass(frozen=True)
class ImportedGraph(GraphExtractor):
    """Runs a graph from a picture to one vector as it is.

    Attributes:
        graph: Follows the format of `vision.graph`, with the vector as its output.
        source: Name of the file that it was made of.
    """

    name: ClassVar[str] = NAME
    description: ClassVar[str] = "A network that was trained elsewhere."

    graph: bytes = b""
    source: str = ""

    @classmethod
    def of(cls, graph: bytes, source: str) -> ImportedGraph:
        """Makes the extractor of a graph.

        Raises:
            InvalidFeatureGraph: When it does not follow the format.
        """
        return cls(side_px=FeatureGraph.load(graph).side_px, graph=graph, source=source)

    @property
    def dimension(self) -> int:
        """Elements of the vector."""
        return self.loaded.dimension

    @property
    def is_centred(self) -> bool:
        """Whether the largest central square of a picture is taken."""
        return self.loaded.is_centred

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The file's name, and the digest of the graph."""
        return {"file": self.source, "sha256": hashlib.sha256(self.graph).hexdigest()}

    def model(self) -> onnx.ModelProto:
        """Returns the graph."""
        return onnx.load_from_string(self.graph)

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Refuses to be a part of another graph."""
        raise InvalidExtractorParameter(NAME, "graph", "prepares the picture itself, and cannot be joined")
