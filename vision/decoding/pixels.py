"""Decodes an opened picture file to sRGB pixels."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PIL import Image

from vision.decoding.bands import Box, Pixels, Source, plain, srgb_pixels, to_array
from vision.decoding.header import Header, faults_typed
from vision.decoding.heic import HeicPicture
from vision.decoding.jpeg import REDUCTIONS, check_completeness, is_reduced_while_decoded
from vision.decoding.profile import srgb_transform

_SAMPLED_SIDE, _DRAWN_COLORS = 141, 1_000
# Above so many pixels a picture is not copied as a whole.
_GIANT_PIXELS = 16_000_000
# Above so many pixels a JPEG in several scans is halved at least: its coefficients, up to 6 bytes for each
# pixel, are in memory beside Pillow's 4.
_MOST_IN_SCANS = 30_000_000


def decoded(
    data: bytes, header: Header, max_side_px: int | None, part: Box | None = None
) -> tuple[Pixels, Pixels | None]:
    """Decodes a picture, or a part of it.

    Args:
        data: The whole file.
        header: Result of `read_header`.
        max_side_px: Longer side in pixels to which a larger picture, or part, is reduced, by area averaging.
        part: What is looked at, in pixels as they are stored; None for all of it.

    Returns:
        Colours, uint8 (H, W, 3) sRGB, upright; and opacity, uint8 (H, W), or None when all is opaque.

    Raises:
        TruncatedPicture: When the file ends before the picture does.
        DamagedPicture: When the content breaks the rules of its format.
    """
    whole = header.image.size
    part = part or (0, 0, *whole)
    size = _size_within(_size_of(part), max_side_px)
    with faults_typed(data, header.format):
        image = _loaded(data, header, _reduction(data, header, part, max_side_px))
        if header.format == "jpeg":
            part = _scaled(part, whole, image.size)
            return _upright(_averaged(image, part, _within(size, part), header.profile), header)
        if size == _size_of(part):
            return _upright(srgb_pixels(image, header.profile, box=part), header)
        if image.width * image.height > _GIANT_PIXELS:
            # The weighting by opacity copies the picture: a giant is reduced in pieces first.
            factor = max(1, max(_size_of(part)) // (2 * max(size)))
            return _upright(_boxed(srgb_pixels(image, header.profile, factor, part), size), header)
        # BOX averages areas, and weights colours by their opacity.
        reduced = plain(image, part).resize(size, Image.Resampling.BOX)
        return _upright(srgb_pixels(reduced, header.profile), header)


def decoded_cheaply(
    data: bytes, header: Header, enough_px: int, part: Box | None = None
) -> tuple[Pixels, Pixels | None]:
    """Decodes a picture at a reduced size that keeps its colours; returns and raises as `decoded`.

    The picture is averaged over 2, 4 or 8 pixels each way: a JPEG while it is decoded, other formats
    afterwards, so that a picture has the same colours in every format. Drawings in few colours are not
    averaged, because that would mix their colours.

    Args:
        data: The whole file.
        header: Result of `read_header`.
        enough_px: Pixels that the longer side keeps at least.
        part: What is looked at, in pixels as they are stored; None for all of it.
    """
    part = part or (0, 0, *header.image.size)
    longer = max(_size_of(part))
    factor = max((n for n in REDUCTIONS if longer >= n * enough_px), default=1)
    if header.format == "jpeg":
        return decoded(data, header, -(-longer // factor), part)
    with faults_typed(data, header.format):
        image = _loaded(data, header)
        if factor > 1 and _is_drawn(image, header.profile):
            image, part = _thinned(image, part)
            factor = 1
        return _upright(srgb_pixels(image, header.profile, factor, part), header)


def _is_drawn(image: Source, profile: bytes | None) -> bool:
    """Returns whether a picture has as few colours as a drawing; photographs have tens of thousands."""
    width, height = image.size
    size = min(width, _SAMPLED_SIDE), min(height, _SAMPLED_SIDE)
    sampled, _ = srgb_pixels(image.resize(size, Image.Resampling.NEAREST, None), profile)
    return len(np.unique(sampled.reshape(-1, 3), axis=0)) <= _DRAWN_COLORS


def _thinned(image: Source, part: Box) -> tuple[Source, Box]:
    """Leaves out pixels of a giant part, so that few enough are left and none has a mixed colour."""
    width, height = _size_of(part)
    step = math.ceil(math.sqrt(width * height / _GIANT_PIXELS))
    if step == 1:
        return image, part
    thin = image.resize((-(-width // step), -(-height // step)), Image.Resampling.NEAREST, part)
    return thin, (0, 0, *thin.size)


def _reduction(data: bytes, header: Header, part: Box, max_side_px: int | None) -> int:
    """Chooses how many times smaller, each way, a JPEG is decoded: still as large as wanted.

    A giant in several scans is halved in any case, but where its own size is asked for.
    """
    if header.format != "jpeg" or max_side_px is None:
        return 1
    longer, (width, height) = max(_size_of(part)), header.image.size
    factor = max((n for n in REDUCTIONS if -(-longer // n) >= min(longer, max_side_px)), default=1)
    if factor == 1 and width * height > _MOST_IN_SCANS and not is_reduced_while_decoded(data):
        return 2
    return factor


def _loaded(data: bytes, header: Header, factor: int = 1) -> Source:
    """Decodes the picture, a JPEG so many times smaller inside the decoder."""
    image = header.image
    if header.format == "heic" and image.width * image.height > _GIANT_PIXELS:
        return HeicPicture.decode(data)
    if header.format == "jpeg":
        if factor > 1:
            image.draft(None, (max(1, image.width // factor), max(1, image.height // factor)))
        # One piece, because every piece is copied together with what the decoder left of the one before.
        image.decodermaxblock = len(data)
    image.load()
    if header.format == "jpeg":
        check_completeness(data, image)
    return image


def _averaged(
    image: Source, part: Box, size: tuple[int, int], profile: bytes | None
) -> tuple[Pixels, Pixels | None]:
    """Reduces a part of a JPEG by averaging areas, and converts it to sRGB."""
    if image.mode not in ("L", "RGB"):
        if size == _size_of(part):
            return srgb_pixels(image, profile, box=part)
        return srgb_pixels(image.resize(size, Image.Resampling.BOX, part), profile)
    samples = to_array(image, part)
    if size != _size_of(part):
        samples = cv2.resize(samples, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    if image.mode == "RGB" and srgb_transform(profile, "RGB") is None:
        return samples, None
    return srgb_pixels(Image.fromarray(samples), profile)


def _boxed(layers: tuple[Pixels, Pixels | None], size: tuple[int, int]) -> tuple[Pixels, Pixels | None]:
    pixels, alpha = layers
    image = Image.fromarray(pixels if alpha is None else np.dstack([pixels, alpha]))
    reduced = np.asarray(image.resize(size, Image.Resampling.BOX))
    return reduced[..., :3], None if alpha is None else reduced[..., 3]


def _size_of(part: Box) -> tuple[int, int]:
    left, top, right, bottom = part
    return right - left, bottom - top


def _within(size: tuple[int, int], part: Box) -> tuple[int, int]:
    """Returns a size that enlarges no part."""
    width, height = _size_of(part)
    return min(size[0], width), min(size[1], height)


def _scaled(part: Box, whole: tuple[int, int], decoded_size: tuple[int, int]) -> Box:
    """Returns where a part is in a picture that was reduced while it was decoded; all that it touches."""
    left, top, right, bottom = part
    (across, down), (width, height) = decoded_size, whole
    return (
        left * across // width,
        top * down // height,
        -(-right * across // width),
        -(-bottom * down // height),
    )


def _upright(layers: tuple[Pixels, Pixels | None], header: Header) -> tuple[Pixels, Pixels | None]:
    pixels, alpha = layers
    return upright(pixels, header.orientation), None if alpha is None else upright(alpha, header.orientation)


def _size_within(size: tuple[int, int], max_side_px: int | None) -> tuple[int, int]:
    if max_side_px is None or max(size) <= max_side_px:
        return size
    scale = max_side_px / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Rotates and mirrors pixels by the EXIF orientation (Exif 3.0, 4.6.5.1.6).

    Args:
        pixels: uint8 (H, W) or (H, W, 3), as stored.
        orientation: 1 to 8.

    Returns:
        The upright picture, contiguous in memory.
    """
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
