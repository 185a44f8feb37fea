"""Plots in the style of the training report; each returns a matplotlib figure, which a notebook shows."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from drawing.colors import draw_channels, draw_pair, draw_space
from drawing.confusion import draw_confusion
from drawing.keypoints import with_keypoints
from drawing.matches import DRAWN_RATIO, draw_matches
from drawing.pictures import dimmed, fitted
from drawing.plot import INK, add_axes, new_figure
from lienzo_notebook.features import extract, local_features, matched
from lienzo_notebook.models import Evaluation
from lienzo_notebook.pictures import PictureLike, read_picture
from vision.colors.channels import PAIRS, channels_of
from vision.colors.histogram import color_histogram
from vision.extractors.features import scaled_keypoints
from vision.palette import Palette

_SHOWN_SIDE_PX = 720


def plot_keypoints(picture: PictureLike, extractor: str = "rootsift") -> Figure:
    """Draws the keypoints of a picture: circles as large as the neighbourhood, with a radius at their angle.

    Raises:
        TypeError: For an extractor without keypoints.
    """
    pixels = read_picture(picture, _SHOWN_SIDE_PX)
    found = local_features(extract(pixels, extractor), extractor)
    placed = scaled_keypoints(found.keypoints, _SHOWN_SIDE_PX / max(pixels.shape[:2]))
    drawn = with_keypoints(dimmed(fitted(pixels, _SHOWN_SIDE_PX)), placed)
    return _shown(drawn, f"{len(found)} keypoints of {extractor}")


def plot_matches(
    picture: PictureLike, photo: PictureLike, extractor: str = "rootsift", ratio: float = DRAWN_RATIO
) -> Figure:
    """Draws two pictures side by side with lines to what they have in common; arguments as for `match`."""
    (left, here), (right, there), found = matched(picture, photo, extractor, ratio)
    drawn = draw_matches(left, right, here.keypoints, there.keypoints, found)
    return _shown(drawn.pixels, f"{len(found.pairs)} pairs, {found.points} points agree on one view")


def plot_palette(palette: Palette, picture: PictureLike | None = None) -> Figure:
    """Draws a palette as a bar in proportion, below its picture where one is given."""
    figure = new_figure(7, 1.6 if picture is None else 5.2)
    grid = figure.add_gridspec(2, 1, height_ratios=(0.001 if picture is None else 4, 1))
    if picture is not None:
        axes = figure.add_subplot(grid[0])
        axes.imshow(read_picture(picture, _SHOWN_SIDE_PX))
        axes.set_axis_off()
    bar = figure.add_subplot(grid[1])
    left = 0.0
    for color in palette.colors:
        bar.add_patch(Rectangle((left, 0), color.share, 1, facecolor=color.hex, edgecolor=INK, linewidth=0.5))
        if color.share >= 0.1:
            label = f"{color.hex}\n{color.share:.0%}"
            bar.text(
                left + color.share / 2, 0.5, label, color=color.text.hex, ha="center", va="center", fontsize=8
            )
        left += color.share
    bar.set_xlim(0, 1)
    bar.set_axis_off()
    return figure


def plot_colors(picture: PictureLike) -> Figure:
    """Draws the histograms of red, green and blue, of their pairs, and the colours in OKLab."""
    pixels = read_picture(picture)
    channels, histogram = channels_of(pixels), color_histogram(pixels)
    figure = new_figure(11, 7.4)
    grid = figure.add_gridspec(2, 3)
    if channels is not None:
        draw_channels(add_axes(figure, grid[0, :2]), channels)
        for number in range(len(PAIRS)):
            draw_pair(add_axes(figure, grid[1, number]), channels, number)
    draw_space(figure.add_subplot(grid[0, 2], projection="3d"), histogram)
    return figure


def plot_confusion(evaluation: Evaluation) -> Figure:
    """Draws which labels are taken for which: true labels by rows, answers by columns."""
    counts, labels = evaluation.confusion, evaluation.labels
    side = max(3.4, 1.8 + 0.3 * len(labels))
    figure = new_figure(side + 0.8, side)
    axes = add_axes(figure)
    draw_confusion(axes, counts, labels)
    axes.set_title(f"{np.trace(counts)} of {counts.sum()} pictures right", fontsize=10)
    return figure


def _shown(pixels: NDArray[np.uint8], title: str) -> Figure:
    height, width = pixels.shape[:2]
    figure = new_figure(8, 0.4 + 8 * height / width)
    axes = figure.add_subplot()
    axes.imshow(pixels)
    axes.set_axis_off()
    axes.set_title(title, fontsize=10)
    return figure
