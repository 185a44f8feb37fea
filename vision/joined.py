"""Descriptors of OpenCV with a vector for the whole picture beside them, and how bundles open extractors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vision.errors import InvalidFeatureGraph
from vision.extractors import Extractor, create_extractor
from vision.extractors.features import DescriptorType, GlobalFeatures, LocalFeatures, Parameter
from vision.extractors.registry import is_of_opencv
from vision.extractors.sift import Sift
from vision.graph import FeatureGraph
from vision.matching import Mirror

SEPARATOR = "+"


class VectorExtractor(Protocol):
    """Extracts one vector for a whole picture; safe to share between threads."""

    @property
    def dimension(self) -> int:
        """Elements of the vector."""

    @property
    def max_side_px(self) -> int:
        """Longer side in pixels to which larger pictures may be reduced first."""

    def extract(self, pixels: NDArray[np.uint8]) -> LocalFeatures | GlobalFeatures:
        """Extracts the vector of a picture (uint8, RGB, shape (height, width, 3))."""


@dataclass(frozen=True)
class JoinedExtractor:
    """Descriptors of one extractor with the vector of another.

    Attributes:
        name: Names of all that are joined, with `+` between them.
        parameters: Theirs, each after the name of its extractor and a dot.
        local: Gives the descriptors.
        vector: Gives the vector.
    """

    name: str
    parameters: Mapping[str, Parameter]
    local: Extractor
    vector: VectorExtractor

    @property
    def description(self) -> str:
        """That of the descriptors."""
        return f"{self.local.description} With a vector for the whole picture."

    @property
    def dimension(self) -> int:
        """Elements of one descriptor."""
        return self.local.dimension

    @property
    def vector_size(self) -> int:
        """Elements of the vector."""
        return self.vector.dimension

    @property
    def descriptor_type(self) -> DescriptorType:
        """How an element of a descriptor is stored."""
        return self.local.descriptor_type

    @property
    def max_side_px(self) -> int:
        """Longer side in pixels that is enough for both."""
        return max(self.local.max_side_px, self.vector.max_side_px)

    def extract(self, pixels: NDArray[np.uint8]) -> LocalFeatures:
        """Extracts the descriptors of one picture (uint8, RGB, shape (height, width, 3)) and its vector."""
        found, whole = self.local.extract(pixels), self.vector.extract(pixels)
        return LocalFeatures(found.descriptors, found.keypoints, np.asarray(whole.rows[0], np.float32))


def open_extractor(
    name: str, parameters: Mapping[str, Parameter], graph: bytes | None
) -> Extractor | FeatureGraph:
    """Opens the extractor that a model was trained with.

    Args:
        name: As the manifest says.
        parameters: As the manifest says.
        graph: Contents of `features.onnx`; None in a bundle without.

    Raises:
        VisionError: When an extractor is not known or not installed here, refuses a parameter, or the graph
            cannot be used.
    """
    if graph is None:
        return create_extractor(name, parameters)
    loaded = FeatureGraph.load(graph)
    described = [each for each in name.split(SEPARATOR) if is_of_opencv(each)]
    if not described:
        return loaded
    if loaded.kind == "local":
        raise InvalidFeatureGraph(f"gives descriptors, as {described[0]} does, and no vector beside them")
    local = create_extractor(described[0], parameters_of(described[0], parameters))
    return JoinedExtractor(name, parameters, local, loaded)


def mirror_of(extractor: object) -> Mirror | None:
    """Returns what an extractor would find in a mirrored picture; None where it cannot tell.

    Args:
        extractor: Of any kind; of a joined one, its descriptors count.
    """
    local = extractor.local if isinstance(extractor, JoinedExtractor) else extractor
    return local.mirrored if isinstance(local, Sift) else None


def parameters_of(name: str, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Selects the parameters of one of several joined extractors, under their own names.

    >>> parameters_of("sift", {"sift.sigma": 1.2, "lbp.grid": 2})
    {'sigma': 1.2}
    """
    first = f"{name}."
    return {key.removeprefix(first): each for key, each in parameters.items() if key.startswith(first)}
