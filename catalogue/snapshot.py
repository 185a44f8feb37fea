"""Snapshots: what reading a file of works has given, kept beside it for the next process.

A snapshot says where each work lies, with the digest of its entry, and has the inverted file. Everything in
it can be made of the works again: one that is missing or damaged, of another version or of other works is
passed over. An entry is checked when its work is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np

from catalogue.frames import Frame
from catalogue.manifest import CatalogueManifest
from catalogue.mapped import read_arrays, write_arrays
from catalogue.works_file import WorksFile
from vision.identification.index import Part
from vision.identification.plain import GRID, Colors

FORMAT: Final = 1
SNAPSHOT: Final = "snapshot"
_DIGEST_BYTES: Final = 32


@dataclass(frozen=True)
class Snapshot:
    """The works of a file, up to an entry.

    Attributes:
        last: That entry.
        entries: The entry of each work, by number; those of removed and replaced works, too.
        numbers: Number of each work that is there, by id, in the order in which they were added.
        part: The inverted file, mapped into memory where it was read.
        plain: Colours of those that are nearly featureless, by number.
    """

    last: Frame
    entries: Sequence[Frame]
    numbers: Mapping[str, int]
    part: Part
    plain: Mapping[int, Colors]


def write_snapshot(folder: Path, manifest: CatalogueManifest, snapshot: Snapshot) -> None:
    """Replaces the snapshot of a catalogue; does nothing while another process does.

    Raises:
        OSError: When the file system refuses; the one before is kept then.
    """
    entries = [*snapshot.entries, snapshot.last]
    cells = [each.cells for each in snapshot.plain.values()]
    facts = {**_origin(manifest), "ids": list(snapshot.numbers)}
    arrays = {
        **{field.name: getattr(snapshot.part, field.name) for field in fields(Part)},
        "places": np.array([(each.kind, each.start, each.length, each.end) for each in entries], np.uint64),
        "digests": np.frombuffer(b"".join(each.digest for each in entries), np.uint8),
        "numbers": np.fromiter(snapshot.numbers.values(), np.int32),
        "plain": np.fromiter(snapshot.plain, np.int32),
        "cells": np.array(cells, np.float32).reshape(-1, GRID, GRID, 3),
        "proportions": np.array([each.proportion for each in snapshot.plain.values()]),
    }
    write_arrays(folder / SNAPSHOT, facts, arrays)


def read_snapshot(folder: Path, manifest: CatalogueManifest, file: WorksFile) -> Snapshot | None:
    """Returns the snapshot of a file of works; None where there is none that can be used."""
    try:
        facts, arrays = read_arrays(folder / SNAPSHOT)
    except (OSError, ValueError):
        return None
    if {**facts, **_origin(manifest)} != facts:
        return None
    digests = arrays["digests"].tobytes()
    *entries, last = [
        Frame(kind, start, length, end, digests[number * _DIGEST_BYTES : (number + 1) * _DIGEST_BYTES])
        for number, (kind, start, length, end) in enumerate(arrays["places"].tolist())
    ]
    if not file.holds(last):
        return None
    plain = zip(arrays["plain"].tolist(), arrays["cells"], arrays["proportions"].tolist(), strict=True)
    return Snapshot(
        last,
        entries,
        dict(zip(facts["ids"], arrays["numbers"].tolist(), strict=True)),
        Part(**{field.name: arrays[field.name] for field in fields(Part)}),
        {number: Colors(cells, proportion) for number, cells, proportion in plain},
    )


def _origin(manifest: CatalogueManifest) -> dict[str, object]:
    """Says which file a snapshot is of, and which version made it."""
    return {"format": FORMAT, "generation": manifest.generation, "vocabulary": manifest.vocabulary}


def drop_snapshot(folder: Path) -> None:
    """Removes the snapshot of a catalogue, so that whoever reads it next checks all of its works."""
    with suppress(OSError):
        (folder / SNAPSHOT).unlink()
