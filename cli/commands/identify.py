"""`lienzo identify`: finds the works of a catalogue in photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bundle.languages import text_in
from catalogue.identifying import DEFAULT_WORKS, MOST_WORKS, Answer, identify_works
from catalogue.shelves import find_catalogue, open_shelf
from cli.errors import WRONG_INPUT, CliError, ended, to_cli_error
from cli.options import (
    DEFAULT_CATALOGUES,
    DEFAULT_MODELS,
    DEFAULT_TIMEOUT_S,
    AsJson,
    Catalogues,
    Insecure,
    Language,
    RootCertificates,
    Target,
    Timeout,
)
from cli.output.console import answers, print_json, say
from cli.output.languages import shown_languages
from cli.pictures.files import read_picture
from cli.pictures.parts import RegionOption, TapOption, asked_region, part_of
from cli.pictures.photos import Photo, find_photos
from cli.serving.gateway import Door, open_gateway
from lienzo_client import Identification, LienzoError, Uri
from vision.errors import VisionError
from vision.identification import PHOTO_SIDE_PX
from vision.memory import keep_freed_memory
from vision.picture import decode
from vision.region import Region

Facts = dict[str, Any]
Finder = Callable[[Photo], Facts]

_WHY: Final = {
    "TOO_FEW_FEATURES": "too little is to be seen in the photo; take one in better light, or from nearer",
    "NOTHING_AGREES": "no work of the catalogue is to be seen in it",
    "IMPLAUSIBLE": "parts of it resemble a work, but not as a photo of it would; take one from the front",
    "NO_WORKS": "the catalogue has no works; add some by lienzo catalogue import or add",
}


def identify(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO|DIR…", help="Photos, or folders of them.")],
    name: Annotated[str, typer.Option("--name", help="The catalogue; the only one if left out.")] = "",
    most: Annotated[
        int, typer.Option("--most", min=1, max=MOST_WORKS, help="At most so many works.")
    ] = DEFAULT_WORKS,
    catalogues: Catalogues = DEFAULT_CATALOGUES,
    target: Target = "",
    region: RegionOption = "",
    tap: TapOption = "",
    language: Language = "",
    as_json: AsJson = False,
    insecure: Insecure = False,
    root_certificates: RootCertificates = None,
    timeout: Timeout = DEFAULT_TIMEOUT_S,
) -> None:
    """Identify the works of a catalogue in photos.

    Each work comes with its confidence and its outline in pixels of the photo. Without --target the
    catalogue is read on this machine. With --json one photo is an object, several are a list.
    """
    found, failed = [], 0
    door = Door(target, insecure, root_certificates, timeout, shown_languages(language))
    part = asked_region(region, tap)
    with _finder(door, catalogues, name, most, part) as find:
        for photo in find_photos(photos):
            try:
                facts = find(photo)
            except (VisionError, CliError, OSError) as error:
                failed += 1
                say(ended(f"{photo.name}: {error}"))
                continue
            found.append(facts)
            if not as_json:
                _print(facts)
    if as_json and found:
        print_json(found[0] if len(photos) == 1 and len(found) == 1 else found)
    if failed:
        raise typer.Exit(WRONG_INPUT)


@contextmanager
def _finder(door: Door, catalogues: str, name: str, most: int, part: Region | None) -> Iterator[Finder]:
    if door.target:
        with open_gateway(door, DEFAULT_MODELS, needs_model=False) as client:

            def ask(photo: Photo) -> Facts:
                try:
                    answer = client.identify_work(
                        part_of(photo.picture, part), catalogue=name, max_works=most
                    )
                except LienzoError as error:
                    if error.reason in ("UNKNOWN_CATALOGUE", "CATALOGUE_NOT_NAMED"):
                        raise
                    raise to_cli_error(error) from error
                return _from_gateway(photo.name, answer)

            yield ask
        return
    keep_freed_memory()
    shelf = open_shelf(catalogues)
    reader = shelf.reader(find_catalogue(shelf, name))

    def look(photo: Photo) -> Facts:
        if isinstance(photo.picture, Uri):
            raise CliError("addresses are read by a server: name one with --target")
        data = photo.picture if isinstance(photo.picture, bytes) else read_picture(Path(photo.name))
        picture = decode(data, max_side_px=PHOTO_SIDE_PX, region=part)
        return _from_answer(photo.name, identify_works(picture, reader.view(), most), door.languages)

    yield look


def _from_answer(name: str, answer: Answer, languages: Sequence[str]) -> Facts:
    works = [
        {
            "id": work.record.id,
            "title": text_in(work.record.texts, "title", languages),
            "artist": text_in(work.record.texts, "artist", languages),
            "confidence": round(work.confidence, 4),
            "points": work.points,
            "quad": [] if work.quad is None else work.quad.round(1).tolist(),
            "record": dict(work.record.columns),
        }
        for work in answer.works
    ]
    reason = answer.reason.replace(" ", "_").upper()
    return {"picture": name, "works": works, "not_identified": reason, "partial": bool(answer.missing)}


def _from_gateway(name: str, answer: Identification) -> Facts:
    works = [
        {
            "id": work.id,
            "title": work.title,
            "artist": work.artist,
            "confidence": round(work.confidence, 4),
            "points": work.points,
            "quad": [[round(x, 1), round(y, 1)] for x, y in work.quad],
            "record": dict(work.record),
        }
        for work in answer.works
    ]
    return {
        "picture": name,
        "works": works,
        "not_identified": answer.not_identified,
        "partial": answer.partial,
    }


def _print(facts: Facts) -> None:
    named = [f"{_name(work)} ({100 * work['confidence']:.0f} %)" for work in facts["works"]]
    if facts["partial"]:
        say(f"{facts['picture']}: a part of the catalogue did not answer; its works were not looked for.")
    why = _WHY.get(facts["not_identified"], "the server does not say why")
    answers().print(f"{facts['picture']}: {' · '.join(named) or f'not recognised: {why}'}", soft_wrap=True)


def _name(work: Facts) -> str:
    return " by ".join(filter(None, (work["title"] or work["id"], work["artist"])))
