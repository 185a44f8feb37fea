"""Colours of an image set: channels over all pictures, and hues by label."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drawing.colors import draw_channels
from drawing.plot import Plot, finished, new_axes
from training.imagesets.imageset import ImageSet
from training.report.pictures import picture_pixels
from vision.colors.channels import CHANNELS, channels_of

_MAX_PICTURES: Final = 240
_SIDE_PX: Final = 64
_HUES: Final = 36
_MAX_LABELS: Final = 40


def color_plots(image_set: ImageSet) -> tuple[Plot, Plot]:
    """Plots the histogram of red, green and blue over the set, and the hues of each label."""
    targets = image_set.targets
    each = max(1, _MAX_PICTURES // len(image_set.labels))
    by_label = [
        np.concatenate([_colors(image_set, int(index)) for index in np.flatnonzero(targets == label)[:each]])
        for label in range(len(image_set.labels))
    ]
    return _channels(np.concatenate(by_label)), _hues(by_label[:_MAX_LABELS], image_set.labels)


def _colors(image_set: ImageSet, index: int) -> NDArray[np.uint8]:
    pixels = picture_pixels(image_set, index, _SIDE_PX)
    return pixels.reshape(-1, 3)


def _channels(colors: NDArray[np.uint8]) -> Plot:
    figure, axes = new_axes(5.2, 2.6)
    channels = channels_of(colors[np.newaxis])
    if channels is not None:
        draw_channels(axes, channels, bins=32)
    axes.set_ylabel("pixels of small copies")
    means = ", ".join(f"{name} {colors[:, c].mean():.0f}" for c, name in enumerate(CHANNELS))
    return finished(figure, "colors", f"Histograms of red, green and blue over the pictures; means: {means}")


def _hues(by_label: list[NDArray[np.uint8]], labels: tuple[str, ...]) -> Plot:
    image = np.zeros((len(by_label), _HUES, 4))
    wheel = np.stack([np.arange(_HUES) * 180 // _HUES + 2, np.full(_HUES, 190), np.full(_HUES, 225)], axis=1)
    image[..., :3] = cv2.cvtColor(wheel[None].astype(np.uint8), cv2.COLOR_HSV2RGB) / 255
    for row, colors in enumerate(by_label):
        hsv = cv2.cvtColor(colors[None], cv2.COLOR_RGB2HSV)[0].astype(np.float64)
        # Weighted, as a grey pixel has no hue and a dark one hardly any.
        weight = hsv[:, 1] * hsv[:, 2] / 255**2
        share = np.bincount((hsv[:, 0] * _HUES / 180).astype(int), weight, _HUES)
        image[row, :, 3] = np.sqrt(share / max(1e-9, share.max()))
    figure, axes = new_axes(5.2, 0.9 + 0.22 * len(by_label))
    axes.grid(False)
    axes.imshow(image, aspect="auto", interpolation="none", extent=(0, 360, len(by_label) - 0.5, -0.5))
    axes.set_yticks(range(len(by_label)), [label[:26] for label in labels[: len(by_label)]])
    axes.set_xticks(range(0, 361, 60), [f"{each}°" for each in range(0, 361, 60)])
    axes.set_xlabel("hue")
    return finished(figure, "hues", "Hues of each label, weighted by how colourful the pixels are")
