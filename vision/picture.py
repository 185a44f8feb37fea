"""Decodes picture files: format by content, limits checked before decoding, result upright and in sRGB."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vision.decoding.budget import check_budget, check_framing, turn
from vision.decoding.formats import recognized_format
from vision.decoding.header import Header, read_header
from vision.decoding.pixels import decoded, decoded_cheaply
from vision.errors import PictureTooLarge, PictureTooSmall, TooManyPixels
from vision.region import Rectangle, Region, whole_side


@dataclass(frozen=True)
class PictureLimits:
    """Limits that are checked before anything is decoded.

    Attributes:
        max_bytes: Largest file.
        max_pixels: Largest width times height.
        min_side_px: Smallest width and height.
        max_decoded_bytes: Most bytes of decoded samples: 50 megapixels of RGB. More channels, deeper samples
            and what a decoder holds beside them count.
    """

    max_bytes: int = 20 * 2**20
    max_pixels: int = 50_000_000
    min_side_px: int = 16
    max_decoded_bytes: int = 150_000_000


@dataclass(frozen=True)
class PictureInfo:
    """The facts in a picture's header.

    Attributes:
        format: One of jpeg, png, webp, gif, tiff, bmp, heic.
        width_px: Width after the EXIF orientation is applied.
        height_px: Height after the EXIF orientation is applied.
        region: The part that is looked at, inside the picture; None for all of it.
    """

    format: str
    width_px: int
    height_px: int
    region: Rectangle | None = None

    @property
    def seen(self) -> Rectangle:
        """What is looked at: the region, else the whole picture."""
        return self.region or Rectangle(0, 0, self.width_px, self.height_px)


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: uint8 (H, W, 3), sRGB, upright; transparency is composited on white. Of the region only, where
            there is one.
        info: Facts of the header, with the original size even when `pixels` are reduced.
    """

    pixels: npt.NDArray[np.uint8]
    info: PictureInfo


@dataclass(frozen=True)
class LayeredPicture:
    """A decoded picture with a separate alpha channel.

    Attributes:
        pixels: uint8 (H, W, 3), sRGB, upright, not composited.
        alpha: uint8 (H, W), 0 transparent to 255 opaque; None when everything is opaque.
        info: Facts of the header, with the original size.
    """

    pixels: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.uint8] | None
    info: PictureInfo

    def on_white(self) -> npt.NDArray[np.uint8]:
        """Composites the pixels on white, uint8 (H, W, 3)."""
        if self.alpha is None:
            return self.pixels
        opacity = self.alpha[..., np.newaxis].astype(np.uint16)
        mixed = self.pixels * opacity + 255 * (255 - opacity) + 127
        return (mixed // 255).astype(np.uint8)


_DEFAULT_LIMITS = PictureLimits()


def read_info(data: bytes, limits: PictureLimits = _DEFAULT_LIMITS) -> PictureInfo:
    """Reads a picture's header; nothing is decoded.

    Raises:
        PictureTooLarge: When the file has more bytes than allowed.
        NotAPicture: When it is not a picture in a format that lienzo reads.
        TooManyPixels: When it has more pixels than allowed.
        PictureTooSmall: When a side is shorter than allowed.
        TooMuchToDecode: When decoding it would take more memory or work than allowed.
        TruncatedPicture: When the file ends inside the header.
        DamagedPicture: When the header is broken.
    """
    return _info(_checked_header(data, limits), limits)


def decode(
    data: bytes,
    limits: PictureLimits = _DEFAULT_LIMITS,
    max_side_px: int | None = None,
    region: Region | None = None,
) -> Picture:
    """Decodes a picture: first frame of a GIF, first page of a TIFF, transparency on white.

    Args:
        data: The file's bytes.
        limits: Limits of bytes and pixels.
        max_side_px: Longer side in pixels to which a larger picture, or its region, is reduced; never
            enlarges. A JPEG above 30 megapixels in several scans is halved at least.
        region: The part to look at; None for all of it.

    Raises:
        PictureError: As `read_info`; also TruncatedPicture or DamagedPicture when decoding fails, and
            EmptyRegion, RegionOutsidePicture or RegionTooSmall.
    """
    layers = decode_with_alpha(data, limits, max_side_px, region)
    return Picture(layers.on_white(), layers.info)


def decode_with_alpha(
    data: bytes,
    limits: PictureLimits = _DEFAULT_LIMITS,
    max_side_px: int | None = None,
    region: Region | None = None,
) -> LayeredPicture:
    """Decodes a picture as `decode` does, but returns the alpha channel instead of compositing it."""
    header = _checked_header(data, limits)
    info = _info(header, limits, region)  # the header's picture is reduced while it is decoded
    side = None if max_side_px is None else _side_of_whole(info, max_side_px)
    with turn(data, header, side):
        return LayeredPicture(*decoded(data, header, max_side_px, _stored(info, header)), info)


def decode_cheaply(
    data: bytes, limits: PictureLimits, enough_px: int, region: Region | None = None
) -> LayeredPicture:
    """Decodes a picture at a reduced size that keeps its colours.

    Args:
        data: The file's bytes.
        limits: Limits of bytes and pixels.
        enough_px: Pixels that the longer side keeps at least, of the region where there is one. Drawings in
            few colours are not reduced.
        region: The part to look at; None for all of it.

    Raises:
        PictureError: As `decode`.
    """
    header = _checked_header(data, limits)
    info = _info(header, limits, region)
    with turn(data, header, _side_of_whole(info, enough_px)):
        return LayeredPicture(*decoded_cheaply(data, header, enough_px, _stored(info, header)), info)


def _checked_header(data: bytes, limits: PictureLimits) -> Header:
    if len(data) > limits.max_bytes:
        raise PictureTooLarge(len(data), limits.max_bytes)
    check_framing(data, recognized_format(data))
    header = read_header(data)
    width, height = header.upright_size
    if width * height > limits.max_pixels:
        raise TooManyPixels(width, height, limits.max_pixels)
    if min(width, height) < limits.min_side_px:
        raise PictureTooSmall(width, height, limits.min_side_px)
    check_budget(data, header, limits.max_decoded_bytes)
    return header


def _info(header: Header, limits: PictureLimits, region: Region | None = None) -> PictureInfo:
    width, height = header.upright_size
    seen = None if region is None else region.within(width, height, limits.min_side_px)
    return PictureInfo(header.format, width, height, seen)


def _side_of_whole(info: PictureInfo, side_px: int) -> int:
    if info.region is None:
        return side_px
    return whole_side(info.region, info.width_px, info.height_px, side_px)


def _stored(info: PictureInfo, header: Header) -> tuple[int, int, int, int] | None:
    """Returns the region's left, top, right and bottom in the picture as it is stored; None for all of it."""
    if info.region is None:
        return None
    return info.region.before_turning(header.orientation, info.width_px, info.height_px).box
