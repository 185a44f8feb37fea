"""The beginning of every feature graph: from a picture to planes, without its border on request."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from onnx import TensorProto

from training.graphs.builder import GraphBuilder

# Pixels of a line of one colour differ by this much after JPEG (measured on white padding at quality 75).
_BORDER_RANGE = 24.0


class PictureGraph(GraphBuilder):
    """A graph over pictures: numbers its constants, and has shorthands for its common nodes."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._count = 0
        self._made: dict[tuple[str, str], str] = {}

    def once(self, what: str, of: str, make: Callable[[], str]) -> str:
        """Makes something of a value where it has not been made before, and returns its name."""
        if (what, of) not in self._made:
            self._made[what, of] = make()
        return self._made[what, of]

    def number(self, value: ArrayLike, kind: DTypeLike = np.float32) -> str:
        """Adds a constant."""
        self._count += 1
        return self.constant(f"constant.{self._count}", value, kind)

    def integers(self, *values: int) -> str:
        """Adds a constant list of whole numbers, for axes and shapes."""
        return self.number(values, np.int64)

    def sliced(self, value: str, axis: int, begin: int, end: int, step: int = 1) -> str:
        """Adds every `step`-th element from `begin` to before `end` along one axis."""
        limits = (self.integers(begin), self.integers(end), self.integers(axis), self.integers(step))
        return self.add("Slice", value, *limits)

    def reshaped(self, value: str, *shape: int) -> str:
        """Adds the same elements in another shape."""
        return self.add("Reshape", value, self.integers(*shape))

    def total(self, value: str, *axes: int) -> str:
        """Adds sums over some axes, which stay with size 1."""
        return self.add("ReduceSum", value, self.integers(*axes), keepdims=1)

    def as_float(self, condition: str) -> str:
        """Adds 1 where a condition holds, else 0."""
        return self.add("Cast", condition, to=int(TensorProto.FLOAT))

    def rounded(self, value: str) -> str:
        """Adds the nearest whole numbers, halves rounded up."""
        return self.add("Floor", self.add("Add", value, self.number(0.5)))

    def linear_map(self, planes: str, matrix: ArrayLike, offset: ArrayLike | None = None) -> str:
        """Adds every pixel's channels times a matrix of shape (out, in), plus an offset per channel."""
        weights = np.asarray(matrix, np.float32)[:, :, np.newaxis, np.newaxis]
        bias = () if offset is None else (self.number(offset),)
        return self.add("Conv", planes, self.number(weights), *bias)


def add_planes(graph: PictureGraph, image: str) -> str:
    """Turns a picture (uint8, (1, side, side, 3)) into planes: float32, (1, 3, side, side), 0 to 255."""
    floats = graph.add("Cast", image, to=int(TensorProto.FLOAT))
    return graph.add("Transpose", floats, perm=[0, 3, 1, 2])


def add_luma(graph: PictureGraph, planes: str) -> str:
    """Adds the luma of planes by ITU-R BT.601 (section 2.5.1), (1, 1, side, side), 0 to 255, not rounded."""
    return graph.linear_map(planes, [[0.299, 0.587, 0.114]])


def add_rounded_luma(graph: PictureGraph, planes: str) -> str:
    """Adds the luma of planes of whole numbers, rounded: (1, 1, side, side), 0 to 255.

    For comparisons of pixels: every step is exact in single precision, so that two pixels have the same order
    in every run time.
    """
    thousandths = graph.linear_map(planes, [[299.0, 587.0, 114.0]])
    # The half keeps the quotient off whole numbers, where its last bit would decide.
    return graph.add(
        "Floor", graph.add("Mul", graph.add("Add", thousandths, graph.number(500.5)), graph.number(1e-3))
    )


def add_reduced(graph: PictureGraph, planes: str, factor: int) -> str:
    """Reduces planes by a whole factor to the means of squares of pixels, as OpenCV's INTER_AREA does."""
    if factor == 1:
        return planes
    return graph.add("AveragePool", planes, kernel_shape=[factor, factor], strides=[factor, factor])


def add_trimmed(graph: PictureGraph, planes: str, side: int) -> tuple[str, tuple[str, str, str, str]]:
    """Trims the lines of one colour around the picture, and stretches the rest to the square again.

    Padding, passe-partouts and scanner lids reveal the origin of a picture rather than its content, and let
    a model cheat. A picture of one colour stays as it is.

    Args:
        graph: Graph to add to.
        planes: Whole numbers, shape (1, 3, side, side), 0 to 255.
        side: Side of the square in pixels.

    Returns:
        Name of planes of whole numbers, same shape; and left, top, width and height of what was kept, in
        pixels, shape (1,) each.
    """
    rows, top, height = _stretching(graph, _is_content(graph, planes, 3), side)
    upright, left, width = _stretching(graph, _is_content(graph, planes, 2), side)
    columns = graph.add("Transpose", upright, perm=[1, 0])
    trimmed = graph.rounded(graph.add("MatMul", graph.add("MatMul", rows, planes), columns))
    return trimmed, (left, top, width, height)


