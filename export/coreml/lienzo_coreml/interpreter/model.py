"""Loads and runs a saved Core ML model as an app does: named features in, named features out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lienzo_coreml.errors import InvalidInput
from lienzo_coreml.interpreter.package import read_package
from lienzo_coreml.interpreter.program import MLProgram
from lienzo_coreml.mil import quiet
from lienzo_coreml.values import Array

with quiet():
    from coremltools.proto import FeatureTypes_pb2

COLOR_SPACES = {
    FeatureTypes_pb2.ImageFeatureType.ColorSpace.Value(name): name for name in ("RGB", "BGR", "GRAYSCALE")
}


@dataclass(frozen=True)
class ImageFeature:
    """An input of the model that is a picture.

    Attributes:
        width: Width in pixels.
        height: Height in pixels.
        color: `RGB`, `BGR` or `GRAYSCALE`.
    """

    width: int
    height: int
    color: str


class CoreMLModel:
    """A loaded package.

    Attributes:
        description: The `ModelDescription` message: features, texts, labels.
        images: The inputs that are pictures, by name.
        program: The ML Program.
    """

    def __init__(self, path: Path) -> None:
        model, folder = read_package(path)
        self.description = model.description
        self.program = MLProgram(model, path, folder)
        self.images: dict[str, ImageFeature] = {}
        for feature in model.description.input:
            if feature.type.WhichOneof("Type") == "imageType":
                image = feature.type.imageType
                color = COLOR_SPACES.get(image.colorSpace, "an unknown color space")
                self.images[feature.name] = ImageFeature(int(image.width), int(image.height), color)

    @property
    def inputs(self) -> list[str]:
        """Names of the inputs."""
        return [feature.name for feature in self.description.input]

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs."""
        return [feature.name for feature in self.description.output]

    def predict(
        self, features: Mapping[str, Array], observe: Callable[[str, Any], None] | None = None
    ) -> dict[str, Any]:
        """Runs the model.

        Args:
            features: One array per input. A picture is uint8 RGB of shape (height, width, 3) with exactly the
                model's size; any other input has the declared shape and is cast to the declared type.
            observe: Called with name and value of every input and result.

        Returns:
            An array per output; for a classifier the label (text) and the probabilities (a dictionary).

        Raises:
            InvalidInput: When an input is missing, unknown, or has the wrong shape.
        """
        unknown = sorted(set(features) - set(self.inputs))
        if unknown:
            raise InvalidInput(f'no input "{unknown[0]}"; there are {", ".join(self.inputs)}')
        feeds = {name: self._feed(name, features) for name in self.inputs}
        results = self.program.run(feeds, observe)
        return {name: results[name] for name in self.outputs}

    def _feed(self, name: str, features: Mapping[str, Array]) -> Array:
        if name not in features:
            raise InvalidInput(f'input "{name}" is missing')
        dtype, shape = self.program.inputs[name]
        given = np.asarray(features[name])
        array: Array = self._pixels(name, given) if name in self.images else given
        wrong = len(array.shape) != len(shape) or any(
            size is not None and size != length for size, length in zip(shape, array.shape, strict=True)
        )
        if wrong:
            text = " × ".join("any" if size is None else str(size) for size in shape)
            raise InvalidInput(f'input "{name}" has the shape {array.shape}; the model takes {text}')
        self._check_range(name, array)
        return array.astype(dtype)

    def _check_range(self, name: str, array: Array) -> None:
        feature = next(feature for feature in self.description.input if feature.name == name)
        ranges = feature.type.multiArrayType.shapeRange.sizeRanges
        for axis, allowed in enumerate(ranges):
            low, high = int(allowed.lowerBound), int(allowed.upperBound)
            if array.shape[axis] < low or (high >= 0 and array.shape[axis] > high):
                raise InvalidInput(
                    f'input "{name}" has {array.shape[axis]} on axis {axis}; {low} to {high} are taken'
                )

    def _pixels(self, name: str, picture: Array) -> Array:
        """Converts a picture to the program's input as Core ML does: (1, channels, height, width), 0–255."""
        image = self.images[name]
        expected = (image.height, image.width, 3)
        if picture.dtype != np.uint8 or picture.shape != expected:
            raise InvalidInput(
                f'input "{name}" is a picture, uint8 RGB {expected}; got {picture.dtype} {picture.shape}'
            )
        pixels = picture.astype(np.float32)
        if image.color == "GRAYSCALE":
            # Luma weights of ITU-R BT.601-7, as in the luma plane of a camera.
            pixels = np.rint(pixels @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
        if image.color == "BGR":
            pixels = pixels[..., ::-1]
        return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def load_model(path: Path | str) -> CoreMLModel:
    """Loads a saved `.mlpackage`.

    Raises:
        InvalidPackage: When it is damaged or not an ML Program.
        UnsupportedProgram: When it uses an operation that the interpreter does not support.
    """
    return CoreMLModel(Path(path))
