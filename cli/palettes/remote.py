"""Gets palettes from a gateway: files are sent, addresses are read by the gateway."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import lienzo_client
from cli.errors import CliError
from cli.palettes.local import Failure, FoundPalette, Wanted
from cli.pictures.contents import STANDARD_INPUT, is_folder
from cli.pictures.files import read_picture
from cli.pictures.parts import part_of
from cli.pictures.photos import is_address, pictures_in
from lienzo_client import Client, InvalidPicture, InvalidRequest, LienzoError, NotFound, PermissionDenied, Uri
from vision.collection import PictureSpread
from vision.palette import Palette, palette_of

# Errors of one picture alone; any other ends the command.
_OF_THIS_PICTURE = (InvalidPicture, NotFound, PermissionDenied)
_SOURCE = ("SOURCE_", "URI_", "EMPTY_COLLECTION")


def remote_palettes(
    arguments: Sequence[str], wanted: Wanted, client: Client
) -> Iterator[FoundPalette | Failure]:
    """Yields one palette for each picture and each folder, in the order of the arguments.

    Raises:
        CliError: When one does not exist, or a folder has no pictures; the message names it.
        LienzoError: For errors that every picture would meet.
    """
    for argument in arguments:
        try:
            if is_folder(argument):
                yield _folder_palette(argument, wanted, client)
            else:
                yield _picture_palette(argument, wanted, client)
        except LienzoError as error:
            if not isinstance(error, _OF_THIS_PICTURE) and not error.reason.startswith(_SOURCE):
                raise
            yield Failure(argument, error)


def _picture_palette(name: str, wanted: Wanted, client: Client) -> FoundPalette:
    answer = client.extract_palette(
        part_of(_picture(name), wanted.region),
        color_count=wanted.color_count,
        color_space=wanted.color_space,
        center_weighted=wanted.center_weighted,
    )
    return FoundPalette(name, _palette(answer))


def _picture(name: str) -> Uri | bytes | str:
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    if is_address(name):
        return Uri(name)
    return name if Path(name).is_file() else read_picture(Path(name))


def _folder_palette(name: str, wanted: Wanted, client: Client) -> FoundPalette:
    answer = client.extract_collection_palette(
        [(each, part_of(picture, wanted.region)) for each, picture in _pictures(name)],
        color_count=wanted.color_count,
        color_space=wanted.color_space,
        center_weighted=wanted.center_weighted,
    )
    spreads = ((each.uri or each.name, PictureSpread(each.shares, each.distance)) for each in answer.pictures)
    failures = (Failure(each.uri or each.name, each.error) for each in answer.failures)
    return FoundPalette(name, _palette(answer.palette), spreads=tuple(spreads), failures=tuple(failures))


def _pictures(folder: str) -> list[tuple[str, Path | Uri]]:
    if is_address(folder):
        return [(folder, Uri(folder))]
    files = pictures_in(Path(folder))
    if not files:
        raise CliError(f"{folder}: no pictures in this folder.")
    return [(str(file), file) for file in files]


def _palette(answer: lienzo_client.Palette) -> Palette:
    """Converts a gateway's palette to one of `vision`, so that all output works with it."""
    colors = answer.colors
    if not colors:
        raise InvalidRequest("INTERNAL", "", "The gateway answered without a colour.")
    return palette_of(
        np.array([color.rgb for color in colors], np.uint8),
        np.array([color.share for color in colors]),
        np.array([color.is_background for color in colors]),
    )
