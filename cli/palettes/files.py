"""Writes the files of `lienzo palette`: palettes in other tools' formats, and drawings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from cli.errors import CliError
from cli.output.console import say
from cli.palettes.local import FoundPalette
from vision.colors.histogram import ColorHistogram
from vision.swatches.drawing import plot_png, plot_svg
from vision.swatches.formats import BINARY, palette_file
from vision.swatches.histograms import histogram_png, histogram_svg

_PLOTS: Final = {".svg": plot_svg, ".png": plot_png}
_HISTOGRAMS: Final = {".svg": histogram_svg, ".png": histogram_png}

WriterT = TypeVar("WriterT", bound=Callable[..., bytes])


def check_names(plot: Path | None, histogram: Path | None) -> None:
    """Checks the names of drawings before anything is computed for them.

    Raises:
        CliError: When a name ends neither in .svg nor in .png.
    """
    if plot is not None:
        _writer(_PLOTS, plot, "--plot")
    if histogram is not None:
        _writer(_HISTOGRAMS, histogram, "--histogram")


def write_plot(found: FoundPalette, file: Path) -> None:
    """Draws the picture, all its colours, the main and the second one side by side."""
    file.write_bytes(_writer(_PLOTS, file, "--plot")(found.palette, found.pixels))
    say(f"Picture and colours: {file}")


def write_histogram(histogram: ColorHistogram, file: Path) -> None:
    """Draws the histograms of the channels, and the colours on the OKLab plane."""
    file.write_bytes(_writer(_HISTOGRAMS, file, "--histogram")(histogram))
    say(f"Histograms: {file}")


def write_palette(found: FoundPalette, palette_format: str, output: Path | None) -> None:
    """Writes a palette into a file, or to standard output.

    Raises:
        UnknownPaletteFormat: When the format does not exist.
        CliError: When a binary format would go to a terminal.
    """
    content = palette_file(found.palette, palette_format)
    if output is not None:
        output.write_bytes(content)
        say(f"Palette: {output}")
    elif palette_format not in BINARY:
        sys.stdout.write(content.decode())
    elif sys.stdout.isatty():
        raise CliError(f"{palette_format} is a binary format: name a file with --output FILE.")
    else:
        sys.stdout.buffer.write(content)


def _writer(writers: Mapping[str, WriterT], file: Path, option: str) -> WriterT:
    writer = writers.get(file.suffix.lower())
    if writer is None:
        raise CliError(f"{option} writes .svg or .png, not {file.name}.")
    return writer
