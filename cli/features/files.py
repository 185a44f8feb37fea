"""Files of features: NumPy archives, Parquet and CSV. A file is there completely or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import numpy as np

from cli.errors import FAULT, CliError
from cli.features.looking import Looked, Looking

Features: TypeAlias = Iterable[tuple[str, Looked]]

_KEYPOINT: Final = ("x", "y", "diameter", "angle")


def feature_writer(path: Path) -> Callable[[BinaryIO, Looking, Features], None]:
    """Chooses the writer for a file's ending.

    Raises:
        CliError: For another ending, and for Parquet without its library.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise CliError(f"{path}: features are written as {', '.join(_WRITERS)}.")
    if writer is _write_parquet:
        _arrow()
    return writer


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Opens a file beside the path, which takes its place when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as stream:
            yield stream
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _write_npz(stream: BinaryIO, looking: Looking, features: Features) -> None:
    """Writes `names`, `sizes` and `made_with`; `vectors`, or `descriptors`, `keypoints` and `offsets`.

    Picture i has the rows `offsets[i]` to `offsets[i + 1]`.
    """
    names, sizes, values, keypoints = [], [], [], []
    for name, looked in features:
        names.append(name)
        sizes.append(looked.size_px)
        values.append(looked.values)
        keypoints.append(np.zeros((0, 4), np.float32) if looked.keypoints is None else looked.keypoints)
    rows = np.concatenate([np.zeros((0, looking.dimension), looking.stored_as), *values])
    arrays: dict[str, Any] = {
        "names": np.array(names, dtype=np.str_),
        "sizes": np.array(sizes, np.int32).reshape(-1, 2),
        "made_with": np.array(json.dumps(_made_with(looking))),
    }
    if looking.is_local:
        arrays["descriptors"] = rows
        arrays["keypoints"] = np.concatenate([np.zeros((0, 4), np.float32), *keypoints])
        arrays["offsets"] = np.cumsum([0, *(len(each) for each in values)]).astype(np.int64)
    else:
        arrays["vectors"] = rows
    np.savez_compressed(stream, allow_pickle=False, **arrays)


def _write_csv(stream: BinaryIO, looking: Looking, features: Features) -> None:
    """Writes a line for each keypoint, or for each picture where it has one vector."""
    columns = [f"d{each}" if looking.is_local else f"v{each}" for each in range(looking.dimension)]
    stream.write(_csv_line(["picture", *(_KEYPOINT if looking.is_local else ()), *columns]))
    for name, looked in features:
        for number, row in enumerate(looked.values.tolist()):
            place = [] if looked.keypoints is None else [f"{each:g}" for each in looked.keypoints[number]]
            numbers = row if looking.stored_as is np.uint8 else [f"{each:.8g}" for each in row]
            stream.write(_csv_line([name, *place, *numbers]))


def _csv_line(cells: list[Any]) -> bytes:
    """Formats one line; names may have commas, quotes and line breaks."""
    lines: list[str] = []
    csv.writer(_Lines(lines), lineterminator="\n").writerow(cells)
    return lines[0].encode()


class _Lines:
    """What `csv` writes to."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        """Keeps one line."""
        self._lines.append(line)


def _write_parquet(stream: BinaryIO, looking: Looking, features: Features) -> None:
    """Writes a row for each keypoint, or for each picture; a row group for each picture with keypoints."""
    arrow, parquet = _arrow()
    element = arrow.uint8() if looking.stored_as is np.uint8 else arrow.float32()
    fields = [("picture", arrow.string())]
    if looking.is_local:
        fields += [(each, arrow.float32()) for each in _KEYPOINT]
    fields.append(("descriptor" if looking.is_local else "vector", arrow.list_(element, looking.dimension)))
    facts = {"lienzo.made_with": json.dumps(_made_with(looking))}
    schema = arrow.schema(fields, metadata=facts)
    with parquet.ParquetWriter(stream, schema) as writer:
        for name, looked in features:
            flat = arrow.array(np.ascontiguousarray(looked.values).ravel(), type=element)
            columns = [arrow.array([name] * len(looked.values), type=arrow.string())]
            if looked.keypoints is not None:
                columns += [arrow.array(each, type=arrow.float32()) for each in looked.keypoints.T]
            columns.append(arrow.FixedSizeListArray.from_arrays(flat, looking.dimension))
            writer.write_table(arrow.table(columns, schema=schema))


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise CliError(
            "Parquet needs pyarrow, which is not installed: pip install 'lienzo[parquet]'", FAULT
        ) from error
    return pyarrow, parquet


def _made_with(looking: Looking) -> Mapping[str, object]:
    parameters = getattr(looking.extractor, "parameters", {})
    return {"name": looking.name, "dimension": looking.dimension, "parameters": dict(parameters)}


_WRITERS: Final = {".npz": _write_npz, ".parquet": _write_parquet, ".csv": _write_csv}
