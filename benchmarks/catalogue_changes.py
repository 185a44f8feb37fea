"""Whether photographs wait while works are added and removed, and while their file is compacted.

Run `python -m benchmarks.catalogue_changes [--seconds 30] [--works 20000]`; the test pictures lie beside the
checkout. One service has the museum's works and a large catalogue, of which just over half were removed
before: the first work that a keeper removes has it compacted. Four callers identify visitors' photographs,
first alone, then beside two keepers who add a work, look for it until it is found, and remove it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import cv2
import grpc
import numpy as np

from benchmarks.catalogue import DATA, SETS, tell
from benchmarks.catalogue_start import resampled
from catalogue.importing import import_works
from catalogue.records import read_rows, table_lines
from catalogue.writer import open_writer
from cli.serving.process import ServiceProcess
from lienzo.catalogue.v1 import catalogue_pb2 as messages
from lienzo.catalogue.v1.catalogue_pb2_grpc import CatalogueServiceStub
from lienzo.image.v1.image_pb2 import Image

CALLERS: Final = 4
KEEPERS: Final = 2
CATALOGUES: Final = ("museum", "large")
LONGEST_S: Final = 10.0
"""After so long a work that was added is not found any more."""
Photos: TypeAlias = list[tuple[bytes, frozenset[str]]]


@dataclass
class Figures:
    """What callers and keepers saw.

    Attributes:
        seconds: What each photograph took.
        wrong: Photographs of the museum's works whose first answer is not one of them.
        early: How often an added work was not found yet, or a removed one still was.
        found_after: From the answer to an addition until its work was found.
        gone_after: From the answer to a removal until its work was not found any more.
        added: What each addition took.
        removed: What each removal took.
        refusals: Calls that were refused, by status.
    """

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    early: int = 0
    found_after: list[float] = field(default_factory=list)
    gone_after: list[float] = field(default_factory=list)
    added: list[float] = field(default_factory=list)
    removed: list[float] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Returns medians and the like, in milliseconds."""
        spans = {
            "identified": self.seconds,
            "added": self.added,
            "found_after": self.found_after,
            "removed": self.removed,
            "gone_after": self.gone_after,
        }
        return {
            **{name: spread(each) for name, each in spans.items() if each},
            "wrong": self.wrong,
            "looked_too_early": self.early,
            "refusals": dict(self.refusals),
        }


