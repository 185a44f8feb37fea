"""The arguments of `lienzo catalogue`, and which catalogue they name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from catalogue.shelf import Shelf
from catalogue.work import Record
from cli.errors import NAME_THE_CATALOGUE, CliError


@dataclass(frozen=True)
class Call:
    """The arguments of one call of `lienzo catalogue`."""

    arguments: list[str]
    name: str
    shelf: Shelf
    csv: Path | None
    record: Record
    replaces: bool
    output: Path | None
    to: str
    as_json: bool

    def only(self, what: str) -> str:
        """Returns the one argument.

        Raises:
            CliError: When there is none, or there are several.
        """
        if len(self.arguments) != 1:
            raise CliError(f"One {what} is needed, not {len(self.arguments)}.")
        return self.arguments[0]

    def chosen(self) -> str:
        """Returns the catalogue's name, given with --name or alone; empty where it is left out.

        Raises:
            CliError: When several are given.
        """
        names = {*self.arguments, *filter(None, (self.name,))}
        if len(names) > 1:
            raise CliError(f"One catalogue at a time, not {len(names)}: {', '.join(sorted(names))}.")
        return next(iter(names), "")

    def named(self) -> str:
        """Returns the catalogue's name.

        Raises:
            CliError: When it is missing.
        """
        if not self.name:
            raise CliError(f"Which catalogue? {NAME_THE_CATALOGUE}")
        return self.name
