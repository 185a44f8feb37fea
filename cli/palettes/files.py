"""Writes the files of `lienzo palette`: palettes in other tools' formats, and drawings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from cli.errors import FAULT, CliError
from cli.output.console import say
from cli.output.files import write_file
from cli.palettes.local import ColorCounts, FoundPalette
from vision.swatches.drawing import plot_png, plot_svg
from vision.swatches.formats import BINARY, palette_file

_PLOTS: Final = {".svg": plot_svg, ".png": plot_png}


def check_names(plot: Path | None, histogram: Path | None) -> None:
    """Checks the names of drawings before anything is computed for them.

    Raises:
        CliError: When a name ends neither in .svg nor in .png.
    """
    if plot is not None:
        _check_ending(plot, "--plot")
    if histogram is not None:
        _check_ending(histogram, "--histogram")


def write_plot(found: FoundPalette, file: Path) -> None:
    """Draws the picture, all its colours, the main and the second one; of a folder, its pictures below."""
    write_file(file, _PLOTS[file.suffix.lower()](found.palette, found.pixels, found.thumbnails))
    say(f"Picture and colours: {file}")


def write_histogram(counts: ColorCounts, name: str, file: Path) -> None:
    """Draws the histograms of channels and of pairs of channels, and the colours in OKLab.

    Raises:
        CliError: When the library that draws is not installed.
    """
    try:
        from drawing.colors import color_plot
    except ModuleNotFoundError as error:
        raise CliError(
            f"--histogram needs {error.name}, which is not installed: pip install 'lienzo[plots]'", FAULT
        ) from error
    plot = color_plot(counts.channels, counts.histogram, name)
    write_file(file, plot.png if file.suffix.lower() == ".png" else plot.svg.encode())
    say(f"Histograms: {file}")


def write_palette(found: FoundPalette, palette_format: str, output: Path | None) -> None:
    """Writes a palette into a file, or to standard output.

    Raises:
        UnknownPaletteFormat: When the format does not exist.
        CliError: When a binary format would go to a terminal.
    """
    content = palette_file(found.palette, palette_format)
    if output is not None:
        write_file(output, content)
        say(f"Palette: {output}")
    elif palette_format not in BINARY:
        sys.stdout.write(content.decode())
    elif sys.stdout.isatty():
        raise CliError(f"{palette_format} is a binary format: name a file with --output FILE.")
    else:
        sys.stdout.buffer.write(content)


def _check_ending(file: Path, option: str) -> None:
    if file.suffix.lower() not in _PLOTS:
        raise CliError(f"{option} writes .svg or .png, not {file.name}.")
