"""Lists the catalogues of a folder, and the works of one."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from catalogue.curating import Judgement
from catalogue.errors import CatalogueError
from catalogue.shelf import CatalogueView, Shelf


def count_works(shelf: Shelf) -> tuple[dict[str, int], dict[str, str]]:
    """Counts the works of every catalogue.

    Returns:
        The counts by name, and the problems of catalogues that cannot be read, by name.
    """
    counts, problems = {}, {}
    for name in shelf.names():
        try:
            counts[name] = shelf.reader(name).view().count
        except (CatalogueError, OSError) as error:
            problems[name] = str(error)
    return counts, problems


def works_text(count: int) -> str:
    """Formats a number of works.

    >>> works_text(1), works_text(0)
    ('1 work', '0 works')
    """
    return f"{count} {'work' if count == 1 else 'works'}"


def works_to_json(view: CatalogueView) -> dict[str, Any]:
    """Converts the works of a catalogue to values for JSON, in the order in which they were added."""
    return {"works": [{**record.facts, "score": record.score} for record in view.records()]}


def works_table(view: CatalogueView) -> Table:
    """Makes a table of the works of a catalogue, for people."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("id", "title", "artist"):
        table.add_column(heading)
    table.add_column("score", justify="right")
    for record in view.records():
        table.add_row(record.id, record.title, record.artist, str(record.score))
    return table


def judgement_to_json(judgement: Judgement) -> dict[str, object]:
    """What was found out about a work, for machines."""
    alike = [{"id": other, "points": points} for other, points in judgement.look_alikes]
    quality = judgement.quality
    return {
        "id": judgement.work_id,
        "score": quality.score,
        "advice": list(quality.advice),
        "look_alikes": alike,
    }
