"""Measures a catalogue on photos with known works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogue.identifying import Answer, identify_works
from catalogue.records import table_lines
from catalogue.shelf import CatalogueView
from cli.errors import CliError
from vision.errors import VisionError
from vision.identification import PHOTO_SIDE_PX
from vision.picture import decode

_MOST = 10


@dataclass(frozen=True)
class Query:
    """One photo with its answer.

    Attributes:
        path: The photo.
        wanted: Ids of the works in it; none for a photo of something else.
        answer: The catalogue's answer.
    """

    path: Path
    wanted: tuple[str, ...]
    answer: Answer

    @property
    def found(self) -> tuple[str, ...]:
        """Ids of the works that were found, the surest first."""
        return tuple(work.record.id for work in self.answer.works)

    @property
    def first_is_right(self) -> bool:
        """Whether the surest answer is a work in the photo."""
        return bool(self.found) and self.found[0] in self.wanted

    @property
    def is_exact(self) -> bool:
        """Whether exactly the works in the photo were found."""
        return set(self.found) == set(self.wanted)


@dataclass(frozen=True)
class Unread:
    """A photo of the table that cannot be read.

    Attributes:
        path: The file.
        problem: Why it cannot be read.
    """

    path: Path
    problem: str


@dataclass(frozen=True)
class Scores:
    """The figures of a catalogue on the photos of a table.

    Attributes:
        view: The catalogue.
        queries: The photos with their answers, which alone count for the figures.
        unread: The photos that cannot be read.
    """

    view: CatalogueView
    queries: tuple[Query, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def mistakes(self) -> list[Query]:
        """Photos whose answer is not exactly what they show."""
        return [each for each in self.queries if not each.is_exact]

    def to_json(self) -> dict[str, Any]:
        """Returns the figures, ready for JSON."""
        known = [each for each in self.queries if each.wanted]
        strangers = [each for each in self.queries if not each.wanted]
        return {
            "count": len(self.queries),
            "first_right": _share([each.first_is_right for each in known]),
            "exact_set": _share([each.is_exact for each in self.queries]),
            "false_identifications": _share([bool(each.found) for each in strangers]),
            "strangers": len(strangers),
            "mistakes": [
                {"file": str(each.path), "works": each.wanted, "found": each.found} for each in self.mistakes
            ],
            "unread": [{"file": str(each.path), "problem": each.problem} for each in self.unread],
        }

    def lines(self) -> list[str]:
        """Formats the figures for people: a summary, then a line for each mistake."""
        facts = self.to_json()
        of_all = f" of {facts['count'] + len(self.unread)}" if self.unread else ""
        summary = [f"{facts['count']}{of_all} photos: exactly right {_percent(facts['exact_set'])}"]
        if facts["first_right"] is not None:
            summary.append(f"first answer right {_percent(facts['first_right'])}")
        if facts["false_identifications"] is not None:
            summary.append(f"strangers identified {_percent(facts['false_identifications'])}")
        mistakes = [
            f"  {each.path}: {', '.join(each.found) or 'nothing'} "
            f"instead of {', '.join(each.wanted) or 'nothing'}"
            for each in self.mistakes
        ]
        return [", ".join(summary) + ".", *mistakes]


def evaluate_catalogue(view: CatalogueView, table: Path) -> Scores:
    """Measures a catalogue on every photo of a table.

    Args:
        view: The catalogue.
        table: CSV with the columns `file` (beside the table, or in a folder of the table's name) and
            `works`: ids with semicolons between them, none for a stranger.

    Raises:
        CliError: When the table names no photo, or a work that the catalogue does not have.
    """
    lines = list(_lines(table, view))
    if not lines:
        raise CliError(f"{table}: no photos.")
    asked = [_asked(path, wanted, view) for path, wanted in lines]
    queries = tuple(each for each in asked if isinstance(each, Query))
    return Scores(view, queries, tuple(each for each in asked if isinstance(each, Unread)))


def _lines(table: Path, view: CatalogueView) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for where, values in table_lines(table, "file", "works"):
        if not values["file"]:
            raise CliError(f'{where}: the column "file" is empty.')
        wanted = tuple(each.strip() for each in values["works"].split(";") if each.strip())
        for each in wanted:
            if view.number_of(each) is None:
                raise CliError(f'{where}: the catalogue "{view.name}" has no work "{each}".')
        yield _found_beside(table, values["file"]), wanted


def _asked(path: Path, wanted: tuple[str, ...], view: CatalogueView) -> Query | Unread:
    try:
        picture = decode(path.read_bytes(), max_side_px=PHOTO_SIDE_PX)
    except OSError as error:
        return Unread(path, (error.strerror or str(error)).lower())
    except VisionError as error:
        return Unread(path, str(error))
    return Query(path, wanted, identify_works(picture, view, _MOST))


def _found_beside(table: Path, name: str) -> Path:
    inside = table.with_suffix("") / name
    return inside if inside.exists() else table.parent / name


def _share(right: list[bool]) -> float | None:
    return sum(right) / len(right) if right else None


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