def spread(seconds: list[float]) -> dict[str, float]:
    """Returns how many there are, their median, 95th percentile and most, in milliseconds."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    named = {"median": statistics.median(ordered), "p95": p95, "most": ordered[-1]}
    return {"count": len(ordered), **{name: round(1e3 * each) for name, each in named.items()}}


def main() -> None:
    """Prints one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument(
        "--works", type=int, default=20_000, help="works of the large catalogue, removed ones too"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        prepare(Path(root), arguments.works)
        service = ServiceProcess("catalogue", folders={"catalogues": root}).wait_until_listening()
        try:
            measure(service, arguments.seconds)
        finally:
            service.stop()


def prepare(root: Path, count: int) -> None:
    """Makes the museum's catalogue, and a large one of which just more than half was removed."""
    with open_writer(root, "museum") as writer:
        for _ in import_works(writer, read_rows(DATA / "catalogue", DATA / "catalogue.csv"), 2):
            pass
    with open_writer(root, "large") as writer:
        for each in resampled(count):
            writer.put(each, sync=False)
        for work_id in list(writer.records)[: count * 51 // 100]:
            writer.remove(work_id)


def measure(service: ServiceProcess, seconds: float) -> None:
    """Lets callers and keepers call."""
    photos = museum_photos()
    for what, keepers in (("identified alone", 0), ("beside two keepers", KEEPERS)):
        figures, end = Figures(), threading.Event()
        threads = [
            *(
                threading.Thread(target=identify, args=(service.target, photos, n, figures, end))
                for n in range(CALLERS)
            ),
            *(threading.Thread(target=keep, args=(service.target, n, figures, end)) for n in range(keepers)),
        ]
        before = processor_seconds(service.pid)
        for each in threads:
            each.start()
        time.sleep(seconds)
        end.set()
        for each in threads:
            each.join()
        used = processor_seconds(service.pid) - before
        calls = len(figures.seconds) + len(figures.added) + len(figures.found_after)
        memory = {name: memory_mb(service.pid, name) for name in ("VmRSS", "VmHWM")}
        tell(what, {**figures.to_json(), "processor_ms_a_call": 1e3 * used / max(1, calls), **memory})


def museum_photos() -> Photos:
    """Reads the visitors' photographs, and the works in each."""
    found = []
    for name in SETS:
        for _, values in table_lines(DATA / f"{name}.csv", "file", "works"):
            wanted = frozenset(filter(None, values["works"].split(";")))
            found.append(((DATA / name / values["file"]).read_bytes(), wanted))
    return found


def identify(
    target: str,
    photos: list[tuple[bytes, frozenset[str]]],
    number: int,
    figures: Figures,
    end: threading.Event,
) -> None:
    """Identifies photographs in both catalogues in turn; in the large one nothing is right."""
    with calling(target) as stub:
        for turn in range(number, 10**9, CALLERS):
            if end.is_set():
                return
            data, wanted = photos[turn % len(photos)]
            name = CATALOGUES[turn // CALLERS % len(CATALOGUES)]
            begin = time.perf_counter()
            found = found_in(stub, name, data, figures)
            figures.seconds.append(time.perf_counter() - begin)
            if found is not None and name == "museum":
                figures.wrong += not found[:1] or found[0] not in wanted


def keep(target: str, number: int, figures: Figures, end: threading.Event) -> None:
    """Adds works, looks for each until it is found, removes it, and looks until it is gone."""
    rng = np.random.default_rng(number)
    with calling(target) as stub:
        for turn in range(10**9):
            if end.is_set():
                return
            name, work_id, data = CATALOGUES[turn % len(CATALOGUES)], f"added-{number}-{turn}", drawn(rng)
            addition = messages.AddWorkRequest(
                catalogue=name, work=messages.Work(id=work_id), reference=Image(data=data)
            )
            if not told(stub.AddWork, addition, figures.added, figures):
                continue
            figures.found_after.append(waited(stub, name, data, work_id, figures, is_there=True))
            removal = messages.RemoveWorkRequest(catalogue=name, work_id=work_id)
            if told(stub.RemoveWork, removal, figures.removed, figures):
                figures.gone_after.append(waited(stub, name, data, work_id, figures, is_there=False))


def waited(
    stub: CatalogueServiceStub, name: str, data: bytes, work_id: str, figures: Figures, *, is_there: bool
) -> float:
    """Looks for a work until it is there, or gone; returns how long that took."""
    begin = time.perf_counter()
    while (work_id in (found_in(stub, name, data, figures) or ())) != is_there:
        figures.early += 1
        if time.perf_counter() - begin > LONGEST_S:
            break
    return time.perf_counter() - begin


def told(call: Any, request: Any, spans: list[float], figures: Figures) -> bool:
    """Makes a change; a refusal is counted."""
    begin = time.perf_counter()
    try:
        call(request, timeout=60)
    except grpc.RpcError as error:
        figures.refusals[str(error.code().name)] += 1
        return False
    finally:
        spans.append(time.perf_counter() - begin)
    return True


def found_in(stub: CatalogueServiceStub, name: str, data: bytes, figures: Figures) -> list[str] | None:
    """Returns the ids of the works in a picture; None where the call is refused, which is counted."""
    try:
        answer = stub.Identify(messages.IdentifyRequest(catalogue=name, image=Image(data=data)), timeout=60)
    except grpc.RpcError as error:
        figures.refusals[str(error.code().name)] += 1
        return None
    return [each.work.id for each in answer.works]


@contextmanager
def calling(target: str) -> Iterator[CatalogueServiceStub]:
    """Opens a connection of its own."""
    with grpc.insecure_channel(target, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        yield CatalogueServiceStub(channel)


def drawn(rng: np.random.Generator) -> bytes:
    """Draws a reference like no other: noise at several scales."""
    layers = [cv2.resize(rng.integers(0, 256, (side, side, 3), np.uint8), (480, 480)) for side in (5, 20, 80)]
    return bytes(cv2.imencode(".jpg", np.mean(layers, axis=0).astype(np.uint8))[1])


def processor_seconds(pid: int) -> float:
    """Returns the processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def memory_mb(pid: int, name: str) -> int:
    """Returns the memory of a process, now (VmRSS) or at most (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split(f"{name}:")[1].split()[0]) // 1024


if __name__ == "__main__":
    main()
