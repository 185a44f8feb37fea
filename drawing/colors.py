"""Draws the colours of pictures: histograms by channel and by pairs, and colours in the OKLab space."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from mpl_toolkits.mplot3d import Axes3D

from drawing.plot import ACCENT, Plot, add_axes, finished, new_figure
from vision.colors.channels import CHANNELS, PAIR_BINS, PAIRS, Channels
from vision.colors.histogram import ColorHistogram, coarsened
from vision.colors.spaces import from_srgb

CHANNEL_COLORS: Final = ("#d03b3b", "#2f9e57", "#3b6fd0")
_TICKS: Final = (0, 64, 128, 192, 255)
_WHOLE: Final = 2400.0
"""Area in square points of the dot of a colour that fills the picture."""


def color_plot(channels: Channels, histogram: ColorHistogram, name: str) -> Plot:
    """Draws the colours of a picture, or of several, in one figure.

    Above: the histograms of red, green and blue, and the colours in OKLab. Below: the histograms of pairs of
    channels.

    Args:
        channels: Of a picture, or of several.
        histogram: Of the same.
        name: Name of the picture or folder, for the title.
    """
    figure = new_figure(11, 7.4)
    grid = figure.add_gridspec(2, 3, width_ratios=(1, 1, 1))
    draw_channels(add_axes(figure, grid[0, :2]), channels)
    space: Any = figure.add_subplot(grid[0, 2], projection="3d")
    draw_space(space, histogram)
    for number in range(len(PAIRS)):
        draw_pair(add_axes(figure, grid[1, number]), channels, number)
    figure.suptitle(name)
    means = channels.single @ np.arange(256)
    listed = ", ".join(f"{channel} {mean:.0f}" for channel, mean in zip(CHANNELS, means, strict=True))
    alt = f"Histograms of red, green and blue of {name}, by themselves and in pairs; means: {listed}"
    return finished(figure, "colors", alt)


def draw_channels(axes: Axes, channels: Channels, bins: int = 256) -> None:
    """Draws the histogram of each channel: pixels of one picture, or their share over several.

    Args:
        axes: To draw into.
        channels: The histograms.
        bins: Number of bars, a divisor of 256.
    """
    one = channels.pictures == 1
    values = channels.counts if one else channels.single
    joined = values.reshape(len(CHANNELS), bins, -1).sum(axis=2)
    edges = np.linspace(0, 256, bins + 1)
    for row, color, name in zip(joined, CHANNEL_COLORS, CHANNELS, strict=True):
        axes.stairs(row, edges, color=color, label=name, linewidth=1.2)
        axes.stairs(row, edges, color=color, fill=True, alpha=0.1)
    axes.set_xlim(0, 256)
    axes.set_ylim(bottom=0)
    axes.set_xticks(_TICKS)
    axes.set_xlabel("value")
    axes.set_ylabel("pixels" if one else f"share of the pixels, {channels.pictures} pictures")
    axes.legend(ncols=3, loc="upper center", frameon=False)


def draw_pair(axes: Axes, channels: Channels, number: int) -> None:
    """Draws the two-dimensional histogram of a pair of channels, darker where more pixels are.

    Args:
        axes: To draw into.
        channels: The histograms.
        number: Of the pair in `PAIRS`.
    """
    first, second = PAIRS[number]
    shares = np.ma.masked_less_equal(channels.pairs[number].T, 0)
    low = max(float(shares.min()), float(shares.max()) / 1e4) if shares.count() else 1e-4
    high = max(float(shares.max()), low * 1.01) if shares.count() else 1.0
    shades = LinearSegmentedColormap.from_list("shares", ("#cfe0f3", ACCENT, "#0a2240"))
    axes.grid(False)
    axes.imshow(
        shares,
        cmap=shades,
        norm=LogNorm(low, high),
        origin="lower",
        extent=(0, 256, 0, 256),
        interpolation="none",
    )
    axes.set_xticks(_TICKS)
    axes.set_yticks(_TICKS)
    axes.set_xlabel(CHANNELS[first], color=CHANNEL_COLORS[first])
    axes.set_ylabel(CHANNELS[second], color=CHANNEL_COLORS[second])
    axes.set_title(f"{CHANNELS[first]} and {CHANNELS[second]}, {256 // PAIR_BINS} values a step", fontsize=9)


def draw_space(axes: Axes3D, histogram: ColorHistogram) -> None:
    """Draws the colours in OKLab: lightness upwards, green to red and blue to yellow.

    Args:
        axes: To draw into.
        histogram: The colours; each becomes a dot whose area grows with its share.
    """
    coarse = coarsened(histogram)
    lightness, a, b = from_srgb(coarse.colors, "oklab").T
    areas = np.maximum(3.0, _WHOLE * coarse.weights)
    axes.scatter(a, b, lightness, s=areas, c=coarse.colors / 255, depthshade=False, linewidths=0)
    axes.set_xlim(-0.3, 0.3)
    axes.set_ylim(-0.3, 0.3)
    axes.set_zlim(0, 1)
    axes.set_xlabel("green – red", labelpad=-8)
    axes.set_ylabel("blue – yellow", labelpad=-8)
    axes.set_zlabel("lightness", labelpad=-8)
    axes.tick_params(labelsize=6, pad=-3)
    axes.set_box_aspect(None, zoom=0.85)
    axes.set_title(f"OKLab, {len(coarse.weights)} colours", fontsize=9)