def add_placed(graph: PictureGraph, keypoints: str, corner: str, size: str, side: int) -> str:
    """Adds keypoints of a part that was stretched to the square as keypoints of the square it was part of.

    Args:
        graph: Graph to add to.
        keypoints: Shape (N, 4), in pixels of the stretched part.
        corner: Left and top of the part in pixels, shape (2,).
        size: Its width and height, shape (2,).
        side: Side of the square in pixels.

    Returns:
        Name of the keypoints, shape (N, 4).
    """
    scale = graph.add("Mul", size, graph.number(1 / side))
    across, down = graph.sliced(scale, 0, 0, 1), graph.sliced(scale, 0, 1, 2)
    half = graph.number([0.5, 0.5])
    begin = graph.add("Sub", graph.add("Add", corner, graph.add("Mul", scale, half)), half)
    # The diameter is that of a circle of the same area, as where a picture is stretched.
    diameter = graph.add("Sqrt", graph.add("Mul", across, down))
    scales = graph.add("Concat", scale, diameter, graph.number([1.0]), axis=0)
    begins = graph.add("Concat", begin, graph.number([0.0, 0.0]), axis=0)
    return graph.add("Add", graph.add("Mul", keypoints, scales), begins)


def _is_content(graph: PictureGraph, planes: str, axis: int) -> str:
    """Adds 1 for every line along `axis` that is not of one colour, else 0, shape (side,)."""
    axes = graph.integers(axis)
    spread = graph.add(
        "Sub",
        graph.add("ReduceMax", planes, axes, keepdims=0),
        graph.add("ReduceMin", planes, axes, keepdims=0),
    )
    widest = graph.add("ReduceMax", spread, graph.integers(0, 1), keepdims=0)
    return graph.as_float(graph.add("Greater", widest, graph.number(_BORDER_RANGE)))


def _stretching(graph: PictureGraph, content: str, side: int) -> tuple[str, str, str]:
    """Adds the matrix (side, side) that interpolates linearly from the first to the last line of content.

    Returns:
        Names of the matrix, of the first line and of how many there are, shape (1,) both.
    """
    places = np.arange(side, dtype=np.float32)
    anything = graph.add("ReduceMax", content, graph.integers(0), keepdims=1)
    nothing = graph.add("Sub", graph.number([1.0]), anything)
    # Where there is content, lines without it are moved far outside; without any content every line counts.
    counted = graph.add("Max", content, nothing)
    away = graph.add("Mul", graph.add("Sub", graph.number([1.0]), counted), graph.number(4.0 * side))
    ahead = graph.add("Add", graph.number(places), away)
    first = graph.add("ReduceMin", ahead, graph.integers(0), keepdims=1)
    behind = graph.add("Sub", graph.number(places), away)
    last = graph.add("ReduceMax", behind, graph.integers(0), keepdims=1)
    length = graph.add("Add", graph.add("Sub", last, first), graph.number([1.0]))
    return add_interpolation(graph, first, length, (first, last), side), first, length


def add_interpolation(graph: PictureGraph, first: str, length: str, ends: tuple[str, str], side: int) -> str:
    """Adds the matrix (side, side) that stretches some lines of a square to all of it, linearly.

    Weights are 256ths: times whole numbers, and twice, they have 24 bits, which single precision holds.

    Args:
        graph: Graph to add to.
        first: Where the lines begin, in lines, shape (1,).
        length: How many lines, shape (1,).
        ends: First and last line that may be read, shape (1,).
        side: Lines of the square.
    """
    places = np.arange(side, dtype=np.float32)
    steps = graph.number((places + 0.5) / side)
    targets = graph.add("Add", graph.add("Mul", steps, length), graph.add("Sub", first, graph.number([0.5])))
    inside = graph.add("Min", graph.add("Max", targets, ends[0]), ends[1])
    scale = graph.number(256.0)
    inside = graph.add("Div", graph.rounded(graph.add("Mul", inside, scale)), scale)
    distance = graph.add("Abs", graph.add("Sub", graph.reshaped(inside, side, 1), graph.number(places[None])))
    return graph.add("Relu", graph.add("Sub", graph.number(1.0), distance))
