"""Reads what people write about labels: TOML with a table for each label, or CSV with a line for each."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Collection
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from bundle.errors import InvalidLabels
from bundle.hierarchy import PARENT
from bundle.meanings import Meanings, check_meanings

BESIDE: Final = ("labels.toml", "labels.csv")
"""Names of the file beside the folders of an image set."""
LABEL_COLUMN: Final = "label"


def find_labels(folder: Path) -> Path | None:
    """Finds the file about labels beside the folders of an image set; None without one.

    Raises:
        InvalidLabels: When there are two of them.
    """
    there = [folder / name for name in BESIDE if (folder / name).is_file()]
    if len(there) > 1:
        raise InvalidLabels(str(there[0]), "", "", f"{there[1].name} lies beside it; keep one of them")
    return there[0] if there else None


def read_labels_of(folder: Path, labels: Collection[str], file: Path | None = None) -> Meanings:
    """Reads what the labels of an image set mean; nothing where nobody says it.

    Args:
        folder: The image set's folder.
        labels: Its labels.
        file: The file; None means the one beside the folders of the labels.

    Raises:
        InvalidLabels: As `find_labels` and `read_labels`.
    """
    found = file or find_labels(folder)
    return {} if found is None else read_labels(found, labels)


def read_labels(file: Path, labels: Collection[str]) -> Meanings:
    """Reads what a file says of a model's labels.

    Args:
        file: TOML, or CSV in UTF-8 with a column `label`.
        labels: The model's labels; some may be missing in the file.

    Raises:
        InvalidLabels: When it cannot be read, names a label that the model does not have, or has a value that
            is not a text, a number or a date.
    """
    suffix = file.suffix.lower()
    if suffix not in (".toml", ".csv"):
        raise InvalidLabels(str(file), "", "", "the name of the file ends with .toml or .csv")
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise InvalidLabels(str(file), "", "", f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidLabels(str(file), "", "", f"line {line} is not UTF-8; save the file as UTF-8") from error
    meanings = _from_toml(file, text) if suffix == ".toml" else _from_csv(file, text)
    check_meanings(meanings, labels, str(file))
    return meanings


def _from_toml(file: Path, text: str) -> dict[str, dict[str, str]]:
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidLabels(str(file), "", "", f"not TOML: {error}") from error
    meanings = {}
    for label, table in tables.items():
        if not isinstance(table, dict):
            raise InvalidLabels(str(file), label, "", f"{_kind(table)} in place of a table: write [{label}]")
        meanings[label] = {column: _text(file, label, column, value) for column, value in table.items()}
    return meanings


def _text(file: Path, label: str, column: str, value: Any) -> str:
    if column == PARENT and isinstance(value, list):
        raise InvalidLabels(str(file), label, column, f"{len(value)} parents; a label has one")
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value).strip()
    raise InvalidLabels(str(file), label, column, f"{_kind(value)}; write a text, a number or a date")


def _kind(value: Any) -> str:
    return {bool: "true or false", list: "a list", dict: "a table"}.get(type(value), f"{value!r}")


def _from_csv(file: Path, text: str) -> dict[str, dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = [(each or "").strip() for each in reader.fieldnames or ()]
        if LABEL_COLUMN not in columns:
            there = ", ".join(columns) or "none"
            hint = "; separate columns by commas" if len(columns) == 1 and set(";\t") & set(there) else ""
            raise InvalidLabels(str(file), "", LABEL_COLUMN, f"no such column (its columns: {there}){hint}")
        if twice := next((each for each in columns if each and columns.count(each) > 1), ""):
            raise InvalidLabels(str(file), "", twice, "two columns have this name")
        reader.fieldnames = columns
        meanings: dict[str, dict[str, str]] = {}
        for values in reader:
            label, line = (values.pop(LABEL_COLUMN) or "").strip(), f"line {reader.line_num}"
            if None in values:
                raise InvalidLabels(str(file), label, "", f"{line}: more values than columns")
            if not label:
                raise InvalidLabels(str(file), "", LABEL_COLUMN, f"{line}: it is empty")
            if label in meanings:
                raise InvalidLabels(str(file), label, "", f"{line}: the label is there already")
            texts = {column: (value or "").strip() for column, value in values.items() if column}
            meanings[label] = {column: text for column, text in texts.items() if text}
    except csv.Error as error:
        raise InvalidLabels(str(file), "", "", f"line {reader.line_num}: {error}") from error
    return meanings
