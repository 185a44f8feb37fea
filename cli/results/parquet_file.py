"""Keeps answers as Parquet. It cannot be appended to, so a journal keeps them until the end of a run.

The journal, JSON Lines beside the file, has the answers since the file was last written, and is removed when
the file has them all. So a run that was killed at any moment can continue: no answer is lost or doubled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from cli.errors import CliError
from cli.output.parquet import parquet_library
from cli.results.text_file import ADDED_COLUMNS, COLUMNS, ResultsFile, Row, check_models

_BATCH_ROWS: Final = 10_000
_TYPES: Final = {
    **dict.fromkeys(("probability", "threshold", "total_ms", "group_probability"), "double"),
    "version": "int64",
}
"""Arrow types of the columns that are not text; `recognized` is a Boolean."""


class ParquetFile:
    """Answers in a Parquet file; a row group has 10,000 rows at most.

    Attributes:
        path: Path of the file.
        done: Pictures with an answer in the file or its journal.

    Args:
        path: The file.
        model: The model of the run; empty for the server's default.

    Raises:
        CliError: When pyarrow is missing, or the file holds something else, or answers of another model.
    """

    def __init__(self, path: Path, model: str = "") -> None:
        self.path = path
        parquet_library()
        self._journal = ResultsFile(path.with_name(f"{path.name}.jsonl"), model)
        self._written = self._pictures_in_file(model) if path.exists() else set()
        self.done = self._written | self._journal.done

    def __enter__(self) -> Self:
        self._journal.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.__exit__(kind, error, trace)
        self._write_whole()
        self._journal.path.unlink()

    def write(self, row: Row) -> None:
        """Writes one row at once."""
        self._journal.write(row)

    def _pictures_in_file(self, model: str) -> set[str]:
        arrow, parquet = parquet_library()
        try:
            with parquet.ParquetFile(self.path) as file:
                if not set(COLUMNS) - set(ADDED_COLUMNS) <= set(file.schema_arrow.names):
                    raise CliError(f"{self.path}: not a file of answers.")
                table = file.read(columns=["picture", "model"])
        except (arrow.ArrowException, OSError) as error:
            raise CliError(f"{self.path}: not a file of answers ({error}).") from error
        check_models(self.path, table["model"].unique().to_pylist(), model)
        return set(table["picture"].to_pylist())

    def _write_whole(self) -> None:
        arrow, parquet = parquet_library()
        schema = arrow.schema([(name, _type(arrow, name)) for name in COLUMNS])
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with parquet.ParquetWriter(fresh, schema) as writer:
                if self.path.exists():
                    with parquet.ParquetFile(self.path) as file:
                        for batch in file.iter_batches(_BATCH_ROWS, columns=list(COLUMNS)):
                            writer.write_batch(_completed(arrow, batch, schema))
                rows = self._journal_rows()
                while batch := list(islice(rows, _BATCH_ROWS)):
                    writer.write_table(arrow.Table.from_pylist(batch, schema))
            with fresh.open("rb") as stream:
                os.fsync(stream.fileno())
            fresh.replace(self.path)
        finally:
            fresh.unlink(missing_ok=True)

    def _journal_rows(self) -> Iterator[Row]:
        """Yields the journal's rows that are not in the file; a killed run may have written both."""
        with self._journal.path.open(encoding="utf-8") as stream:
            for line in stream:
                row = json.loads(line)
                if row["picture"] not in self._written:
                    yield row


def _completed(arrow: Any, batch: Any, schema: Any) -> Any:
    """Adds the columns to rows that a file of an earlier version lacks."""
    known = set(batch.schema.names)
    return arrow.RecordBatch.from_arrays(
        [
            batch.column(each.name) if each.name in known else arrow.nulls(len(batch), each.type)
            for each in schema
        ],
        schema=schema,
    )


def _type(arrow: Any, column: str) -> Any:
    if column == "recognized":
        return arrow.bool_()
    return arrow.type_for_alias(_TYPES.get(column, "string"))
