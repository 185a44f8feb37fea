"""Writes a page of the mistakes that a catalogue makes on photos with known works."""

from __future__ import annotations

import html
from pathlib import Path

from catalogue.shelf import CatalogueView
from cli.catalogues.evaluation import Scores
from cli.output.files import write_file
from drawing.pictures import jpeg_file_uri
from vision.identification.reference import preview_of
from vision.picture import decode


def write_page(scores: Scores, file: Path) -> None:
    """Writes an HTML page of the mistakes: each photo, the works that it shows, and those that were found."""
    rows = []
    for each in scores.mistakes:
        photo = _image(preview_of(decode(each.path.read_bytes()).pixels))
        cells = (photo, _previews(scores.view, each.wanted), _previews(scores.view, each.found))
        rows.append(
            f"<tr><th>{html.escape(each.path.name)}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        )
    summary = html.escape(scores.lines()[0])
    page = (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Mistakes</title>"
        "<style>body{font-family:sans-serif;margin:2rem}td,th{padding:.5rem;text-align:left;vertical-align:top}"
        "</style>"
        f"<h1>{html.escape(scores.view.name)}</h1><p>{summary}</p><table>"
        f"<tr><th>file</th><th>photo</th><th>shows</th><th>found</th></tr>{''.join(rows)}</table></html>\n"
    )
    write_file(file, page.encode())


def _previews(view: CatalogueView, ids: tuple[str, ...]) -> str:
    return "".join(
        f"<figure>{_preview(view, each)}<figcaption>{html.escape(each)}</figcaption></figure>" for each in ids
    )


def _preview(view: CatalogueView, work_id: str) -> str:
    number = view.number_of(work_id)
    reference = None if number is None else view.reference(number)
    return "" if reference is None else _image(reference.preview)


def _image(jpeg: bytes) -> str:
    return f"<img alt='' src='{jpeg_file_uri(jpeg)}'>"
