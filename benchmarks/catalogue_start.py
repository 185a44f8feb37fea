"""How fast a large catalogue is there after a start, how fast it is written to, and what it takes on disk.

Run `python -m benchmarks.catalogue_start [--works 287,2000,20000]`; the test pictures lie beside the
checkout. Works are descriptors of real ones, dealt out anew. Each start is that of a process of its own: one
that finds works alone, one that finds the snapshot of the process before.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.catalogue import DATA, tell
from catalogue.enrolment import enrol
from catalogue.folders import FolderShelf
from catalogue.records import read_rows
from catalogue.work import Record, Work
from vision.extractors.features import LocalFeatures
from vision.identification.index import WorkWords

_REAL: Final = 24
_FIRST: Final = 100
"""Of the museum's works: the first is one colour all over."""
_NAME: Final = "museum"


def main() -> None:
    """Prints one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--works", default="287,2000,20000", help="how many, commas between")
    parser.add_argument("--start", type=Path, help="start with the catalogues of a folder, and tell how fast")
    arguments = parser.parse_args()
    if arguments.start:
        print(json.dumps(started(arguments.start)))
        return
    for count in [int(each) for each in arguments.works.split(",")]:
        with tempfile.TemporaryDirectory() as root:
            fill(Path(root), count)
            for found in ("works alone", "a snapshot"):
                line = [sys.executable, "-m", "benchmarks.catalogue_start", "--start", root]
                answer = subprocess.run(line, check=True, capture_output=True, text=True)
                size = sum(each.stat().st_size for each in (Path(root) / _NAME).iterdir())
                figures = {**json.loads(answer.stdout), "kb_per_work": size / count / 1000}
                tell(f"start with {count} works, {found}", figures)


def fill(root: Path, count: int) -> None:
    """Makes a catalogue of so many works."""
    with threadpool_limits(1), FolderShelf(root).writer(_NAME) as writer:
        for each in resampled(count):
            writer.put(each, sync=False)
        writer.sync()


def resampled(count: int, of: int = _REAL) -> Iterator[Work]:
    """Yields works that have descriptors of several real ones, dealt out anew."""
    rng = np.random.default_rng(11)
    rows = read_rows(DATA / "catalogue", DATA / "catalogue.csv")[_FIRST : _FIRST + of]
    real = [enrol(row.record, row.path.read_bytes()) for row in rows]
    features = [work.reference.features for work in real]
    descriptors = np.concatenate([each.descriptors for each in features])
    keypoints = np.concatenate([each.keypoints for each in features])
    words = [
        np.concatenate([getattr(work.reference.words, name) for work in real])
        for name in ("words", "signatures", "turns", "octaves")
    ]
    for number in range(count):
        like = real[number % len(real)].reference
        dealt = rng.integers(0, len(descriptors), len(like.features))
        reference = replace(
            like,
            features=LocalFeatures(descriptors[dealt], keypoints[dealt]),
            words=WorkWords(*(column[dealt] for column in words)),
        )
        yield Work(Record(f"work-{number}", f"Number {number}", "Nobody", {"year": "1900"}), reference)


def started(root: Path) -> dict[str, Any]:
    """Reads the catalogue, keeps what was read, and puts one work in."""
    with threadpool_limits(1):
        (work,) = resampled(1, 1)
        work = replace(work, record=replace(work.record, id="another"))
        shelf = FolderShelf(root)
        reader = shelf.reader(_NAME)
        before = _resident_mb()
        figures: dict[str, Any] = {"read_s": _seconds(reader.view)}
        figures |= {"memory_mb": _resident_mb() - before, "peak_mb": _peak_mb() - before}
        figures["keep_s"] = _seconds(reader.keep)
        figures["first_put_s"] = _seconds(lambda: _put(shelf, work))
        figures["second_put_s"] = _seconds(lambda: _put(shelf, work))
        figures["seen_s"] = _seconds(reader.view)
        with shelf.writer(_NAME) as writer:
            writer.remove(work.record.id)
    return figures


def _put(shelf: FolderShelf, work: Work) -> None:
    with shelf.writer(_NAME) as writer:
        writer.put(work)


def _seconds(do: Any) -> tuple[float, float]:
    """Returns the wall and processor time of what is done."""
    begin, processor = time.perf_counter(), time.process_time()
    do()
    return round(time.perf_counter() - begin, 3), round(time.process_time() - processor, 3)


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
