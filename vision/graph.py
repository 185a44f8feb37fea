"""Runs extractors that are ONNX graphs in onnxruntime, in the same way in training and in the server.

A feature graph has one input `image` (uint8, (1, side, side, 3), RGB). Its first output is `descriptors`
(float32, (N, dimension)) for a local extractor or `features` (float32, (1, dimension)) for a global one.
Local ones may have a second output `keypoints` (float32, (N, 4), in pixels of the square), as many for
every picture. One that joins a vector has it in the first rows of `descriptors`, see `joined_rows`; the
graph's metadata say how many elements it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.errors import InvalidFeatureGraph
from vision.extractors.features import DescriptorType, GlobalFeatures, LocalFeatures, vector_rows
from vision.inference import open_session
from vision.ports import DESCRIPTORS, FEATURES, IMAGE, KEYPOINTS

DESCRIPTOR_TYPE_KEY = "lienzo.descriptor_type"
VECTOR_KEY = "lienzo.vector"
"""Elements of the vector that is joined to the descriptors."""
FIT_KEY = "lienzo.fit"
"""How a picture becomes the square: `centre` cuts the largest central one out, else it is stretched."""


@dataclass(frozen=True)
class FeatureGraph:
    """A graph that extracts the features of a picture; safe to share between threads.

    Attributes:
        session: The onnxruntime session.
        side_px: Side of the square input in pixels.
        dimension: Elements of a descriptor, or of the vector.
        descriptor_type: How an element is stored; uint8 when the graph's metadata says whole numbers.
        keypoints: Shape (N, 4), float32, the descriptors' keypoints in a black picture, in pixels of the
            square; None for a global extractor.
        is_centred: Whether the largest central square of a picture is taken, in place of all of it stretched.
        vector_size: Elements of the vector that is joined to the descriptors; 0 for none.
        has_keypoints: Whether the graph tells the descriptors' keypoints.
    """

    session: Any
    side_px: int
    dimension: int
    descriptor_type: DescriptorType
    keypoints: NDArray[np.float32] | None
    is_centred: bool = False
    vector_size: int = 0
    has_keypoints: bool = False

    @classmethod
    def load(cls, model: bytes) -> FeatureGraph:
        """Loads a serialised ONNX model to run on one thread.

        Raises:
            InvalidFeatureGraph: When it is not an ONNX model, or does not follow the format.
        """
        try:
            session = open_session(model)
        except Exception as error:  # onnxruntime's exceptions share no other root
            raise InvalidFeatureGraph("cannot be read by onnxruntime") from error
        outputs = {each.name: each.shape for each in session.get_outputs()}
        side_px = _side_px(session)
        metadata = session.get_modelmeta().custom_metadata_map
        kind = metadata.get(DESCRIPTOR_TYPE_KEY)
        if FEATURES in outputs:
            is_centred = metadata.get(FIT_KEY) == "centre"
            return cls(session, side_px, outputs[FEATURES][1], "float32", None, is_centred)
        if DESCRIPTORS not in outputs:
            wanted = f'"{DESCRIPTORS}" or "{FEATURES}"'
            raise InvalidFeatureGraph(f"has no output {wanted}, but {', '.join(outputs)}")
        blank = {IMAGE: np.zeros((1, side_px, side_px, 3), np.uint8)}
        count, dimension = session.run([DESCRIPTORS], blank)[0].shape
        joined = _vector_size(metadata, count, dimension)
        keypoints = np.full((count - vector_rows(joined, dimension), 4), -1, np.float32)
        has_keypoints = KEYPOINTS in outputs
        if has_keypoints:
            keypoints = np.asarray(session.run([KEYPOINTS], blank)[0], np.float32)
        stored: DescriptorType = "uint8" if kind == "uint8" else "float32"
        return cls(
            session,
            side_px,
            dimension,
            stored,
            keypoints,
            vector_size=joined,
            has_keypoints=has_keypoints,
        )

    @property
    def kind(self) -> Literal["local", "global"]:
        """Descriptors at keypoints, or one vector."""
        return "global" if self.keypoints is None else "local"

    @property
    def max_side_px(self) -> int:
        """Longer side to which pictures may be reduced first: twice the square, so that little is lost."""
        return 2 * self.side_px

    def extract(self, pixels: NDArray[np.uint8]) -> LocalFeatures | GlobalFeatures:
        """Extracts the features of one picture.

        Args:
            pixels: Upright picture, uint8, RGB, shape (height, width, 3). It is stretched to the graph's
                square whatever its aspect ratio, as Vision's `scaleFill` does on a phone; a graph that is
                centred takes the largest central square, as `centerCrop` does.

        Returns:
            Descriptors with keypoints in pixels of `pixels`, or one vector.
        """
        square = self.fitted(pixels)[np.newaxis]
        if self.keypoints is None:
            return GlobalFeatures(self.session.run([FEATURES], {IMAGE: square})[0][0])
        outputs = [DESCRIPTORS, KEYPOINTS] if self.has_keypoints else [DESCRIPTORS]
        descriptors, *others = self.session.run(outputs, {IMAGE: square})
        (placed,) = others or (self.keypoints,)
        height, width, _ = pixels.shape
        x, y = width / self.side_px, height / self.side_px
        # The circular neighbourhood becomes an ellipse; its size is that of a circle of the same area.
        keypoints = placed * np.array([x, y, (x * y) ** 0.5, 1], np.float32)
        kind = np.uint8 if self.descriptor_type == "uint8" else np.float32
        first = vector_rows(self.vector_size, self.dimension)
        vector = descriptors[:first].ravel()[: self.vector_size] if first else None
        return LocalFeatures(descriptors[first:].astype(kind), keypoints, vector)

    def fitted(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Fits a picture to the graph's square, uint8, shape (side_px, side_px, 3)."""
        return stretched(center_square(pixels) if self.is_centred else pixels, self.side_px)


def stretched(pixels: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Stretches a picture (uint8, RGB) to a square, whatever its aspect ratio."""
    return np.asarray(cv2.resize(pixels, (side_px, side_px), interpolation=cv2.INTER_AREA), np.uint8)


def center_square(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Crops a picture (uint8, RGB) to its largest central square."""
    height, width, _ = pixels.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def _vector_size(metadata: Mapping[str, str], count: int, dimension: int) -> int:
    stated = metadata.get(VECTOR_KEY, "0")
    size = int(stated) if stated.isdecimal() else -1
    if not 0 <= vector_rows(size, dimension) <= count or size < 0:
        raise InvalidFeatureGraph(f"has {count} rows of {dimension} elements, and no vector of {stated}")
    return size


def _side_px(session: Any) -> int:
    inputs = session.get_inputs()
    shape = inputs[0].shape
    if len(inputs) != 1 or inputs[0].name != IMAGE or inputs[0].type != "tensor(uint8)" or len(shape) != 4:
        raise InvalidFeatureGraph(f'must have one input "{IMAGE}", uint8 (1, side, side, 3)')
    if shape[0] != 1 or shape[1] != shape[2] or shape[3] != 3 or not isinstance(shape[1], int):
        raise InvalidFeatureGraph(f"has an input of shape {shape}, not (1, side, side, 3)")
    return shape[1]
