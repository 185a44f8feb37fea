"""The palettes of pictures and folders on this machine, computed right here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cli.errors import CliError
from cli.photos import find_photos, pictures_in
from vision.collection import Collection, PictureColors, PictureSpread, picture_colors
from vision.color_search import color_presence
from vision.colors.histogram import ColorHistogram, joined
from vision.errors import EmptyCollection, VisionError
from vision.palette import Palette, decode_for_palette, picture_palette
from vision.picture import LayeredPicture, PictureLimits

_AT_ONCE = 4


@dataclass(frozen=True)
class Failure:
    """A picture that has no palette.

    Attributes:
        name: The picture as the command line names it.
        error: Why.
    """

    name: str
    error: VisionError

    @property
    def line(self) -> str:
        """One sentence for people."""
        return f"{self.name}: {str(self.error).rstrip('.')}."


@dataclass(frozen=True)
class Found:
    """A palette.

    Attributes:
        name: The picture or folder as the command line names it.
        palette: Its palette.
        pixels: uint8 (H, W, 3), the picture; None for a folder.
        spreads: For a folder: its pictures by name, and what each has of the palette.
        failures: For a folder: its pictures that could not be read.
    """

    name: str
    palette: Palette
    pixels: npt.NDArray[np.uint8] | None = None
    spreads: tuple[tuple[str, PictureSpread], ...] = ()
    failures: tuple[Failure, ...] = ()


def palettes_of(
    arguments: Sequence[str], color_count: int, *, center_weighted: bool
) -> Iterator[Found | Failure]:
    """One palette for each picture and each folder, in the order of the arguments.

    Raises:
        CliError: Naming what is not there, or the folder without a picture.
    """
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            yield _folder_palette(argument, color_count, center_weighted=center_weighted)
        elif path.exists():
            yield _file_palette(argument, color_count, center_weighted=center_weighted)
        else:
            raise CliError(f"{argument}: no such file or folder.")


def _file_palette(name: str, color_count: int, *, center_weighted: bool) -> Found | Failure:
    try:
        picture = _decoded(Path(name))
        palette = picture_palette(picture, color_count, center_weighted=center_weighted)
    except VisionError as error:
        return Failure(name, error)
    return Found(name, palette, picture.on_white())


def _folder_palette(name: str, color_count: int, *, center_weighted: bool) -> Found | Failure:
    files = pictures_in(Path(name))
    if not files:
        raise CliError(f"{name}: no pictures in this folder.")
    collection, names, failures = Collection(), [], []
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        count = partial(_counted, center_weighted=center_weighted)
        for file, result in zip(files, threads.map(count, files), strict=True):
            if isinstance(result, PictureColors):
                collection.add(result)
                names.append(str(file))
            else:
                failures.append(Failure(str(file), result))
    try:
        found = collection.palette(color_count)
    except EmptyCollection as error:
        return Failure(name, error)
    spreads = tuple(zip(names, found.spreads, strict=True))
    return Found(name, found.palette, spreads=spreads, failures=tuple(failures))


def pictures_by_color(
    arguments: Sequence[str], rgb: tuple[int, int, int]
) -> tuple[list[tuple[str, float]], list[Failure]]:
    """The pictures by how much of them has a colour, most first, and those that cannot be read.

    Raises:
        CliError: Naming what is not there, or the folder without a picture.
    """
    files = [photo.picture for photo in find_photos(arguments) if isinstance(photo.picture, Path)]
    ranked, failures = [], []
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        count = partial(_counted, center_weighted=False)
        for file, result in zip(files, threads.map(count, files), strict=True):
            if isinstance(result, PictureColors):
                ranked.append((str(file), color_presence(result.histogram, rgb)))
            else:
                failures.append(Failure(str(file), result))
    return sorted(ranked, key=lambda each: (-each[1], each[0])), failures


def histogram_of(argument: str) -> ColorHistogram:
    """The histogram of a picture, or of a folder; unreadable pictures are left out."""
    path = Path(argument)
    found = [
        _counted(file, center_weighted=False) for file in (pictures_in(path) if path.is_dir() else [path])
    ]
    histograms = [each.histogram for each in found if isinstance(each, PictureColors)]
    if not histograms:
        raise EmptyCollection
    whole = histograms[0]
    for count, histogram in enumerate(histograms[1:], start=1):
        whole = joined(whole, count, histogram, 1)
    return whole


def _counted(file: Path, *, center_weighted: bool) -> PictureColors | VisionError:
    try:
        return picture_colors(_decoded(file), center_weighted=center_weighted)
    except VisionError as error:
        return error


def _decoded(file: Path) -> LayeredPicture:
    return decode_for_palette(file.read_bytes(), PictureLimits())
