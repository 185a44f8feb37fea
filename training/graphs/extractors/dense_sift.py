"""Dense SIFT: the descriptor of Lowe (IJCV 2004, section 6) on a grid.

Bosch, Zisserman and Muñoz, "Image Classification using Random Forests and Ferns", ICCV 2007, section 2; roots
of the bins as in Arandjelović and Zisserman, "Three things everyone should know", CVPR 2012.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.localiser import add_cropped, check_side, fixed_localiser
from training.graphs.extractors.picture import PictureGraph, add_luma, add_placed
from vision.errors import InvalidExtractorParameter
from vision.extractors.features import DescriptorType
from vision.extractors.parameters import choice, ranged, several
from vision.extractors.positions import POSITION_SIZE, POSITION_STEPS, position_rows

_ORIENTATIONS = 8
_CELLS = 4
_CLIP = 0.2

Turn: TypeAlias = Literal["flipped", "upside_down", "left", "right", "mirrored"]
"""Top to bottom, as in water; by 180°; by 90° counter-clockwise and clockwise; and left to right."""
TURNS: Final[tuple[Turn, ...]] = ("flipped", "upside_down", "left", "right", "mirrored")


@dataclass(frozen=True)
class DenseSift(GraphExtractor):
    """Upright SIFT descriptors on grids of several scales, neighbours one cell apart.

    Elements are whole numbers, `round(512 · sqrt(d / ‖d‖₁))` as in the extractor `rootsift`
    (`sift`: `512 · d`); all are zero where the picture is plain. With `crop = "picture"` a photo is cropped
    to the picture that hangs on a wall in it, see `Localiser`, and that is described.
    """

    name: ClassVar[str] = "dense_sift"
    description: ClassVar[str] = "Gradient histograms on a grid at several scales (Bosch et al., ICCV 2007)."
    kind: ClassVar[Literal["local", "global"]] = "local"
    descriptor_type: ClassVar[DescriptorType] = "uint8"

    cells_px: tuple[int, ...] = several((8, 12, 16), 2, 64)
    sigma: float = ranged(1.0, 0.3, 8.0)
    contrast: float = ranged(2.0, 0.0, 255.0)
    normalisation: str = choice("rootsift", "sift")
    places: str = choice("none", "append")
    crop: str = choice("none", "picture")

    def __post_init__(self) -> None:
        if not any(self._fits(each) for each in self.cells_px):
            largest = (self.side_px + 1) // (_CELLS + 1)
            fitting = f"of which {_CELLS} × {_CELLS} fit into a side_px of {self.side_px}"
            raise InvalidExtractorParameter(
                self.name, "cells_px", f"has none of {largest} or less, {fitting}"
            )
        if self.crop == "picture":
            check_side(self.name, self.side_px)

    @property
    def dimension(self) -> int:
        """Elements of a descriptor: 4 × 4 cells of 8 orientations; with `places = "append"` its position."""
        return _CELLS * _CELLS * _ORIENTATIONS + (POSITION_SIZE if self.places == "append" else 0)

    @property
    def keypoints(self) -> NDArray[np.float32]:
        """Centres of the descriptors, row by row, the smallest scale first; diameters in SIFT's measure.

        In pixels of the square that is described, which may be a part of the photo.
        """
        return np.concatenate([_centres(self.side_px, cell) for cell in self.cells_px if self._fits(cell)])

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds smoothing, gradients, cells and normalisation for each scale."""
        # All scales share one gradient: pooling over larger cells smooths more than a wider filter.
        luma = add_luma(graph, planes)
        if self.crop == "picture":
            luma = add_cropped(graph, luma, self._box(graph, planes), self.side_px)
        maps = add_orientation_maps(graph, luma, self.sigma)
        scales = [_add_scale(graph, maps, self.side_px, cell) for cell in self.cells_px if self._fits(cell)]
        raw = scales[0] if len(scales) == 1 else graph.add("Concat", *scales, axis=0)
        descriptors = _add_normalised(graph, raw, self.contrast, self.normalisation)
        if self.places == "none":
            return descriptors
        positions = position_rows(self.keypoints, self.side_px, self.side_px)
        return graph.add("Concat", descriptors, graph.number(positions), axis=1)

    def placed(self, graph: PictureGraph, planes: str) -> str:
        """Adds the keypoints, which move with the picture where photos are cropped."""
        keypoints = graph.number(self.keypoints)
        if self.crop == "none":
            return keypoints
        box = self._box(graph, planes)
        near, far = graph.sliced(box, 0, 0, 2), graph.sliced(box, 0, 2, 4)
        return add_placed(graph, keypoints, near, graph.add("Sub", far, near), self.side_px)

    def _box(self, graph: PictureGraph, planes: str) -> str:
        return graph.once("box", planes, lambda: fixed_localiser().add_box(graph, planes, self.side_px))

    def _fits(self, cell: int) -> bool:
        return _cell_count(self.side_px, cell) >= _CELLS


