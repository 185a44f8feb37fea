"""Computes the palettes of pictures, folders and addresses on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cli.errors import sentence
from cli.pictures.contents import Content, content_of, contents_below, each_done, is_folder
from cli.pictures.files import read_picture
from lienzo_client import LienzoError
from sources.errors import SourceError
from sources.reader import Reader
from vision.collection import Collection, PictureColors, PictureSpread, picture_colors
from vision.color_search import color_presence
from vision.colors.channels import Channels, averaged, channels_of
from vision.colors.histogram import ColorHistogram, color_histogram, joined
from vision.colors.spaces import ColorSpace
from vision.errors import EmptyCollection, VisionError
from vision.palette import Palette, decode_for_palette, picture_palette
from vision.picture import LayeredPicture, PictureLimits, decode, decode_with_alpha
from vision.region import Region

_MOST_THUMBNAILS = 48
_THUMBNAIL_PX = 200

Problem = VisionError | SourceError | LienzoError
"""The error of a picture, of its source, or of the gateway that prevented a palette."""


def details_of(error: Problem) -> Mapping[str, str]:
    """Returns the values in the message of an error, by name."""
    return error.metadata if isinstance(error, LienzoError) else error.details


@dataclass(frozen=True)
class Wanted:
    """Options of palettes.

    Attributes:
        color_count: 1 to 256; 0 for as many as look different.
        color_space: The space in which colours are averaged and compared.
        center_weighted: Whether pixels near the middle weigh more.
        region: The part of each picture to look at; None for all of it.
        with_thumbnails: Whether small copies of a folder's pictures are kept, to draw them.
    """

    color_count: int = 0
    color_space: ColorSpace = "oklab"
    center_weighted: bool = False
    region: Region | None = None
    with_thumbnails: bool = False


@dataclass(frozen=True)
class Failure:
    """A picture that has no palette.

    Attributes:
        name: The picture as the command line names it.
        error: The error.
    """

    name: str
    error: Problem

    @property
    def line(self) -> str:
        """One sentence for people."""
        message = sentence(self.error) if isinstance(self.error, LienzoError) else str(self.error).rstrip(".")
        named = message if self.name in message else f"{self.name}: {message}"
        return named if isinstance(self.error, LienzoError) else f"{named}."


@dataclass(frozen=True)
class FoundPalette:
    """The palette of a picture or folder.

    Attributes:
        name: The picture or folder as the command line names it.
        palette: Its palette.
        pixels: The picture, uint8 (H, W, 3); None for a folder, and where a gateway computed the palette.
        spreads: For a folder: its pictures by name, with the shares that each has of the palette.
        failures: For a folder: its pictures that could not be read.
        thumbnails: For a folder whose drawing is wanted: small copies of its pictures, in their order.
    """

    name: str
    palette: Palette
    pixels: npt.NDArray[np.uint8] | None = None
    spreads: tuple[tuple[str, PictureSpread], ...] = ()
    failures: tuple[Failure, ...] = ()
    thumbnails: tuple[npt.NDArray[np.uint8], ...] = ()


def palettes_of(arguments: Sequence[str], wanted: Wanted, reader: Reader) -> Iterator[FoundPalette | Failure]:
    """Yields one palette for each picture and each folder, in the order of the arguments.

    Raises:
        CliError: When one does not exist, or a folder has no pictures; the message names it.
    """
    for argument in arguments:
        if is_folder(argument):
            yield _folder_palette(argument, wanted, reader)
        else:
            yield _picture_palette(argument, wanted, reader)


def _picture_palette(name: str, wanted: Wanted, reader: Reader) -> FoundPalette | Failure:
    try:
        picture = _decoded(content_of(name, reader), wanted.region)
        palette = picture_palette(
            picture,
            wanted.color_count,
            color_space=wanted.color_space,
            center_weighted=wanted.center_weighted,
        )
    except (VisionError, SourceError) as error:
        return Failure(name, error)
    return FoundPalette(name, palette, picture.on_white())


def _folder_palette(name: str, wanted: Wanted, reader: Reader) -> FoundPalette | Failure:
    collection, names, failures = Collection(), [], []
    try:
        for each, result in _counted_below(name, reader, wanted):
            if isinstance(result, PictureColors):
                collection.add(result)
                names.append(each)
            else:
                failures.append(Failure(each, result))
        found = collection.palette(wanted.color_count, wanted.color_space)
    except (EmptyCollection, SourceError) as error:
        return Failure(name, error)
    spreads = tuple(zip(names, found.spreads, strict=True))
    thumbnails = _thumbnails(name, names, wanted, reader) if wanted.with_thumbnails else ()
    return FoundPalette(name, found.palette, spreads=spreads, failures=tuple(failures), thumbnails=thumbnails)


def _thumbnails(
    folder: str, names: Sequence[str], wanted: Wanted, reader: Reader
) -> tuple[npt.NDArray[np.uint8], ...]:
    """Reads the first pictures of a folder again, small; what was not counted is left out."""
    shown = set(names[:_MOST_THUMBNAILS])
    contents = (each for each in contents_below(folder, reader) if each[0] in shown)
    return tuple(small for _, small in each_done(contents, partial(_thumbnail, region=wanted.region)))


def _thumbnail(content: Content, region: Region | None) -> npt.NDArray[np.uint8]:
    return decode(_data(content), PictureLimits(), _THUMBNAIL_PX, region).pixels


def pictures_by_color(
    arguments: Sequence[str], rgb: tuple[int, int, int], reader: Reader
) -> tuple[list[tuple[str, float]], list[Failure]]:
    """Ranks the pictures by their share of a colour, largest first; lists those that cannot be read.

    Raises:
        CliError: When one does not exist, or a folder has no pictures; the message names it.
    """
    ranked, failures = [], []
    for argument in arguments:
        try:
            for name, result in _counted(argument, reader):
                if isinstance(result, PictureColors):
                    ranked.append((name, color_presence(result.histogram, rgb)))
                else:
                    failures.append(Failure(name, result))
        except SourceError as error:
            failures.append(Failure(argument, error))
    return sorted(ranked, key=lambda each: (-each[1], each[0])), failures


@dataclass(frozen=True)
class ColorCounts:
    """The colours of a picture, or of the pictures of a folder, to be drawn.

    Attributes:
        channels: How often each value of red, green and blue occurs: every pixel counts.
        histogram: The colours in cells.
    """

    channels: Channels
    histogram: ColorHistogram


def color_counts(argument: str, reader: Reader) -> ColorCounts:
    """Counts the colours of a picture or of a folder; unreadable pictures are left out.

    Raises:
        EmptyCollection: When none can be read.
    """
    contents = (
        contents_below(argument, reader)
        if is_folder(argument)
        else iter([(argument, content_of(argument, reader))])
    )
    whole: ColorCounts | None = None
    for _, counts in each_done(contents, _counts):
        if whole is None or counts is None:
            whole = whole or counts
            continue
        pictures = whole.channels.pictures
        histogram = joined(whole.histogram, pictures, counts.histogram, 1)
        whole = ColorCounts(averaged(whole.channels, counts.channels), histogram)
    if whole is None:
        raise EmptyCollection
    return whole


def _counts(content: Content) -> ColorCounts | None:
    """Counts every pixel of a picture; None for one that cannot be read or where nothing is visible."""
    try:
        # At full size: a reduced copy has mixed colours that the picture does not have.
        picture = decode_with_alpha(_data(content), PictureLimits())
    except (VisionError, SourceError):
        return None
    channels = channels_of(picture.pixels, picture.alpha)
    if channels is None:
        return None
    return ColorCounts(channels, color_histogram(picture.pixels, picture.alpha))


Counted = Iterator[tuple[str, PictureColors | VisionError | SourceError]]


def _counted(argument: str, reader: Reader) -> Counted:
    if is_folder(argument):
        return _counted_below(argument, reader, Wanted())
    return iter([(argument, _colors(content_of(argument, reader), Wanted()))])


def _counted_below(folder: str, reader: Reader, wanted: Wanted) -> Counted:
    return each_done(contents_below(folder, reader), partial(_colors, wanted=wanted))


def _colors(content: Content, wanted: Wanted) -> PictureColors | VisionError | SourceError:
    try:
        return picture_colors(_decoded(content, wanted.region), center_weighted=wanted.center_weighted)
    except (VisionError, SourceError) as error:
        return error


def _decoded(content: Content, region: Region | None) -> LayeredPicture:
    return decode_for_palette(_data(content), PictureLimits(), region)


def _data(content: Content) -> bytes:
    if isinstance(content, SourceError):
        raise content
    return read_picture(content) if isinstance(content, Path) else content
