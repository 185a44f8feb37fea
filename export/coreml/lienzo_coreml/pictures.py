"""Preparing pictures: presets of scale and bias, and the same arithmetic in numpy for comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.flags import shortened, whole_number
from lienzo_coreml.interface import ImageInput
from lienzo_coreml.presets import PRESETS
from lienzo_coreml.values import Array

Color = Literal["rgb", "bgr", "grey"]
COLORS: Mapping[str, Literal["RGB", "BGR", "GRAYSCALE"]] = {"rgb": "RGB", "bgr": "BGR", "grey": "GRAYSCALE"}
MOST_PIXELS_OF_A_SIDE = 8192
"""Largest side of a picture: pictures of that size are made for the comparison."""


def image_input(
    name: str,
    color: Color = "rgb",
    normalise: str | None = None,
    scale: str = "1",
    bias: str = "0",
    size: str = "",
) -> ImageInput:
    """Declares a picture from texts, as a command line has them.

    Args:
        name: The input.
        color: Order of the channels that the model expects.
        normalise: One of `PRESETS`, in place of scale and bias.
        scale: A number, or one per channel with commas: what 0 to 255 is multiplied by.
        bias: The same, added after that.
        size: `SIDE` or `HEIGHTxWIDTH` in pixels, where the model leaves it open.

    Raises:
        UnsupportedModel: When a text has another form, or its numbers do not fit the channels.
    """
    channels = 1 if color == "grey" else 3
    if normalise is None:
        factors, addends = _numbers("--scale", scale, channels), _numbers("--bias", bias, channels)
        _check_float32(factors, addends, scale, bias)
    elif (scale, bias) != ("1", "0"):
        raise UnsupportedModel(f"--normalise {normalise} sets scale and bias: give one or the other")
    else:
        factors, addends = _preset(normalise, color, channels)
    return ImageInput(name, COLORS[color], factors, addends, _size(size) if size else None)


def _numbers(flag: str, text: str, channels: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, channels) or not np.isfinite(numbers).all():
        wanted = "a number" if channels == 1 else f"a number, or {channels} with commas,"
        raise UnsupportedModel(f"{flag} {shortened(text)}: {wanted} is expected")
    return numbers * channels if len(numbers) == 1 else numbers


def _check_float32(factors: tuple[float, ...], addends: tuple[float, ...], scale: str, bias: str) -> None:
    """Refuses numbers that are finite, but not in the arithmetic of the model."""
    with np.errstate(over="ignore"):
        narrow = np.array(factors, np.float32)
        scaled = narrow * np.float32(255)
        added = np.array(addends, np.float32)
        largest = np.abs(scaled) + np.abs(added)
    if not narrow.all():
        raise UnsupportedModel(
            f"--scale {shortened(scale)}: 0 in float32, which leaves nothing of the picture"
        )
    if not np.isfinite(scaled).all():
        raise UnsupportedModel(f"--scale {shortened(scale)}: 255 times that is infinite in float32")
    if not np.isfinite(largest).all():
        raise UnsupportedModel(f"--bias {shortened(bias)}: the picture becomes infinite in float32")


def _preset(name: str, color: Color, channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    mean, deviation = (np.array(each) for each in PRESETS[name])
    if len(mean) > 1 and channels == 1:
        raise UnsupportedModel(f"--normalise {name} is for three channels, and --color grey has one")
    if color == "bgr":  # the presets are for red, green, blue
        mean, deviation = mean[::-1], deviation[::-1]
    scale = np.broadcast_to(1 / (255 * deviation), channels)
    return tuple(scale.tolist()), tuple(np.broadcast_to(-mean / deviation, channels).tolist())


def _size(text: str) -> tuple[int, int]:
    height, cross, width = text.partition("x")
    sides = tuple(whole_number(side, MOST_PIXELS_OF_A_SIDE) for side in (height, width if cross else height))
    if sides[0] is None or sides[1] is None:
        raise UnsupportedModel(
            f"--size {shortened(text)}: SIDE or HEIGHTxWIDTH in pixels is expected, such as 224, "
            f"and {MOST_PIXELS_OF_A_SIDE} at most"
        )
    return sides[0], sides[1]


def prepared(pixels: Array, image: ImageInput, shape: tuple[int, ...]) -> Array:
    """Prepares a picture as the package does, for a run time that takes tensors.

    Args:
        pixels: uint8 RGB of shape (height, width, 3).
        image: How the model wants it.
        shape: Shape of the model's input; where the channels are is seen from it.
    """
    planes = pixels.astype(np.float32)
    if image.color == "GRAYSCALE":
        planes = np.rint(planes @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
    if image.color == "BGR":
        planes = planes[..., ::-1]
    planes = planes * np.array(image.scales, np.float32) + np.array(image.biases, np.float32)
    first = shape[-3] == planes.shape[-1]
    return np.ascontiguousarray((planes.transpose(2, 0, 1) if first else planes).reshape(shape))