def turned_rows(rows: NDArray[np.uint8], turn: Turn) -> NDArray[np.uint8]:
    """Returns the descriptors that a picture would have if it were turned, in the order of its own.

    Cells change places and orientations change with them; nothing is extracted. The grid of a picture that
    was really turned lies a few pixels beside the turned grid.

    Args:
        rows: Descriptors, shape (N, 128), or with their positions (N, 130).
        turn: How it is turned.
    """
    size, numbers = _CELLS * _CELLS * _ORIENTATIONS, np.arange(_ORIENTATIONS)
    order, places = np.arange(size).reshape(_CELLS, _CELLS, _ORIENTATIONS), rows[:, size:]
    if turn in ("left", "right"):  # rows become columns; what is flipped or mirrored then is turned by 90°
        order, places = (
            order.transpose(1, 0, 2)[..., -(numbers + _ORIENTATIONS // 4) % _ORIENTATIONS],
            places[:, ::-1],
        )
    near, far = places, POSITION_STEPS - 1 - places
    if turn in ("flipped", "left"):
        order, places = order[::-1][..., -numbers], np.hstack([near[:, :1], far[:, 1:]])
    elif turn in ("mirrored", "right"):
        order, places = (
            order[:, ::-1][..., _ORIENTATIONS // 2 - numbers],
            np.hstack([far[:, :1], near[:, 1:]]),
        )
    else:
        order, places = order[::-1, ::-1][..., numbers - _ORIENTATIONS // 2], far
    return np.hstack([rows[:, order.ravel()], places])


def _cell_count(side: int, cell: int) -> int:
    return (side - (2 * cell - 1)) // cell + 1


def _centres(side: int, cell: int) -> NDArray[np.float32]:
    count = _cell_count(side, cell) - _CELLS + 1
    # Cell i is centred at i·cell + cell − 1; a descriptor, between its second and its third cell.
    places = np.arange(count) * cell + cell - 1 + 1.5 * cell
    y, x = np.meshgrid(places, places, indexing="ij")
    # OpenCV's cells are 1.5 times as wide as the keypoint's diameter.
    diameter, angle = np.full(x.size, cell / 1.5), np.zeros(x.size)
    return np.stack([x.ravel(), y.ravel(), diameter, angle], axis=1).astype(np.float32)


def _add_scale(graph: PictureGraph, maps: str, side: int, cell: int) -> str:
    """Adds the descriptors of one scale before normalisation, shape (N, 128)."""
    weights = 1 - np.abs(np.arange(1 - cell, cell)) / cell
    weights = (weights / weights.sum()).astype(np.float32)
    down = np.tile(weights[None, None, :, None], (_ORIENTATIONS, 1, 1, 1))
    across = np.tile(weights[None, None, None, :], (_ORIENTATIONS, 1, 1, 1))
    pooled = graph.add("Conv", maps, graph.number(down), group=_ORIENTATIONS, strides=[cell, 1])
    pooled = graph.add("Conv", pooled, graph.number(across), group=_ORIENTATIONS, strides=[1, cell])
    cells = graph.add("Transpose", pooled, perm=[0, 2, 3, 1])
    count = _cell_count(side, cell) - _CELLS + 1
    for axis in (2, 1):
        shifted = [graph.sliced(cells, axis, each, each + count) for each in range(_CELLS)]
        cells = graph.add("Concat", *shifted, axis=3)
    return graph.reshaped(cells, count * count, _CELLS * _CELLS * _ORIENTATIONS)


def add_orientation_maps(graph: PictureGraph, luma: str, sigma: float) -> str:
    """Distributes the gradient magnitude to 8 directions, 45° apart, shape (1, 8, side, side).

    Direction o gets ‖g‖ · max(0, cos(θ − 45°·o) − cos 45°) / (1 − cos 45°): linear in gradient and magnitude,
    so that one 1 × 1 convolution computes it, and close to SIFT's linear interpolation of two directions.

    Args:
        graph: Graph to add to.
        luma: Shape (1, 1, side, side).
        sigma: Standard deviation of the Gaussian before the gradient, in pixels.
    """
    radius = max(1, round(3 * sigma))
    places = np.arange(-radius, radius + 1)
    bell = np.exp(-(places**2) / (2 * sigma**2))
    slope = places * bell / (places**2 * bell).sum()
    bell /= bell.sum()
    # Along one axis after the other, y counting upwards, as in OpenCV's SIFT: fewer products than in squares.
    down, across = np.stack([bell, -slope])[:, None, :, None], np.stack([slope, bell])[:, None, None, :]
    margins = graph.integers(0, 0, radius, radius, 0, 0, radius, radius)
    smoothed = graph.add("Conv", graph.add("Pad", luma, margins, mode="edge"), graph.number(down))
    gradients = graph.add("Conv", smoothed, graph.number(across), group=2)
    x, y = (graph.sliced(gradients, 1, each, each + 1) for each in (0, 1))
    squares = graph.add("Add", graph.add("Mul", x, x), graph.add("Mul", y, y))
    magnitude = graph.add("Sqrt", graph.add("Max", squares, graph.number(1e-12)))
    angles = np.arange(_ORIENTATIONS) * (2 * np.pi / _ORIENTATIONS)
    edge = np.cos(2 * np.pi / _ORIENTATIONS)
    matrix = np.stack([np.cos(angles), np.sin(angles), np.full(_ORIENTATIONS, -edge)], axis=1) / (1 - edge)
    vectors = graph.add("Concat", gradients, magnitude, axis=1)
    return graph.add("Relu", graph.linear_map(vectors, matrix))


def _window() -> NDArray[np.float32]:
    """Computes SIFT's Gaussian over the 4 × 4 cells, standard deviation two cells; shape (1, 128)."""
    places = np.arange(_CELLS) - (_CELLS - 1) / 2
    bell = np.exp(-(places**2) / (2 * 2.0**2))
    return np.repeat(np.outer(bell, bell).ravel(), _ORIENTATIONS)[None].astype(np.float32)


def _add_normalised(graph: PictureGraph, raw: str, contrast: float, normalisation: str) -> str:
    """Normalises to whole numbers, 0 to 255; zero where weighted gradients are shorter than `contrast`."""
    weighted = graph.add("Mul", raw, graph.number(_window()))
    energy = graph.total(graph.add("Mul", weighted, weighted), 1)
    visible = graph.as_float(graph.add("Greater", energy, graph.number(contrast**2)))
    length = graph.add("Sqrt", graph.add("Max", energy, graph.number(1e-6)))
    clipped = graph.add("Min", graph.add("Div", weighted, length), graph.number(_CLIP))
    if normalisation == "rootsift":
        total = graph.total(clipped, 1)
        factor = graph.add("Div", graph.add("Mul", visible, graph.number(512.0**2)), _not_zero(graph, total))
        unrounded = graph.add("Sqrt", graph.add("Mul", clipped, factor))
    else:
        energy = graph.total(graph.add("Mul", clipped, clipped), 1)
        factor = graph.add(
            "Div", graph.add("Mul", visible, graph.number(512.0)), graph.add("Sqrt", _not_zero(graph, energy))
        )
        unrounded = graph.add("Mul", clipped, factor)
    whole = graph.add("Floor", graph.add("Add", unrounded, graph.number(0.5)))
    return graph.add("Min", whole, graph.number(255))


def _not_zero(graph: PictureGraph, value: str) -> str:
    return graph.add("Max", value, graph.number(1e-6))
