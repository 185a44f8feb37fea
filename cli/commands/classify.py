"""`lienzo classify`: recognises pictures by a gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import WRONG_INPUT, CliError, to_cli_error
from cli.options import (
    DEFAULT_MODELS,
    DEFAULT_TIMEOUT_S,
    AsJson,
    Insecure,
    Language,
    Models,
    RootCertificates,
    Target,
    Timeout,
)
from cli.output.console import answers, print_json, say
from cli.output.languages import shown_languages
from cli.pictures.parts import RegionOption, TapOption, asked_region, part_of
from cli.pictures.photos import Photo, find_photos
from cli.pictures.queue import PictureQueue
from cli.results.bulk import open_results, stream_to_file, stream_to_lines
from cli.results.lines import answer_line, error_line, error_to_json, explain_command, to_json
from cli.serving.gateway import Door, open_gateway
from lienzo_client import Classification, Client, InvalidPicture, LienzoError
from sources.address import is_folder_address
from vision.region import Region

_AT_ONCE = 4

Answer = Classification | LienzoError
Ask = Callable[[Photo], Answer]


def classify(
    photos: Annotated[
        list[str],
        typer.Argument(
            metavar="PHOTO|DIR…",
            help="Pictures, folders of them, or with --stream folders of buckets such as s3://museum/2024/.",
        ),
    ],
    model: Annotated[str, typer.Option(help="Name of the model; by default the only one there is.")] = "",
    target: Target = "",
    stream: Annotated[
        bool, typer.Option("--stream", help="Send all over one stream; print answers as they are ready.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv|.jsonl|.parquet",
            help="With --stream: keep answers here; a later run continues the file.",
        ),
    ] = None,
    region: RegionOption = "",
    tap: TapOption = "",
    language: Language = "",
    as_json: AsJson = False,
    models: Models = DEFAULT_MODELS,
    insecure: Insecure = False,
    root_certificates: RootCertificates = None,
    timeout: Timeout = DEFAULT_TIMEOUT_S,
) -> None:
    """Recognise pictures.

    Labels are shown by their names where the model has some, with the label behind in brackets.
    With --json the answer is an object for one picture, a list for several, an object per line with --stream.
    """
    if output is not None and not stream:
        raise CliError("--output needs --stream.")
    folders = [each for each in photos if is_folder_address(each)]
    if folders and not stream:
        raise CliError(f"{folders[0]} is a folder of a bucket, which needs --stream.")
    part = asked_region(region, tap)
    results = None if output is None else open_results(output, model)
    found = find_photos([each for each in photos if each not in folders])
    door = Door(target, insecure, root_certificates, timeout, shown_languages(language))
    with open_gateway(door, models, model=model) as client:
        ask = partial(_answer, client, model, part)
        if results is not None:
            failed = stream_to_file(client, PictureQueue(found, folders, results.done, part), model, results)
        elif stream:
            failed = stream_to_lines(
                client, PictureQueue(found, folders, region=part), model, as_json=as_json
            )
        elif as_json:
            failed = _print_json(ask, found, alone=len(photos) == len(found) == 1)
        else:
            failed = _print_lines(ask, found, partial(_say_why, target, models))
    if failed:
        raise typer.Exit(WRONG_INPUT)


def _print_lines(ask: Ask, photos: list[Photo], say_why: Callable[[Photo, Classification], None]) -> int:
    console, failed, unknown = answers(), 0, None
    cells = max(len(photo.name) for photo in photos)
    for photo, answer in _answers(ask, photos):
        if isinstance(answer, LienzoError):
            failed += 1
            say(error_line(photo.name, answer))
        else:
            console.print(answer_line(photo.name, answer, cells), soft_wrap=True)
            unknown = unknown or (None if answer.recognized else (photo, answer))
    if unknown:
        say_why(*unknown)
    return failed


def _say_why(target: str, models: Path, photo: Photo, answer: Classification) -> None:
    """Names the command that shows why a photo was not recognised; it reads files of this machine."""
    if isinstance(photo.picture, Path):
        elsewhere = None if target or models == DEFAULT_MODELS else models
        where = " Where the model is:" if target else ""
        say(f"Why not?{where} {explain_command(photo.picture, answer, elsewhere)}")


def _print_json(ask: Ask, photos: list[Photo], *, alone: bool) -> int:
    items, failed = [], 0
    for photo, answer in _answers(ask, photos):
        if isinstance(answer, LienzoError):
            failed += 1
            say(error_line(photo.name, answer))
            items.append(error_to_json(photo.name, answer))
        else:
            items.append(to_json(photo.name, answer))
    print_json(items[0] if alone else items)
    return failed


def _answers(ask: Ask, photos: list[Photo]) -> Iterator[tuple[Photo, Answer]]:
    """Classifies some photos at a time, and yields their answers in order.

    The first one goes alone: an error of the server would be the same for all, and is reported once.
    """
    first, *rest = photos
    yield first, ask(first)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        yield from zip(rest, threads.map(ask, rest), strict=True)


def _answer(client: Client, model: str, part: Region | None, photo: Photo) -> Answer:
    try:
        return client.classify_image(part_of(photo.picture, part), model=model)
    except InvalidPicture as error:
        return error
    except LienzoError as error:
        # The other pictures would meet the same error.
        raise to_cli_error(error) from error
