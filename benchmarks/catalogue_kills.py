"""What `kill -9` costs a catalogue: imports, additions and compactions are killed at random places.

Run `python -m benchmarks.catalogue_kills [--kills 100] [--seed 1]`. A child makes changes and tells each one
once it is made, until it is killed; then the catalogue must have every work that was reported, at most
one change more that could not be reported any more, no work twice, and take the next change.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from catalogue.compaction import compact_works
from catalogue.enrolment import enrol
from catalogue.importing import import_works
from catalogue.reader import Reader
from catalogue.records import Row, read_rows
from catalogue.recovery import WorksState
from catalogue.work import Record
from catalogue.writer import open_writer

NAME: Final = "museum"
WORKS: Final = 60
LONGEST_SECONDS: Final = 0.5
"""From the first change that a child tells to its end; an import of all works takes longer."""

Titles = dict[str, str]
Changes = Callable[[Path, Path], Iterator[tuple[str, str]]]
"""Makes changes in a folder of catalogues, from a folder of pictures; tells id and title of each."""


def main() -> None:
    """Prints one JSON object; exit status 1 where anything was lost or repeated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        pictures, root = Path(folder) / "pictures", Path(folder) / "catalogues"
        draw_pictures(pictures)
        enrol(Record("first"), next(pictures.iterdir()).read_bytes())  # loads the vocabulary once for all
        faults, killed, changes = [], Counter[str](), 0
        known: Titles = {}
        for kill in range(arguments.kills):
            kind = rng.choice(list(KINDS)) if known else "import"
            reported = run_and_kill(KINDS[kind], root, pictures, rng.uniform(0, LONGEST_SECONDS))
            found = titles_in(root)
            faults += [f"kill {kill} ({kind}): {fault}" for fault in compared(known, reported, found)]
            known, changes = found, changes + len(reported)
            killed[kind] += 1
    print(json.dumps({"kills": dict(killed), "changes": changes, "works": len(known), "faults": faults}))
    raise SystemExit(bool(faults))


def draw_pictures(folder: Path) -> None:
    """Draws references that differ: noise at several scales."""
    folder.mkdir()
    rng = np.random.default_rng(3)
    for number in range(WORKS):
        layers = [
            cv2.resize(rng.integers(0, 256, (side, side, 3), np.uint8), (160, 160)) for side in (5, 20, 80)
        ]
        cv2.imwrite(str(folder / f"{number:03}.png"), np.mean(layers, axis=0).astype(np.uint8))


def importing(root: Path, pictures: Path) -> Iterator[tuple[str, str]]:
    """Imports all works, and goes on where an import before was killed."""
    rows = [Row(replace(row.record, title="imported"), row.path, True) for row in read_rows(pictures, None)]
    with open_writer(root, NAME) as writer:
        for outcome in import_works(writer, rows, 2):
            assert not outcome.problem, outcome
            if outcome.kind != "unchanged":
                yield outcome.row.record.id, "imported"


def adding(root: Path, pictures: Path) -> Iterator[tuple[str, str]]:
    """Adds works one by one, as keepers do, over and over under new titles."""
    for number in range(10_000):
        path = pictures / f"{number % WORKS:03}.png"
        work = enrol(Record(path.stem, f"added {time.time_ns()}"), path.read_bytes())
        with open_writer(root, NAME) as writer:
            writer.put(work)
        yield work.record.id, work.record.title


def compacting(root: Path, pictures: Path) -> Iterator[tuple[str, str]]:
    """Changes titles and compacts, over and over; some titles while a thread compacts."""
    states: dict[str, WorksState] = {}
    for number in range(10_000):
        thread = threading.Thread(target=lambda: compact_works(root, NAME, wait_seconds=9, states=states))
        with open_writer(root, NAME, states=states) as writer:
            ids = list(writer.records)[number % 7 :: 7]
        for work_id in ids:
            title = f"changed {time.time_ns()}"
            with open_writer(root, NAME, wait_seconds=9, states=states) as writer:
                writer.replace_record(replace(writer.records[work_id], title=title))
            yield work_id, title
            if thread.ident is None:
                thread.start()
        thread.join()


KINDS: Final[Mapping[str, Changes]] = {"import": importing, "add": adding, "compact": compacting}


def run_and_kill(changes: Changes, root: Path, pictures: Path, seconds: float) -> list[tuple[str, str]]:
    """Kills a child that makes changes so long after its first, and returns all that it reported."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            for work_id, title in changes(root, pictures):
                os.write(writing, f"{work_id}\t{title}\n".encode())
        finally:
            os._exit(0)
    os.close(writing)
    first = os.read(reading, 1)  # nothing where there was nothing to do
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        lines = (first + pipe.read()).decode().splitlines()
    return [(work_id, title) for work_id, _, title in (line.partition("\t") for line in lines)]


def titles_in(root: Path) -> Titles:
    """Reads the works as a server does, then as the next writer does, which cuts off what is unfinished."""
    try:
        view = Reader(root / NAME).view()
        seen = {work_id: view.record(number).title for work_id, number in view.numbers.items()}
    except FileNotFoundError:  # killed before there was a catalogue
        seen = {}
    with open_writer(root, NAME) as writer:
        kept = {work_id: record.title for work_id, record in writer.records.items()}
    assert kept == seen, (kept, seen)
    return kept


def compared(before: Titles, reported: list[tuple[str, str]], found: Titles) -> list[str]:
    """Returns what is wrong: works and changes that were lost, and works that nobody added."""
    wanted = {**before, **dict(reported)}
    lost = [work_id for work_id in wanted if work_id not in found]
    stale = [work_id for work_id, title in wanted.items() if found.get(work_id, title) != title]
    more = [work_id for work_id in found if work_id not in wanted]
    # The change that was being reported when the child was killed may be there.
    faults = [f"{work_id} is lost" for work_id in lost]
    faults += [f"{work_id} was done again" for work_id, title in reported if before.get(work_id) == title]
    if len(stale) + len(more) > 1:
        faults.append(f"more than one unreported change: {stale + more}")
    return faults


if __name__ == "__main__":
    main()
