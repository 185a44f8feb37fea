"""The errors of catalogues. Each has the values of its message in `details`."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import PurePath
from typing import Final

_MOST_CHARACTERS: Final = 20_000
"""Characters of all ids up to which a similar id is looked for: with more it would take seconds."""


class CatalogueError(ValueError):
    """Base class of all errors of catalogues.

    Attributes:
        details: The values in the message, by name.
    """

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details: dict[str, str] = {name: str(value) for name, value in details.items()}


class UnknownCatalogue(CatalogueError):
    """No catalogue has that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        listed = ", ".join(sorted(known))
        there = f"There are: {listed}." if listed else "There are none yet."
        super().__init__(f'No catalogue "{name}". {there}', catalogue=name, known=listed)


class CatalogueNotNamed(CatalogueError):
    """No catalogue was named, and there are several."""

    def __init__(self, known: Iterable[str]) -> None:
        listed = ", ".join(sorted(known))
        super().__init__(f"Which catalogue? There are: {listed}.", known=listed)


class InvalidCatalogueName(CatalogueError):
    """The name cannot be that of a folder."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'"{name}" cannot be the name of a catalogue: up to 64 letters, digits, dots, dashes and '
            "underscores, and a letter or digit first",
            catalogue=name,
        )


class CatalogueInUse(CatalogueError):
    """Another process is writing to the catalogue."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'another process is writing to the catalogue "{name}". Try again when it is done', catalogue=name
        )


class UnusableCatalogue(CatalogueError):
    """What is there of a catalogue cannot be used.

    Attributes:
        for_callers: The message without the folder, for callers of a service.
    """

    def __init__(self, folder: PurePath, problem: str, what: str) -> None:
        super().__init__(f"{folder}: {what}", catalogue=folder.name, problem=problem)
        self.for_callers = f'The catalogue "{folder.name}": {what}'


class IncompatibleCatalogue(UnusableCatalogue):
    """The catalogue was made by another version, whose features cannot be compared with those of this one."""

    def __init__(self, folder: PurePath, problem: str) -> None:
        super().__init__(folder, problem, f"{problem}. Import its works again")


class DamagedCatalogue(UnusableCatalogue):
    """The files of a catalogue are damaged or missing."""

    def __init__(self, folder: PurePath, problem: str) -> None:
        super().__init__(folder, problem, problem)


class CatalogueNotWritten(UnusableCatalogue):
    """The file system or database refused to write; what was there before is kept."""

    def __init__(self, folder: PurePath, problem: str) -> None:
        super().__init__(folder, problem, f"nothing could be changed ({problem}); everything before is kept")


class CatalogueUnreachable(CatalogueError):
    """The database of the catalogues does not answer, or refuses us.

    Attributes:
        for_callers: The problem without the address of the database, for callers of a service.
    """

    def __init__(
        self, place: str, problem: str, for_callers: str = "the database of the catalogues does not answer"
    ) -> None:
        super().__init__(f"the catalogues in {place} cannot be reached: {problem}", problem=for_callers)
        self.for_callers = for_callers


class EngineNotInstalled(CatalogueError):
    """The library that reads catalogues at that address is not installed."""

    def __init__(self, place: str, extra: str) -> None:
        super().__init__(f"{place}: needs pip install 'lienzo[{extra}]'", place=place, extra=extra)


class InvalidPlace(CatalogueError):
    """Catalogues cannot be kept at that address."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}", place=place, problem=problem)


class UnknownWork(CatalogueError):
    """The catalogue has no such work."""

    def __init__(self, catalogue: str, work_id: str, known: Iterable[str]) -> None:
        ids = list(known)
        is_quick = len(ids) * max(map(len, ids), default=0) <= _MOST_CHARACTERS
        near = get_close_matches(work_id, ids, n=1) if is_quick else []
        hint = f" Did you mean {near[0]}?" if near else ""
        super().__init__(
            f'The catalogue "{catalogue}" has no work "{work_id}".{hint}',
            catalogue=catalogue,
            work=work_id,
            **({"suggestion": near[0]} if near else {}),
        )


class WorkExists(CatalogueError):
    """The catalogue has a work of that id already."""

    def __init__(self, catalogue: str, work_id: str) -> None:
        super().__init__(
            f'The catalogue "{catalogue}" has a work "{work_id}" already', catalogue=catalogue, work=work_id
        )


class InvalidRecord(CatalogueError):
    """A record, or a table of records, cannot be used."""


class UnusableReference(CatalogueError):
    """The reference picture of a work cannot be found again in any photo."""

    def __init__(self, work_id: str, problem: str) -> None:
        super().__init__(
            f'the reference of "{work_id}" cannot be used: {problem}', work=work_id, problem=problem
        )
