"""The part of pictures that a command line names: a rectangle, or a place to look around."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.errors import CliError
from lienzo_client import Part, Picture, Tapped
from lienzo_client.pictures import WholePicture
from vision.region import Rectangle, Region, Tap

RegionOption = Annotated[
    str,
    typer.Option(
        "--region",
        metavar="X,Y,W,H",
        help="Look at this rectangle only, in pixels of the upright picture.",
        show_default=False,
    ),
]
TapOption = Annotated[
    str,
    typer.Option(
        "--tap",
        metavar="X,Y",
        help="Look around this place only: a square with half of the picture's shorter side.",
        show_default=False,
    ),
]


def asked_region(rectangle: str, place: str) -> Region | None:
    """Reads the options; None for whole pictures.

    Raises:
        CliError: When they are not in whole pixels, or both are given.
    """
    if rectangle and place:
        raise CliError("--region and --tap exclude each other.")
    if rectangle:
        return Rectangle(*_numbers("--region", rectangle, "X,Y,W,H"))
    return Tap(*_numbers("--tap", place, "X,Y")) if place else None


def part_of(picture: WholePicture, region: Region | None) -> Picture:
    """Returns what the client sends: the picture with the part to look at."""
    if isinstance(region, Rectangle):
        return Part(picture, region.x, region.y, region.width, region.height)
    return Tapped(picture, region.x, region.y) if region else picture


def _numbers(option: str, text: str, form: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != form.count(",") + 1 or not all(part.isascii() and part.isdigit() for part in parts):
        raise CliError(f"{option} takes {form} in whole pixels, not {text}.")
    numbers = [int(part) for part in parts]
    if max(numbers) >= 2**32:
        raise CliError(f"{option} {text}: no picture is that large.")
    return numbers
