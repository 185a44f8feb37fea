"""A package with which a phone looks up works of a catalogue offline: a picture in, the nearest works out."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from export.errors import ParityError
from export.parity.samples import edge_pictures
from export.phone.shortlist_graph import (
    EXTRACTOR,
    LIKENESS,
    NUMBERS,
    shortlist_graph,
    window_vectors_of,
)
from export.update import replace_folder
from lienzo_coreml import CoreMLModel, ImageInput, Metadata, convert, load_model
from lienzo_coreml.storage import check_name, save_package
from vision.graph import stretched
from vision.identification.reference import preview_pixels
from vision.ports import IMAGE

MOST_WORKS: Final = 10
LARGEST_DIFFERENCE: Final = 1e-4
"""Of a dot product in the package from one in onnxruntime, for nearly all pictures."""
LARGEST_ROUNDED: Final = 0.02
"""The same for the rest: where a descriptor lies midway between two words or bytes, rounding decides."""
_ROUNDED_SHARE: Final = 0.02
"""Of works hardly one in a hundred is such a picture; of drawn ones the single line may be."""
_FEW: Final = 2
_RECORDS: Final = "records.json"


@dataclass(frozen=True)
class ExportedShortlist:
    """A written package.

    Attributes:
        path: Its folder.
        records: A file beside it, of the same name, that ends in .json: the works by their numbers.
        size_bytes: Of the package.
        works: How many it knows.
        pictures: How many were compared.
        largest_difference: Of a dot product.
    """

    path: Path
    records: Path
    size_bytes: int
    works: int
    pictures: int
    largest_difference: float


def table_of(previews: Iterable[bytes]) -> NDArray[np.float32]:
    """Describes works by their previews: shape (M, 1024), each of length 1, or zeros for a plain one."""
    return np.array([window_vectors_of(preview_pixels(each))[0] for each in previews], np.float32)


def nearest_works(
    table: NDArray[np.float32], pixels: NDArray[np.uint8], most: int = MOST_WORKS
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Looks up the nearest works as the package does, in onnxruntime and numpy.

    Args:
        table: What `table_of` returns.
        pixels: RGB, uint8, shape (height, width, 3).
        most: How many works at most.

    Returns:
        Rows of the table, the nearest first, and the dot product of the nearest window of each.
    """
    nearest = (window_vectors_of(pixels) @ table.T).max(axis=0)
    order = np.argsort(-nearest, kind="stable")[:most]
    return order, np.asarray(nearest[order], np.float32)


def export_shortlist(
    name: str, previews: Sequence[bytes], records: Sequence[Mapping[str, Any]], output: Path
) -> ExportedShortlist:
    """Writes the package of a catalogue and the records of its works, after comparing the package's answers.

    Args:
        name: Of the catalogue.
        previews: Small JPEGs of its works.
        records: Their records, in the same order.
        output: The package, which ends in .mlpackage.

    Raises:
        CoreMLError: When the output has another ending, or the graph cannot be converted.
        ParityError: When the package answers otherwise; the message names the picture, nothing is written.
    """
    check_name(output)
    table = table_of(previews)
    listing = json.dumps([dict(each) for each in records], ensure_ascii=False, indent=1).encode()
    model = convert(
        shortlist_graph(table, MOST_WORKS),
        image_input=ImageInput(IMAGE),
        metadata=_metadata(name, len(table), listing),
    )
    works = ((f"work {number}", preview_pixels(each)) for number, each in enumerate(previews, start=1))
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".package-", dir=output.parent) as folder:
        written, listed = Path(folder) / output.name, Path(folder) / _RECORDS
        save_package(model, written)
        listed.write_bytes(listing)
        compared, difference = compare_package(load_model(written), table, chain(works, edge_pictures()))
        size = sum(file.stat().st_size for file in written.rglob("*") if file.is_file())
        replace_folder(written, output)
        listed.replace(output.with_suffix(".json"))
    return ExportedShortlist(output, output.with_suffix(".json"), size, len(table), compared, difference)


def compare_package(
    model: CoreMLModel, table: NDArray[np.float32], pictures: Iterable[tuple[str, NDArray[np.uint8]]]
) -> tuple[int, float]:
    """Compares the package in the interpreter with onnxruntime; works that are as near may change places.

    Args:
        model: The package.
        table: What `table_of` returns.
        pictures: Title and pixels of each, RGB.

    Returns:
        How many pictures there were, and how far a dot product was apart at most.

    Raises:
        ParityError: When the package answers otherwise; the message names the picture.
    """
    apart: dict[str, float] = {}
    for title, pixels in pictures:
        wanted = (window_vectors_of(pixels) @ table.T).max(axis=0)
        found = model.predict({IMAGE: stretched(pixels, EXTRACTOR.side_px)})
        rows, likeness = (np.asarray(found[each]).ravel() for each in (NUMBERS, LIKENESS))
        best = -np.sort(-wanted)[: len(rows)]
        apart[title] = float(
            max(np.abs(likeness - best).max(), np.abs(wanted[rows.astype(int)] - best).max())
        )
        if not apart[title] <= LARGEST_ROUNDED or len(set(rows.tolist())) < len(rows):
            raise ParityError(f"{title}: the package finds other works than the server")
    rounded = [title for title, each in apart.items() if each > LARGEST_DIFFERENCE]
    if len(rounded) > max(_FEW, _ROUNDED_SHARE * len(apart)):
        raise ParityError(
            f"{rounded[0]} and {len(rounded) - 1} other pictures: the package finds works less exactly than "
            "the server"
        )
    return len(apart), max(apart.values(), default=0.0)


def _metadata(name: str, works: int, records: bytes) -> Metadata:
    side = EXTRACTOR.side_px
    return Metadata(
        description=f"{name}: looks up {works} works. What it finds is a shortlist, to be verified.",
        features={
            IMAGE: f"Upright picture, RGB, stretched to {side}×{side} pixels (Vision: scaleFill).",
            NUMBERS: "Numbers of the works that look most like a window of the picture, the nearest first.",
            LIKENESS: "Dot product of each, at most 1.",
        },
        entries={
            "lienzo.catalogue": name,
            "lienzo.works": str(works),
            "lienzo.records.sha256": hashlib.sha256(records).hexdigest(),
        },
    )
