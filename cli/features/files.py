"""Writes files of features: NumPy archives, Parquet and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import numpy as np

from cli.errors import CliError
from cli.features.extraction import Extraction, PictureFeatures
from cli.output.parquet import parquet_library

Features: TypeAlias = Iterable[tuple[str, PictureFeatures]]

_KEYPOINT: Final = ("x", "y", "diameter", "angle")


def feature_writer(path: Path) -> Callable[[BinaryIO, Extraction, Features], None]:
    """Chooses the writer by a file's ending.

    Raises:
        CliError: For another ending, and for Parquet without its library.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise CliError(f"{path}: features are written as {', '.join(_WRITERS)}.")
    if writer is _write_parquet:
        parquet_library()
    return writer


def _write_npz(stream: BinaryIO, extraction: Extraction, features: Features) -> None:
    """Writes `names`, `sizes` and `made_with`; `vectors`, or `descriptors`, `keypoints` and `offsets`.

    Picture i has the rows `offsets[i]` to `offsets[i + 1]`.
    """
    names, sizes, values, keypoints = [], [], [], []
    for name, found in features:
        names.append(name)
        sizes.append(found.size_px)
        values.append(found.values)
        keypoints.append(np.zeros((0, 4), np.float32) if found.keypoints is None else found.keypoints)
    rows = np.concatenate([np.zeros((0, extraction.dimension), extraction.stored_as), *values])
    arrays: dict[str, Any] = {
        "names": np.array(names, dtype=np.str_),
        "sizes": np.array(sizes, np.int32).reshape(-1, 2),
        "made_with": np.array(json.dumps(_made_with(extraction))),
    }
    if extraction.is_local:
        arrays["descriptors"] = rows
        arrays["keypoints"] = np.concatenate([np.zeros((0, 4), np.float32), *keypoints])
        arrays["offsets"] = np.cumsum([0, *(len(each) for each in values)]).astype(np.int64)
    else:
        arrays["vectors"] = rows
    np.savez_compressed(stream, allow_pickle=False, **arrays)


def _write_csv(stream: BinaryIO, extraction: Extraction, features: Features) -> None:
    """Writes a line for each keypoint, or for each picture where it has one vector."""
    columns = [f"d{each}" if extraction.is_local else f"v{each}" for each in range(extraction.dimension)]
    stream.write(_csv_line(["picture", *(_KEYPOINT if extraction.is_local else ()), *columns]))
    for name, found in features:
        for number, row in enumerate(found.values.tolist()):
            place = [] if found.keypoints is None else [f"{each:g}" for each in found.keypoints[number]]
            numbers = row if extraction.stored_as is np.uint8 else [f"{each:.8g}" for each in row]
            stream.write(_csv_line([name, *place, *numbers]))


def _csv_line(cells: list[Any]) -> bytes:
    """Formats one line; names may have commas, quotes and line breaks."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _write_parquet(stream: BinaryIO, extraction: Extraction, features: Features) -> None:
    """Writes a row for each keypoint, or for each picture; a row group for each picture with keypoints."""
    arrow, parquet = parquet_library()
    element = arrow.uint8() if extraction.stored_as is np.uint8 else arrow.float32()
    fields = [("picture", arrow.string())]
    if extraction.is_local:
        fields += [(each, arrow.float32()) for each in _KEYPOINT]
    fields.append(
        ("descriptor" if extraction.is_local else "vector", arrow.list_(element, extraction.dimension))
    )
    facts = {"lienzo.made_with": json.dumps(_made_with(extraction))}
    schema = arrow.schema(fields, metadata=facts)
    with parquet.ParquetWriter(stream, schema) as writer:
        for name, found in features:
            flat = arrow.array(np.ascontiguousarray(found.values).ravel(), type=element)
            columns = [arrow.array([name] * len(found.values), type=arrow.string())]
            if found.keypoints is not None:
                columns += [arrow.array(each, type=arrow.float32()) for each in found.keypoints.T]
            columns.append(arrow.FixedSizeListArray.from_arrays(flat, extraction.dimension))
            writer.write_table(arrow.table(columns, schema=schema))


def _made_with(extraction: Extraction) -> Mapping[str, object]:
    parameters = getattr(extraction.extractor, "parameters", {})
    return {"name": extraction.name, "dimension": extraction.dimension, "parameters": dict(parameters)}


_WRITERS: Final = {".npz": _write_npz, ".parquet": _write_parquet, ".csv": _write_csv}
