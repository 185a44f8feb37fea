"""Keypoints by size and angle; one of them with its patch, its gradients and its descriptor."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drawing.keypoints import legible, with_keypoints
from drawing.pictures import Pixels, dimmed, fitted
from drawing.plot import ACCENT, SECOND, finished, new_axes
from explanation.errors import NoSuchKeypoint
from explanation.part import Drawing, Part, picture_drawing, plot_drawing
from explanation.pixels import SHOWN_SIDE_PX
from vision.extractors import DescriptorType, LocalFeatures
from vision.extractors.features import scaled_keypoints
from vision.inspection.patches import SIFT_WINDOW, direction_bins, keypoint_patch, patch_gradients

_PATCH_PX: Final = 240
_ARROWS: Final = 16
_OTHER_WINDOW: Final = 2.0
"""Side of the square, in diameters of the keypoint, that other descriptors than SIFT describe, roughly."""
_LISTED: Final = 500


def keypoints_part(pixels: Pixels, features: LocalFeatures, extractor: str) -> Part:
    """Draws the keypoints, and how their sizes and angles are distributed."""
    keypoints = features.keypoints
    factor = SHOWN_SIDE_PX / max(pixels.shape[:2])
    placed = scaled_keypoints(keypoints, factor)
    circles = int(legible(placed).sum())
    dots = f"; {len(keypoints) - circles} of them as dots" if circles < len(keypoints) else ""
    shown = with_keypoints(dimmed(fitted(pixels, SHOWN_SIDE_PX)), placed)
    drawings = [picture_drawing("keypoints", shown, f"{len(keypoints)} keypoints of {extractor}{dots}")]
    if len(keypoints):
        drawings.append(_sizes(keypoints[:, 2]))
        if (keypoints[:, 3] >= 0).any():
            drawings.append(_angles(keypoints[keypoints[:, 3] >= 0, 3]))
    words = (
        f"{extractor} describes the neighbourhood of each circle; the radius points along its angle. The "
        "description is turned by that angle and scaled to that size, so that it stays the same when the "
        "photo is turned or taken from further away."
    )
    if not len(keypoints):
        words = f"{extractor} finds no keypoints here: nothing in this picture stands out."
    facts = {
        "extractor": extractor,
        "count": len(keypoints),
        "circles": circles,
        "keypoints": [
            {"x": float(x), "y": float(y), "diameter": float(d), "angle": float(a)}
            for x, y, d, a in keypoints[:_LISTED]
        ],
    }
    return Part("keypoints", "Keypoints", (words,), tuple(drawings), facts)


def keypoint_part(pixels: Pixels, features: LocalFeatures, number: int | None, kind: DescriptorType) -> Part:
    """Shows one keypoint: where it is, its patch, the gradients in it, and its descriptor.

    Args:
        pixels: The picture that the keypoints are in.
        features: Its features, one keypoint or more.
        number: The keypoint; None chooses a large one whose window is inside the picture.
        kind: How its descriptors are stored.

    Raises:
        NoSuchKeypoint: When the picture has fewer keypoints.
    """
    if number is not None and number >= len(features):
        raise NoSuchKeypoint(number, len(features))
    height, width = pixels.shape[:2]
    number = _telling(features.keypoints, width, height) if number is None else number
    keypoint, descriptor = features.keypoints[number], features.descriptors[number]
    x, y, diameter, angle = (float(each) for each in keypoint)
    bins = direction_bins(descriptor)
    window = _OTHER_WINDOW if bins is None else SIFT_WINDOW
    patch = keypoint_patch(pixels, keypoint, _PATCH_PX, window)
    drawings = [
        picture_drawing("one_place", _at(pixels, keypoint, window), f"Keypoint {number} of {len(features)}"),
        picture_drawing("one_patch", patch, "Its neighbourhood, turned upright"),
        picture_drawing("one_gradients", _with_arrows(patch), f"{_ARROWS} × {_ARROWS} gradients in it"),
    ]
    if bins is not None:
        drawings.append(
            picture_drawing("one_cells", _roses(bins), "4 × 4 cells of 8 directions: the descriptor")
        )
    drawings.append(_bars(descriptor, kind))
    turned = f", angle {angle:.0f}°" if angle >= 0 else ""
    words = (
        f"Keypoint {number}: at {x:.0f}, {y:.0f}, diameter {diameter:.1f} pixels{turned}. "
        f"Its descriptor has {len(descriptor)} {'bytes of 8 bits' if kind == 'binary' else 'numbers'}."
    )
    facts = {
        "number": number,
        "x": x,
        "y": y,
        "diameter": diameter,
        "angle": angle,
        "descriptor": np.asarray(descriptor).tolist(),
    }
    return Part("keypoint", "One keypoint", (words,), tuple(drawings), facts)


def _telling(keypoints: NDArray[np.float32], width: int, height: int) -> int:
    """Chooses the largest keypoint whose window lies in the picture; the largest where none does."""
    reach = SIFT_WINDOW / 2 * keypoints[:, 2]
    x, y = keypoints[:, 0], keypoints[:, 1]
    inside = (x >= reach) & (y >= reach) & (x + reach < width) & (y + reach < height)
    return int(np.where(inside, keypoints[:, 2], -1).argmax() if inside.any() else keypoints[:, 2].argmax())


def _at(pixels: Pixels, keypoint: NDArray[np.float32], window: float) -> Pixels:
    factor = SHOWN_SIDE_PX / max(pixels.shape[:2])
    drawn = dimmed(fitted(pixels, SHOWN_SIDE_PX))
    x, y, diameter, angle = (float(each) for each in keypoint)
    side = window * diameter * factor
    box = cv2.boxPoints(((x * factor, y * factor), (side, side), max(0.0, angle)))
    cv2.polylines(drawn, [np.rint(box).astype(np.int32)], True, (255, 255, 255), 1, cv2.LINE_AA)
    return with_keypoints(drawn, scaled_keypoints(keypoint[np.newaxis], factor))


def _with_arrows(patch: Pixels) -> Pixels:
    gray = np.asarray(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY), np.uint8)
    gradients = patch_gradients(gray, _ARROWS)
    longest = max(1e-6, float(np.hypot(gradients[..., 0], gradients[..., 1]).max()))
    step = _PATCH_PX / _ARROWS
    drawn = dimmed(dimmed(np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB), np.uint8)))
    for (row, column), _ in np.ndenumerate(gradients[..., 0]):
        across, down = gradients[row, column] / longest * step
        x, y = (column + 0.5) * step, (row + 0.5) * step
        if np.hypot(across, down) >= 1:
            ends = (round(x - across / 2), round(y - down / 2)), (round(x + across / 2), round(y + down / 2))
            cv2.arrowedLine(drawn, *ends, (0, 214, 255), 1, cv2.LINE_AA, tipLength=0.4)
    for line in range(1, 4):
        place = line * _PATCH_PX // 4
        drawn[place], drawn[:, place] = 255, 255
    return drawn


def _roses(bins: NDArray[np.float32]) -> Pixels:
    """Draws the eight directions of each cell as rays, as long as they are strong."""
    drawn = np.full((_PATCH_PX, _PATCH_PX, 3), 255, np.uint8)
    step = _PATCH_PX / 4
    most = max(1e-6, float(bins.max()))
    for row, column, direction in np.ndindex(4, 4, 8):
        length = float(bins[row, column, direction]) / most * step * 0.46
        angle = direction * np.pi / 4
        x, y = (column + 0.5) * step, (row + 0.5) * step
        end = round(x + length * np.cos(angle)), round(y - length * np.sin(angle))
        cv2.line(drawn, (round(x), round(y)), end, (29, 95, 174), 2, cv2.LINE_AA)
    for line in range(5):
        place = min(_PATCH_PX - 1, round(line * step))
        drawn[place], drawn[:, place] = 190, 190
    return drawn


def _bars(descriptor: NDArray[np.uint8] | NDArray[np.float32], stored: DescriptorType) -> Drawing:
    bits = stored == "binary"
    values = np.unpackbits(descriptor.astype(np.uint8)) if bits else np.asarray(descriptor)
    figure, axes = new_axes(7.0, 2.4)
    axes.stairs(values, np.arange(len(values) + 1), fill=True, color=ACCENT)
    for edge in range(8, len(values), 8) if len(values) == 128 else ():
        axes.axvline(edge, color=SECOND, linewidth=0.3 if edge % 32 else 1)
    axes.set_xlim(0, len(values))
    axes.set_xlabel("bit" if bits else "bin")
    axes.set_ylabel("value")
    kind = "bits" if bits else "bins"
    plot = finished(figure, "one_descriptor", f"The {len(values)} {kind} of the descriptor")
    rows = "; orange lines divide rows of cells" if len(values) == 128 else ""
    return plot_drawing(plot, f"Its descriptor: {len(values)} {kind}{rows}", "wide")


def _sizes(diameters: NDArray[np.float32]) -> Drawing:
    figure, axes = new_axes(4.4, 2.6)
    axes.hist(np.log2(diameters), bins=24, color=ACCENT, alpha=0.8)
    low, high = int(np.floor(np.log2(diameters.min()))), int(np.ceil(np.log2(diameters.max())))
    axes.set_xticks(range(low, high + 1), [f"{2**each:g}" for each in range(low, high + 1)])
    axes.set_xlabel("diameter, pixels")
    axes.set_ylabel("keypoints")
    middle = float(np.median(diameters))
    plot = finished(
        figure, "keypoint_sizes", f"Sizes of {len(diameters)} keypoints, median {middle:.1f} pixels"
    )
    return plot_drawing(plot, "By size: most are small")


def _angles(angles: NDArray[np.float32]) -> Drawing:
    figure, axes = new_axes(4.4, 2.6)
    axes.hist(angles, bins=list(range(0, 361, 15)), color=ACCENT, alpha=0.8)
    axes.set_xticks(range(0, 361, 90), [f"{each}°" for each in range(0, 361, 90)])
    axes.set_xlabel("angle, clockwise from the right")
    axes.set_ylabel("keypoints")
    plot = finished(figure, "keypoint_angles", f"Angles of {len(angles)} keypoints")
    return plot_drawing(plot, "By angle: the direction of the strongest gradients")
