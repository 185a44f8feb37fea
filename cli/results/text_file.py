"""Keeps answers in a file, one row per picture, for a later run to continue: CSV or JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from cli.errors import CliError
from cli.output.files import whole_file

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
    "group",
    "group_probability",
)
ADDED_COLUMNS: Final = COLUMNS[-2:]
"""Columns that files of earlier versions lack; such a file gets them when a run goes on with it."""
_ENDINGS: Final = (".csv", ".jsonl")

Row = Mapping[str, object]


def check_models(path: Path, models: Iterable[object], model: str) -> None:
    """Checks that a file has answers of one model.

    Args:
        path: The file.
        models: Names of the models of its answers.
        model: The model of the run; empty for the server's default, which is not checked.

    Raises:
        CliError: When it has answers of another one.
    """
    others = {str(each) for each in models if each} - {model}
    if model and others:
        raise CliError(f"{path} holds answers of {', '.join(sorted(others))}; use another file for {model}.")


class ResultsFile:
    """A file of answers that is only appended to, a whole row at a time.

    A killed run may leave half a row. It is cut off when the file is opened again, so that the picture is
    classified once more. A CSV file keeps the columns that it has; those that it lacks are added behind them.

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
        check_models(path, (row.get("model") for row in rows), model)

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        columns = self._all_columns() if self._is_csv else COLUMNS
        self._stream: IO[str] = self.path.open("a", encoding="utf-8", newline="")
        if self._is_csv:
            self._writer = _csv_writer(self._stream, columns)
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

    def _all_columns(self) -> Sequence[str]:
        """Returns the columns of a CSV file, of which one that was there lacks none afterwards."""
        if not self.path.exists():
            return COLUMNS
        with self.path.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            columns = list(rows.fieldnames or ())
            lacking = [name for name in COLUMNS if name not in columns]
            columns += lacking
            if lacking and lacking != columns:
                with whole_file(self.path) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
                    writer = _csv_writer(text, columns)
                    writer.writeheader()
                    writer.writerows(rows)
        return columns

    def _parse(self, text: str) -> Sequence[Row]:
        if self._is_csv:
            rows = list(csv.DictReader(io.StringIO(text)))
            if any(None in row for row in rows):
                raise ValueError("a row with more cells than the header")
            return rows
        lines = [json.loads(line) for line in text.splitlines()]
        if not all(isinstance(row, dict) for row in lines):
            raise ValueError("a line that is not an object")
        return lines


def _csv_writer(stream: IO[str], columns: Sequence[str]) -> csv.DictWriter[str]:
    return csv.DictWriter(stream, columns, lineterminator="\n")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value
