"""Reads tables of records: CSV files with the picture and the record of each work."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalogue.enrolment import check_id
from catalogue.errors import InvalidRecord
from catalogue.work import Record
from vision.decoding.formats import ENDINGS, is_picture_file

_OWN: Final = ("file", "id", "title", "artist")


@dataclass(frozen=True)
class Row:
    """A record with the path of its reference picture.

    Attributes:
        record: The record.
        path: The picture.
        is_described: Whether the record is from a table; without one, a known work keeps its record.
    """

    record: Record
    path: Path
    is_described: bool = True


def read_rows(folder: Path, table: Path | None = None) -> list[Row]:
    """Lists the works of a folder of reference pictures.

    Args:
        folder: Where the pictures are.
        table: CSV in UTF-8 with the column `file` (a path below the folder), perhaps `id`, `title` and
            `artist`, and any others. The id is the file's name without its ending where the table has none.
            Without a table every picture of the folder is a work.

    Raises:
        InvalidRecord: When the table cannot be read, or two works have one id. A picture that is missing is
            found later, by the import.
        OSError: When the table or the folder is missing.
    """
    if table is None:
        rows = [Row(Record(each.stem), each, is_described=False) for each in _pictures_in(folder)]
    else:
        rows = [_to_row(folder, line, values) for line, values in table_lines(table, "file")]
    _refuse_twins(rows, table or folder)
    return rows


def _pictures_in(folder: Path) -> list[Path]:
    """Returns what begins like a picture, and what is called like one: the import says why that is none."""
    files = (each for each in folder.iterdir() if each.is_file() and not each.name.startswith("."))
    return sorted(each for each in files if each.suffix.lower() in ENDINGS or is_picture_file(each))


def _to_row(folder: Path, where: str, values: Mapping[str, str]) -> Row:
    name = values.get("file", "")
    if not name:
        raise InvalidRecord(f'{where}: the column "file" is empty', line=where)
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InvalidRecord(f"{where}: {name} is outside {folder}", line=where)
    work_id = values.get("id") or path.stem
    check_id(work_id)
    further = {key: value for key, value in values.items() if key not in _OWN and value}
    return Row(Record(work_id, values.get("title", ""), values.get("artist", ""), further), path)


def table_lines(table: Path, *needed: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the lines of a CSV file in UTF-8, without empty ones.

    Args:
        table: The file.
        needed: Columns that it must have.

    Yields:
        The place of each line, for messages, and its values by column.

    Raises:
        InvalidRecord: When it is in another encoding, lacks one of the needed columns, or a line has too
            many values.
    """
    try:
        text = table.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = table.read_bytes()[: error.start].count(b"\n") + 1
        raise InvalidRecord(f"{table}, line {line}: not UTF-8. Save the table as UTF-8", line=line) from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = [(each or "").strip() for each in reader.fieldnames or ()]
    for column in needed:
        if column not in columns:
            there = ", ".join(columns) or "none"
            hint = _other_separator(columns)
            raise InvalidRecord(f'{table}: no column "{column}" (its columns: {there}){hint}', column=column)
    for column in filter(None, columns):
        if columns.count(column) > 1:
            raise InvalidRecord(f'{table}: the column "{column}" stands twice', column=column)
    reader.fieldnames = columns
    try:
        for values in reader:
            where = f"{table}, line {reader.line_num}"
            if None in values:
                raise InvalidRecord(f"{where}: more values than columns", line=reader.line_num)
            yield where, {key: (value or "").strip() for key, value in values.items() if key}
    except csv.Error as error:
        raise InvalidRecord(f"{table}, line {reader.line_num}: {error}", line=reader.line_num) from error


def _other_separator(columns: list[str]) -> str:
    """Makes a hint for a table with another separator, as spreadsheets write in many countries."""
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(columns) == 1 and mark in columns[0]:
            return f". Its columns are separated by {name}: save it with commas"
    return ""


def _refuse_twins(rows: list[Row], source: Path) -> None:
    seen: dict[str, Path] = {}
    for row in rows:
        other = seen.setdefault(row.record.id, row.path)
        if other is not row.path:
            raise InvalidRecord(
                f'{source}: two works have the id "{row.record.id}" ({other.name} and {row.path.name})',
                work=row.record.id,
            )
