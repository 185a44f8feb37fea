"""Whether a catalogue in a database gives the answers of one in a folder, and how fast.

Run `python -m benchmarks.catalogue_database [--engine qdrant] [--distractors 5000]`. It starts a server of
its own: PostgreSQL from PyPI's `pgserver`, whose processor time is in the wall time alone; or a stand-in of a
Qdrant server in this process, in which Qdrant's own engine stores and finds (`tests/support/qdrant.py`).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.catalogue import Query, measured_import, museum_queries, tell
from benchmarks.catalogue_distractors import WithDistractors
from catalogue.shelf import CatalogueView
from catalogue.shelves import open_shelf
from catalogue.view import View
from catalogue.work import Record, Work
from tests.support.qdrant import running_qdrant
from vision.extractors.features import LocalFeatures
from vision.identification import identify
from vision.identification.photo import look_at
from vision.identification.reference import Reference
from vision.identification.windows import reference_vector, window_vectors

_NEAREST = 10


def main() -> None:
    """Prints one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--distractors", type=int, default=0, help="works that look like nothing, added then")
    parser.add_argument("--engine", choices=("postgres", "qdrant"), default="postgres")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with (
        threadpool_limits(1),
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as root,
        running(arguments.engine, Path(root)) as (url, settle),
    ):
        folder = measured_import(Path(root) / "catalogues")
        queries = museum_queries()
        shelf = open_shelf(url)
        references = {record.id: folder.reference(folder.numbers[record.id]) for record in folder.records()}
        works = [Work(record, references[record.id]) for record in folder.records()]
        begin = time.perf_counter()
        with shelf.writer("museum") as writer:
            for each in works:
                writer.put(each)
        put_ms = 1e3 * (time.perf_counter() - begin) / len(works)
        settle()
        reader = shelf.reader("museum")
        wanted = answers(lambda: folder, queries)
        found = answers(reader.view, queries)
        tell(
            "museum",
            {"put_ms": put_ms, **compared(found, wanted), **same_nearest(reader.view(), references, queries)},
        )
        if arguments.distractors:
            add_distractors(shelf.writer("museum"), folder, arguments.distractors, references)
            settle()
            found = answers(reader.view, queries)
            figures = {**compared(found, wanted), **same_nearest(reader.view(), references, queries)}
            tell(f"{arguments.distractors} distractors", figures)


@contextmanager
def running(engine: str, root: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Starts a server; gives its address, and what waits until its index is built."""
    if engine == "qdrant":
        with running_qdrant() as qdrant:
            yield qdrant.url("lienzo"), qdrant.optimize
        return
    from pgserver.postgres_server import get_server

    server = get_server(root / "data")
    yield server.get_uri(), lambda: None
    server.cleanup()


def answers(view: Callable[[], CatalogueView], queries: Sequence[Query]) -> dict[str, Any]:
    """Identifies the works of each photo."""
    found, processor, wall = [], [], []
    for query in queries:
        begin, begin_processor = time.perf_counter(), time.process_time()
        works = view()
        answer = identify(query.picture, works, 10)
        wall.append(time.perf_counter() - begin)
        processor.append(time.process_time() - begin_processor)
        found.append([works.record(each.number).id for each in answer.works])
    exact = sum(set(each) == query.wanted for each, query in zip(found, queries, strict=True))
    return {
        "found": found,
        "exact": exact,
        "ms": np.median(processor) * 1e3,
        "wall_ms": np.median(wall) * 1e3,
    }


def compared(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Compares the answers of two stores."""
    same = sum(one == other for one, other in zip(found["found"], wanted["found"], strict=True))
    return {
        "photos": len(found["found"]),
        "same_answers": same,
        "exact_sets": found["exact"],
        "exact_sets_of_folder": wanted["exact"],
        "median_processor_ms": found["ms"],
        "median_processor_ms_of_folder": wanted["ms"],
        "median_wall_ms": found["wall_ms"],
    }


def same_nearest(view: Any, references: dict[str, Reference], queries: Sequence[Query]) -> dict[str, float]:
    """Compares the nearest ten of each window with those of an exact search."""
    vectors = [reference_vector(each.features) for each in references.values()]
    rows = [view.row_of(work_id) for work_id in references]
    kept = [(row, vector) for row, vector in zip(rows, vectors, strict=True) if vector is not None]
    table, numbers = np.array([vector for _, vector in kept]), np.array([row for row, _ in kept])
    same = total = 0
    for query in queries:
        photo = look_at(query.picture)
        asked = window_vectors(photo.features, photo.size_px)
        best = np.argsort(-(asked @ table.T), axis=1, kind="stable")[:, :_NEAREST]
        for row, exact in zip(view.search(asked, _NEAREST), numbers[best].tolist(), strict=True):
            same += len(set(row) & set(exact))
            total += _NEAREST
    return {"windows": total // _NEAREST, "same_of_nearest_ten": same / total}


def add_distractors(opening: Any, folder: View, count: int, references: dict[str, Reference]) -> None:
    """Adds works that look like nothing."""
    made, preview = WithDistractors(folder, count), folder.reference(0).preview
    with opening as writer:
        for number in range(len(folder.is_live), len(folder.is_live) + count):
            reference = made.reference(number)
            features = LocalFeatures(
                np.asarray(reference.features.descriptors, np.uint8), reference.features.keypoints
            )
            kept = Reference(features, reference.words, reference.size_px, preview)
            references[f"distractor-{number}"] = kept
            writer.put(Work(Record(f"distractor-{number}"), kept), sync=False)


if __name__ == "__main__":
    main()
