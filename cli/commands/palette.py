"""`lienzo palette`: extracts the colours of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import WRONG_INPUT, CliError
from cli.options import DEFAULT_MODELS, DEFAULT_TIMEOUT_S, AsJson, Insecure, RootCertificates, Timeout
from cli.output.console import answers, print_json, say
from cli.palettes.files import check_names, write_histogram, write_palette, write_plot
from cli.palettes.lines import (
    collection_lines,
    distance_text,
    feeling_lines,
    palette_line,
    ranked_line,
    to_json,
)
from cli.palettes.local import Failure, FoundPalette, Wanted, color_counts, palettes_of, pictures_by_color
from cli.palettes.remote import remote_palettes
from cli.pictures.contents import own_reader
from cli.pictures.parts import RegionOption, TapOption, asked_region
from cli.serving.gateway import Door, open_gateway
from sources.reader import Reader
from vision.color_search import parsed_color
from vision.colors.spaces import ColorSpace
from vision.palette import check_color_count
from vision.palette_distance import palette_distance
from vision.swatches.formats import WRITERS, check_format

File = Path | None
Finder = Callable[[Sequence[str]], Iterator[FoundPalette | Failure]]


PhotosArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PHOTO|DIR|URI…",
        help="Pictures, also at addresses such as s3://bucket/key; a folder, or s3://bucket/prefix/, has "
        "one palette.",
    ),
]
ColorsOption = Annotated[str, typer.Option(metavar="N|auto", help="How many colours, 1 to 256.")]
SpaceOption = Annotated[ColorSpace, typer.Option(help="Space in which colours are averaged and compared.")]
CenterOption = Annotated[bool, typer.Option("--center", help="Weight the middle of the picture more.")]
PaletteFormatOption = Annotated[
    str | None, typer.Option("--format", metavar="|".join(WRITERS), help="Write one palette as a file.")
]
OutputOption = Annotated[
    File, typer.Option("--output", dir_okay=False, help="File for it; by default standard output.")
]
PlotOption = Annotated[
    File, typer.Option("--plot", dir_okay=False, help="Draw picture and colours: .svg or .png.")
]
HistogramOption = Annotated[
    File, typer.Option("--histogram", dir_okay=False, help="Draw colour histograms: .svg or .png.")
]
LikeOption = Annotated[
    str | None,
    typer.Option("--like", metavar="COLOR", help="Rank pictures by their share of this colour."),
]
CompareOption = Annotated[
    str | None,
    typer.Option(
        "--compare", metavar="PHOTO|DIR|URI", help="Print the distance of each palette from this one's."
    ),
]
FeelingsOption = Annotated[
    bool,
    typer.Option(
        "--feelings", help="Print what each colour tends to make people feel: an average of groups, -1 to 1."
    ),
]
TargetOption = Annotated[
    str,
    typer.Option(
        "--target", metavar="HOST:PORT", help="Compute on a running gateway; by default on this machine."
    ),
]


def palette(
    photos: PhotosArgument,
    colors: ColorsOption = "auto",
    space: SpaceOption = "oklab",
    center: CenterOption = False,
    region: RegionOption = "",
    tap: TapOption = "",
    palette_format: PaletteFormatOption = None,
    output: OutputOption = None,
    plot: PlotOption = None,
    histogram: HistogramOption = None,
    like: LikeOption = None,
    compare: CompareOption = None,
    feelings: FeelingsOption = False,
    as_json: AsJson = False,
    target: TargetOption = "",
    insecure: Insecure = False,
    root_certificates: RootCertificates = None,
    timeout: Timeout = DEFAULT_TIMEOUT_S,
) -> None:
    """Extract the colours of pictures.

    `-` is a picture on standard input. A folder has one palette, to which each picture contributes equally.
    With --json one palette is an object, several are a list. With --target the gateway reads addresses
    itself, if its allow-list permits them.
    """
    part = asked_region(region, tap)
    wanted = Wanted(_color_count(colors), space, center, part, with_thumbnails=plot is not None)
    check_names(plot, histogram)
    if palette_format:
        check_format(palette_format)
    if (palette_format or plot or histogram) and len(photos) != 1:
        raise CliError(f"Files are written for one picture or folder; {len(photos)} were given.")
    if target and (like is not None or histogram):
        raise CliError("--like and --histogram work on this machine only: leave out --target.")
    if wanted.region and (like is not None or histogram):
        raise CliError("--like and --histogram look at whole pictures: leave out --region and --tap.")
    with own_reader() as reader:
        if like is not None:
            _rank(photos, like, reader, as_json=as_json)
            return
        with _finder(Door(target, insecure, root_certificates, timeout), wanted, reader) as find:
            found = list(find(photos))
            other = _other(find([compare])) if compare is not None else None
        good = [each for each in found if isinstance(each, FoundPalette)]
        _tell_what_lacks(found, wanted)
        if histogram and good:
            write_histogram(color_counts(photos[0], reader), good[0].name, histogram)
    if plot and good:
        write_plot(good[0], plot)
    if palette_format and good:
        write_palette(good[0], palette_format, output)
    elif as_json:
        facts = [to_json(each, other) for each in found]
        print_json(facts[0] if len(photos) == 1 else facts)
    else:
        _print_lines(good, other, feelings=feelings)
    if len(good) < len(found):
        raise typer.Exit(WRONG_INPUT)


def _tell_what_lacks(found: list[FoundPalette | Failure], wanted: Wanted) -> None:
    for each in found:
        if isinstance(each, Failure):
            say(each.line)
        elif wanted.color_count and (count := len(each.palette.colors)) < wanted.color_count:
            say(f"{each.name}: {count} of {wanted.color_count} colours: it has no more.")


def _rank(photos: list[str], like: str, reader: Reader, *, as_json: bool) -> None:
    ranked, failures = pictures_by_color(photos, parsed_color(like), reader)
    for failure in failures:
        say(failure.line)
    if as_json:
        print_json([{"picture": name, "share": share} for name, share in ranked])
    else:
        for name, share in ranked:
            answers().print(ranked_line(name, share, parsed_color(like)), soft_wrap=True)
    if failures:
        raise typer.Exit(WRONG_INPUT)


@contextmanager
def _finder(door: Door, wanted: Wanted, reader: Reader) -> Iterator[Finder]:
    """Opens the finder of palettes: the gateway if one is named, else this process."""
    if door.target:
        with open_gateway(door, DEFAULT_MODELS, needs_model=False) as client:
            yield partial(remote_palettes, wanted=wanted, client=client)
    else:
        yield partial(palettes_of, wanted=wanted, reader=reader)


def _other(found: Iterator[FoundPalette | Failure]) -> FoundPalette:
    (other,) = found
    if isinstance(other, Failure):
        raise CliError(other.line)
    return other


def _print_lines(found: list[FoundPalette], other: FoundPalette | None, *, feelings: bool) -> None:
    console = answers()
    cells = max((len(each.name) for each in found), default=0)
    for each in found:
        line = palette_line(each.name, each.palette, cells)
        if other is not None:
            line.append(distance_text(palette_distance(each.palette, other.palette), other.name))
        console.print(line, soft_wrap=True)
        for each_line in (*feeling_lines(each.palette, feelings=feelings), *collection_lines(each)):
            console.print(each_line, soft_wrap=True)
        for failure in each.failures:
            say(failure.line)


def _color_count(colors: str) -> int:
    if colors == "auto":
        return 0
    if not colors.isdecimal() or int(colors) == 0:
        raise CliError(f"--colors takes a number from 1 to 256 or auto, not {colors}.")
    check_color_count(int(colors))
    return int(colors)
