"""`lienzo palette`: which colours are these pictures made of?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import WRONG_INPUT, CliError
from cli.options import AsJson
from cli.output.console import answers, print_json, say
from cli.output.palette import collection_lines, palette_line, ranked_line, to_json
from cli.palettes import Failure, Found, histogram_of, palettes_of, pictures_by_color
from vision.color_search import parsed_color
from vision.palette import check_color_count
from vision.swatches.drawing import plot_png, plot_svg
from vision.swatches.formats import WRITERS, written
from vision.swatches.histograms import histogram_svg

_BINARY = ("ase", "ios", "png")


def palette(
    photos: Annotated[
        list[str], typer.Argument(metavar="PHOTO|DIR…", help="Pictures; a folder has one palette.")
    ],
    colors: Annotated[str, typer.Option(metavar="N|auto", help="How many colours, 1 to 256.")] = "auto",
    palette_format: Annotated[
        str | None, typer.Option("--format", metavar="|".join(WRITERS), help="Write one palette as a file.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", dir_okay=False, help="Where to write it; else standard output.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", dir_okay=False, help="Draw picture and colours: .svg or .png.")
    ] = None,
    histogram: Annotated[
        Path | None, typer.Option("--histogram", dir_okay=False, help="Draw colour histograms: .svg.")
    ] = None,
    center: Annotated[
        bool, typer.Option("--center", help="Let the middle of the picture weigh more.")
    ] = False,
    like: Annotated[
        str | None, typer.Option("--like", metavar="COLOR", help="Rank pictures by how much has this colour.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell which colours pictures are made of.

    A folder has one palette, in which each picture weighs the same. With --json one palette is an object,
    several are a list.
    """
    if like is not None:
        _rank(photos, like, as_json=as_json)
        return
    color_count = _color_count(colors)
    found = list(palettes_of(photos, color_count, center_weighted=center))
    good = [each for each in found if isinstance(each, Found)]
    if (palette_format or plot or histogram) and len(found) != 1:
        raise CliError(f"Files are written for one picture or folder; {len(found)} were given.")
    for failure in (each for each in found if isinstance(each, Failure)):
        say(failure.line)
    if plot and good:
        _draw(good[0], plot)
    if histogram and good:
        _draw_histogram(photos[0], histogram)
    if palette_format and good:
        _write(written(good[0].palette, palette_format), palette_format, output)
    elif as_json:
        facts = [to_json(each) for each in found]
        print_json(facts[0] if len(photos) == 1 else facts)
    else:
        _print_lines(good)
    if len(good) < len(found):
        raise typer.Exit(WRONG_INPUT)


def _rank(photos: list[str], like: str, *, as_json: bool) -> None:
    ranked, failures = pictures_by_color(photos, parsed_color(like))
    for failure in failures:
        say(failure.line)
    if as_json:
        print_json([{"picture": name, "share": share} for name, share in ranked])
    else:
        for name, share in ranked:
            answers().print(ranked_line(name, share, parsed_color(like)), soft_wrap=True)
    if failures:
        raise typer.Exit(WRONG_INPUT)


def _print_lines(found: list[Found]) -> None:
    console = answers()
    cells = max((len(each.name) for each in found), default=0)
    for each in found:
        console.print(palette_line(each.name, each.palette, cells), soft_wrap=True)
        for line in collection_lines(each):
            console.print(line, soft_wrap=True)
        for failure in each.failures:
            say(failure.line)


def _color_count(colors: str) -> int:
    if colors == "auto":
        return 0
    if not colors.isdecimal() or int(colors) == 0:
        raise CliError(f"--colors takes a number from 1 to 256, or auto; not {colors}.")
    check_color_count(int(colors))
    return int(colors)


def _draw(found: Found, file: Path) -> None:
    drawings = {".svg": plot_svg, ".png": plot_png}
    if file.suffix.lower() not in drawings:
        raise CliError(f"--plot writes .svg or .png; not {file.name}.")
    file.write_bytes(drawings[file.suffix.lower()](found.palette, found.pixels))
    say(f"Picture and colours: {file}")


def _draw_histogram(photo: str, file: Path) -> None:
    if file.suffix.lower() != ".svg":
        raise CliError(f"--histogram writes .svg; not {file.name}.")
    file.write_bytes(histogram_svg(histogram_of(photo)))
    say(f"Histograms: {file}")


def _write(content: bytes, palette_format: str, output: Path | None) -> None:
    if output is not None:
        output.write_bytes(content)
        say(f"Palette: {output}")
    elif palette_format not in _BINARY:
        sys.stdout.write(content.decode())
    elif sys.stdout.isatty():
        raise CliError(f"{palette_format} is no text: say where to write it with --output FILE.")
    else:
        sys.stdout.buffer.write(content)
