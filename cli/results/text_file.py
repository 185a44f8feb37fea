"""Keeps answers in a file, one row per picture, for a later run to continue: CSV or JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from cli.errors import CliError

COLUMNS: Final = (
    "picture",
    "label",
    "probability",
    "recognized",
    "threshold",
    "best_label",
    "model",
    "version",
    "total_ms",
    "error",
    "message",
)
_ENDINGS: Final = (".csv", ".jsonl")

Row = Mapping[str, object]


class ResultsFile:
    """A file of answers that is only appended to, a whole row at a time.

    A killed run may leave half a row. It is cut off when the file is opened again, so that the picture is
    classified once more.

    Attributes:
        path: Path of the file.
        done: Pictures with an answer in the file.

    Args:
        path: Its extension decides the format: `.csv` or `.jsonl`.
        model: The model of the run; empty for the server's default.

    Raises:
        CliError: For another extension, or a file that holds something else, or answers of another model.
    """

    def __init__(self, path: Path, model: str = "") -> None:
        if path.suffix not in _ENDINGS:
            raise CliError(f"{path}: answers are written to a file that ends in .csv, .jsonl or .parquet.")
        self.path = path
        self._is_csv = path.suffix == ".csv"
        rows = self._read()
        self.done = {str(row["picture"]) for row in rows}
        others = {str(row["model"]) for row in rows if row.get("model")} - {model}
        if model and others:
            raise CliError(
                f"{path} holds answers of {', '.join(sorted(others))}; use another file for {model}."
            )

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._stream: IO[str] = self.path.open("a", encoding="utf-8", newline="")
        if self._is_csv:
            self._writer = csv.DictWriter(self._stream, COLUMNS, lineterminator="\n")
            if self._stream.tell() == 0:
                self._writer.writeheader()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def write(self, row: Row) -> None:
        """Appends one row at once."""
        if self._is_csv:
            self._writer.writerow({name: _cell(row.get(name)) for name in COLUMNS})
        else:
            self._stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._stream.flush()

    def _read(self) -> Sequence[Row]:
        if not self.path.exists():
            return []
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        try:
            rows = self._parse(whole.decode("utf-8"))
        except (ValueError, csv.Error) as error:
            raise CliError(f"{self.path}: not a file of answers ({error}).") from error
        if any("picture" not in row for row in rows) or (content and not whole):
            raise CliError(f"{self.path}: not a file of answers.")
        if len(whole) < len(content):
            with self.path.open("rb+") as stream:
                stream.truncate(len(whole))
        return rows

    def _parse(self, text: str) -> Sequence[Row]:
        if self._is_csv:
            return list(csv.DictReader(io.StringIO(text)))
        rows = [json.loads(line) for line in text.splitlines()]
        if not all(isinstance(row, dict) for row in rows):
            raise ValueError("a line that is not an object")
        return rows


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value
