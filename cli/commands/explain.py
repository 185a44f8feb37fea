"""`lienzo explain`: shows what a model sees in a photo, and why it answers as it does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bundle.repository import find_bundle
from cli.errors import CliError
from cli.features.extractors import extractor_by_name
from cli.options import DEFAULT_MODELS, AsJson, Models
from cli.output.console import answers, print_json
from cli.output.files import write_file
from cli.pictures.files import read_picture
from cli.pictures.parts import RegionOption, TapOption, asked_region
from explanation.errors import NoSuchKeypoint
from explanation.explain import Explanation, explain_answer, explain_picture
from explanation.page import PAGE, explanation_files, facts_of, page_of
from explanation.recognizer import open_recognizer
from vision.errors import VisionError

_HTML = (".html", ".htm")


def explain(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="A picture.")],
    model: Annotated[
        str, typer.Option("--model", metavar="MODEL", help="The model whose answer is explained.")
    ] = "",
    version: Annotated[int, typer.Option(min=0, help="Its version; 0 is the newest.")] = 0,
    models: Models = DEFAULT_MODELS,
    extractor: Annotated[
        str,
        typer.Option(metavar="NAME", help="Without a model: whose keypoints are drawn; else rootsift's."),
    ] = "",
    keypoint: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="The keypoint to look at; one is chosen by default."),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            metavar="DIR",
            help="Training pictures: the most similar are shown, with what they share with the photo.",
        ),
    ] = None,
    region: RegionOption = "",
    tap: TapOption = "",
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html|DIR",
            help="One page; or a folder with the page, and each part as JSON, PNG and SVG. "
            "PHOTO.explained.html by default.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what there is to see in a photo, and why a model answers as it does.

    Everything is computed on this machine, in the same way as the services do.
    """
    destination = output or Path(f"{photo.stem}.explained.html")
    _check(pictures, extractor, model, destination)
    part = asked_region(region, tap)
    try:
        data = read_picture(photo)
        if model:
            recognizer = open_recognizer(find_bundle(models, model, version))
            explained = explain_answer(data, photo.name, recognizer, keypoint, pictures, part)
        else:
            named = extractor_by_name(extractor or "rootsift")
            explained = explain_picture(data, photo.name, named, keypoint, part)
    except (VisionError, NoSuchKeypoint) as error:
        raise CliError(f"{photo}: {error}.") from error
    page = _written(explained, destination)
    if as_json:
        print_json({**facts_of(explained), "output": str(page)})
    else:
        for line in _lines(photo, explained, page):
            answers().print(line, markup=False, soft_wrap=True)


def _check(pictures: Path | None, extractor: str, model: str, destination: Path) -> None:
    """Refuses options that exclude each other."""
    if pictures and not model:
        raise CliError("--pictures shows what a model finds similar: name it with --model.")
    if extractor and model:
        raise CliError(f"--extractor {extractor}: {model} has its own; leave one of the two out.")
    if destination.suffix.lower() not in _HTML and destination.is_file():
        raise CliError(f"--output {destination} is a file: name a page, FILE.html, or a folder.")


def _written(explained: Explanation, destination: Path) -> Path:
    """Writes the page, or the folder of all parts; returns where the page is."""
    if destination.suffix.lower() in _HTML:
        write_file(destination, page_of(explained).encode())
        return destination
    for name, content in explanation_files(explained).items():
        write_file(destination / name, content)
    return destination / PAGE


def _lines(photo: Path, explained: Explanation, page: Path) -> list[str]:
    verdict = explained.verdict
    if verdict is None:
        return [f"{photo}: {len(explained.parts)} parts. Page: {page}"]
    return [f"{photo}: {verdict.answer}", *(f"  {each}" for each in verdict.sentences), f"Page: {page}"]
