"""`lienzo classify`: recognises pictures by a gateway."""

from __future__ import annotations

from collections.abc import Iterator
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
from cli.pictures.photos import Photo, find_photos
from cli.pictures.queue import PictureQueue
from cli.results.bulk import open_results, stream_to_file, stream_to_lines
from cli.results.lines import answer_line, error_line, error_to_json, to_json
from cli.serving.gateway import Door, open_gateway
from lienzo_client import Classification, Client, InvalidPicture, LienzoError
from sources.address import is_folder_address

_AT_ONCE = 4

Answer = Classification | LienzoError


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
    results = None if output is None else open_results(output, model)
    found = find_photos([each for each in photos if each not in folders])
    door = Door(target, insecure, root_certificates, timeout, shown_languages(language))
    with open_gateway(door, models, model=model) as client:
        if results is not None:
            failed = stream_to_file(client, PictureQueue(found, folders, results.done), model, results)
        elif stream:
            failed = stream_to_lines(client, PictureQueue(found, folders), model, as_json=as_json)
        elif as_json:
            failed = _print_json(client, found, model, alone=len(photos) == len(found) == 1)
        else:
            failed = _print_lines(client, found, model)
    if failed:
        raise typer.Exit(WRONG_INPUT)


def _print_lines(client: Client, photos: list[Photo], model: str) -> int:
    console, failed = answers(), 0
    cells = max(len(photo.name) for photo in photos)
    for photo, answer in _ask(client, photos, model):
        if isinstance(answer, LienzoError):
            failed += 1
            say(error_line(photo.name, answer))
        else:
            console.print(answer_line(photo.name, answer, cells), soft_wrap=True)
    return failed


def _print_json(client: Client, photos: list[Photo], model: str, *, alone: bool) -> int:
    items, failed = [], 0
    for photo, answer in _ask(client, photos, model):
        if isinstance(answer, LienzoError):
            failed += 1
            say(error_line(photo.name, answer))
            items.append(error_to_json(photo.name, answer))
        else:
            items.append(to_json(photo.name, answer))
    print_json(items[0] if alone else items)
    return failed


def _ask(client: Client, photos: list[Photo], model: str) -> Iterator[tuple[Photo, Answer]]:
    """Classifies some photos at a time, and yields their answers in order.

    The first one goes alone: an error of the server would be the same for all, and is reported once.
    """
    first, *rest = photos
    yield first, _answer(client, model, first)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        yield from zip(rest, threads.map(partial(_answer, client, model), rest), strict=True)


def _answer(client: Client, model: str, photo: Photo) -> Answer:
    try:
        return client.classify_image(photo.picture, model=model)
    except InvalidPicture as error:
        return error
    except LienzoError as error:
        # The other pictures would meet the same error.
        raise to_cli_error(error) from error
