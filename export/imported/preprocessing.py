"""How a model wants its pictures prepared: reads presets, and words such as `mean=0.5 resize=256`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from export.errors import ExportError
from lienzo_coreml.presets import PRESETS

COLORS: Final = ("rgb", "bgr", "grey")
CROPS: Final = ("centre", "stretch")
MOST_PX: Final = 1024
_LEAST_PX: Final = 8
_OF_SIDE: Final[Mapping[str, float]] = {"imagenet": 0.875}
"""Side of the crop as a share of the picture's shorter side before it; 1 for the other presets."""
_CAFFE: Final = ((103.939, 116.779, 123.68), (1.0,))


@dataclass(frozen=True)
class Preprocessing:
    """What is done to a picture before a model sees it.

    Attributes:
        mean: Subtracted from values of 0 to 255; one number for all channels, or one each in their order.
        deviation: Divided by afterwards, likewise.
        color: Order of the channels that the model expects; `grey` for one.
        crop: `centre` cuts the central square out; `stretch` stretches the picture to the square.
        size_px: Side of the model's input; None where the model fixes it.
        resize_px: Side of the square before its rim is cut off; None for a share of the input.
        share: The input's side as a share of that square's.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    color: str = "rgb"
    crop: str = "centre"
    size_px: int | None = None
    resize_px: int | None = None
    share: float = 1.0

    def side_before_crop(self, side_px: int) -> int:
        """Returns the side of the square of which the middle becomes the input.

        Raises:
            ExportError: When that is smaller than the input.
        """
        before = self.resize_px or round(side_px / self.share)
        if before < side_px:
            raise ExportError(f"--preprocess resize={before}: smaller than the model's input of {side_px} px")
        return before

    def to_json(self) -> dict[str, Any]:
        """Converts it to values for JSON."""
        return {name: list(each) if isinstance(each, tuple) else each for name, each in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Preprocessing:
        """Makes it from the values of `to_json`."""
        given: dict[str, Any] = {
            name: tuple(each) if isinstance(each, list) else each for name, each in values.items()
        }
        return cls(**given)


def preset_names() -> list[str]:
    """Lists the names of the presets."""
    return [*PRESETS, "caffe", "raw"]


def preprocessing_of(text: str) -> Preprocessing:
    """Reads a preset with changes to it, or all of it without a preset; words in any order.

    >>> preprocessing_of("clip size=336").size_px
    336
    >>> preprocessing_of("mean=0.5 std=0.25 color=bgr crop=stretch").deviation
    (63.75,)

    Raises:
        ExportError: For an unknown word, or a value that does not fit it.
    """
    words = text.replace(";", " ").split()
    chosen, changes = Preprocessing((0.0,), (1.0,)), {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            chosen = _preset(key)
        elif key in changes or key not in ("mean", "std", "color", "crop", "size", "resize"):
            raise ExportError(f"--preprocess {word}: {_expected()}")
        else:
            changes[key] = value
    if not words:
        raise ExportError(f"--preprocess: {_expected()}")
    return _checked(_changed(chosen, changes))


def _expected() -> str:
    return (
        f"one of {', '.join(preset_names())} is expected, and mean=, std= (of 0 to 1), color=, crop=, "
        "size= and resize= at most once each"
    )


def _preset(name: str) -> Preprocessing:
    if name == "raw":
        return Preprocessing((0.0,), (1.0,))
    if name == "caffe":
        return Preprocessing(*_CAFFE, color="bgr", share=0.875)
    if name not in PRESETS:
        raise ExportError(f"--preprocess {name}: {_expected()}")
    mean, deviation = (tuple(255 * each for each in values) for values in PRESETS[name])
    return Preprocessing(mean, deviation, share=_OF_SIDE.get(name, 1.0))


def _changed(chosen: Preprocessing, changes: Mapping[str, str]) -> Preprocessing:
    color = _one_of("color", changes["color"], COLORS) if "color" in changes else chosen.color
    if color == "bgr" and chosen.color == "rgb":  # presets are for red, green, blue
        chosen = replace(chosen, mean=chosen.mean[::-1], deviation=chosen.deviation[::-1])
    chosen = replace(chosen, color=color)
    if "mean" in changes:
        chosen = replace(chosen, mean=_numbers("mean", changes["mean"]))
    if "std" in changes:
        chosen = replace(chosen, deviation=_numbers("std", changes["std"]))
    if "size" in changes:
        chosen = replace(chosen, size_px=_pixels("size", changes["size"]))
    if "resize" in changes:
        chosen = replace(chosen, resize_px=_pixels("resize", changes["resize"]))
    if "crop" in changes:
        chosen = replace(chosen, crop=_one_of("crop", changes["crop"], CROPS))
    if chosen.crop == "stretch" and "resize" not in changes:
        chosen = replace(chosen, share=1.0)
    return chosen


def _checked(chosen: Preprocessing) -> Preprocessing:
    channels = 1 if chosen.color == "grey" else 3
    for name, values in (("mean", chosen.mean), ("std", chosen.deviation)):
        if len(values) not in (1, channels):
            raise ExportError(
                f"--preprocess {name}: {len(values)} numbers for {channels} channels (color={chosen.color})"
            )
    with np.errstate(all="ignore"):
        factors = 1 / np.array(chosen.deviation, np.float32)
    if not np.isfinite(factors).all() or not factors.all():
        raise ExportError("--preprocess std: 0 or infinite in float32, which leaves nothing of the picture")
    return chosen


def _numbers(key: str, text: str) -> tuple[float, ...]:
    try:
        numbers = tuple(255 * float(each) for each in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or not np.isfinite(np.array(numbers, np.float32)).all():
        raise ExportError(f"--preprocess {key}={text[:40]}: numbers with commas are expected")
    return numbers


def _pixels(key: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and _LEAST_PX <= int(text) <= MOST_PX):
        raise ExportError(f"--preprocess {key}={text[:40]}: {_LEAST_PX} to {MOST_PX} pixels are expected")
    return int(text)


def _one_of(key: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise ExportError(f"--preprocess {key}={text[:40]}: one of {', '.join(known)} is expected")
    return text
