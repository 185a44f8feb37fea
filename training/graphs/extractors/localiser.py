"""Finds the picture in a photo of it: a small network regresses its box, and the photo is cropped to it.

Box regression as in Sermanet et al., "OverFeat: Integrated Recognition, Localization and Detection using
Convolutional Networks", ICLR 2014, section 4.2; weights and activations of 8 bits as in Jacob et al.,
"Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018.
All sums are of whole numbers below 2²⁴, so that every run time finds exactly the same box in single
precision. It was learnt once (`training/localisation`) and is part of the extractor, not of a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.graphs.extractors.picture import PictureGraph, add_interpolation
from vision.errors import InvalidExtractorParameter

LOOK_PX: Final = 64
"""Side of the reduced photo that the network looks at."""
SIDES_PX: Final = (64, 128, 256, 512, 1024)
"""Sides of squares that are reduced to it by a whole factor."""
STRIDES: Final = (2, 2, 2, 1)
"""Of the convolutions, 3 × 3, whose outputs then go through two matrices."""
STEPS: Final = (7, 8, 8, 8, 9, 8)
"""Weights of a layer are multiples of 2^−step, at most 127 of them."""
INPUT_STEP: Final = 6
"""A value of the photo, 0 to 255, stands for as many 2^−6."""
ACTIVATION_STEP: Final = 5
MOST_ACTIVATION: Final = 255
"""Activations are multiples of 2^−ACTIVATION_STEP, at most so many of them."""
_MARGIN: Final = 5 / 256
"""Of the photo's side, which is added to the box on every side."""
_SMALLEST: Final = 0.25
"""Side of a box, in sides of the photo."""
_FILE: Final = "localiser.npz"


@dataclass(frozen=True)
class Localiser:
    """Weights of the network.

    Attributes:
        weights: Of each layer, int8: (out, in, 3, 3) of convolutions, (out, in) of matrices.
        biases: Of each layer, int32, in the unit of its sums.
    """

    weights: tuple[NDArray[np.int8], ...]
    biases: tuple[NDArray[np.int32], ...]

    def add_box(self, graph: PictureGraph, planes: str, side: int) -> str:
        """Adds the box of the picture in a photo.

        Args:
            graph: Graph to add to.
            planes: Whole numbers, shape (1, 3, side, side), 0 to 255.
            side: One of `SIDES_PX`.

        Returns:
            Name of left, top, right and bottom in pixels, shape (4,), 0 to side.
        """
        factor = side // LOOK_PX
        if factor > 1:
            planes = graph.add("AveragePool", planes, kernel_shape=[factor] * 2, strides=[factor] * 2)
        values, step = graph.rounded(planes), INPUT_STEP
        for number, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            if number < len(STRIDES):
                stride = [STRIDES[number]] * 2
                constants = graph.number(weights), graph.number(biases)
                values = graph.add("Conv", values, *constants, strides=stride, pads=[1] * 4)
            else:
                if number == len(STRIDES):
                    values = graph.reshaped(values, 1, weights.shape[1])
                values = graph.add("MatMul", values, graph.number(weights.T))
                values = graph.add("Add", values, graph.number(biases[None]))
            step += STEPS[number]
            if number < len(self.weights) - 1:
                values = _add_activation(graph, values, step)
                step = ACTIVATION_STEP
        return _add_widened(graph, graph.add("Mul", values, graph.number(2.0**-step)), side)

    def to_bytes(self) -> bytes:
        """Writes it as a NumPy archive without pickled objects."""
        stream = BytesIO()
        weights = {f"weights{number}": each for number, each in enumerate(self.weights)}
        biases = {f"biases{number}": each for number, each in enumerate(self.biases)}
        np.savez_compressed(stream, allow_pickle=False, **weights, **biases)
        return stream.getvalue()


def read_localiser(data: bytes) -> Localiser:
    """Reads what `Localiser.to_bytes` wrote."""
    with np.load(BytesIO(data), allow_pickle=False) as archive:
        layers = range(len(STEPS))
        return Localiser(
            tuple(np.asarray(archive[f"weights{each}"], np.int8) for each in layers),
            tuple(np.asarray(archive[f"biases{each}"], np.int32) for each in layers),
        )


@lru_cache(maxsize=1)
def fixed_localiser() -> Localiser:
    """Returns the localiser that comes with this package."""
    return read_localiser(files(__package__).joinpath(_FILE).read_bytes())


def check_side(extractor: str, side: int) -> None:
    """Raises InvalidExtractorParameter for a side of photos that the localiser does not take."""
    if side not in SIDES_PX:
        sides = ", ".join(map(str, SIDES_PX[:-1]))
        raise InvalidExtractorParameter(
            extractor, "crop", f"goes with a side_px of {sides} or {SIDES_PX[-1]}, not {side}"
        )


def add_cropped(graph: PictureGraph, plane: str, box: str, side: int) -> str:
    """Crops a plane to a box and stretches that to the square, linearly: (1, 1, side, side) to the same."""
    left, top, right, bottom = (graph.sliced(box, 0, each, each + 1) for each in range(4))
    ends = graph.number([0.0]), graph.number([side - 1.0])
    rows, columns = (
        add_interpolation(graph, first, graph.add("Sub", last, first), ends, side)
        for first, last in ((top, bottom), (left, right))
    )
    return graph.add("MatMul", graph.add("MatMul", rows, plane), graph.add("Transpose", columns, perm=[1, 0]))


def _add_activation(graph: PictureGraph, sums: str, step: int) -> str:
    """Rounds sums, multiples of 2^−step, down to activations, 0 to `MOST_ACTIVATION`."""
    scaled = graph.add("Floor", graph.add("Mul", sums, graph.number(2.0 ** (ACTIVATION_STEP - step))))
    return graph.add("Min", graph.add("Relu", scaled), graph.number(float(MOST_ACTIVATION)))


def _add_widened(graph: PictureGraph, edges: str, side: int) -> str:
    """Makes a box in pixels of edges in sides of the photo: not too small, with a margin, within it."""
    zero, one = graph.number(0.0), graph.number(1.0)
    inside = graph.reshaped(graph.add("Min", graph.add("Max", edges, zero), one), 4)
    near, far = graph.sliced(inside, 0, 0, 2), graph.sliced(inside, 0, 2, 4)
    spread = graph.add("Max", graph.add("Sub", far, near), graph.number(_SMALLEST))
    half = graph.add("Add", graph.add("Mul", spread, graph.number(0.5)), graph.number(_MARGIN))
    middle = graph.add("Mul", graph.add("Add", near, far), graph.number(0.5))
    ends = (graph.add(operator, middle, half) for operator in ("Sub", "Add"))
    box = graph.add("Min", graph.add("Max", graph.add("Concat", *ends, axis=0), zero), one)
    return graph.add("Mul", box, graph.number(float(side)))
