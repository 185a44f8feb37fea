"""How well and how fast works of a catalogue are identified.

Run `python -m benchmarks.catalogue [--distractors 10000,100000] [--simulated 60] [--seeds 7,1]`; the test
pictures lie beside the checkout. One thread, so that processor time is the time of one core; wall time is
told as well.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.catalogue_distractors import WithDistractors
from catalogue.enrolment import enrol
from catalogue.folders import FolderShelf
from catalogue.importing import import_works
from catalogue.reader import Reader
from catalogue.records import read_rows
from catalogue.view import View
from catalogue.writer import open_writer
from training.augmentation.walls import draw_wall
from vision.identification import PHOTO_SIDE_PX, Works, identify
from vision.identification.finding import CANDIDATES
from vision.identification.photo import look_at, overlap
from vision.identification.votes import scored_works
from vision.memory import SERVED_BYTES, keep_freed_memory
from vision.picture import Picture, PictureInfo, decode

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "museum"
SETS = ("qsd1_w1", "qsd1_w3", "qsd2_w3")
FRAME_PX = (1280, 960)
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Query:
    """A photo and the ids of the works in it."""

    name: str
    picture: Picture
    wanted: frozenset[str]


def main() -> None:
    """Prints one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--distractors", default="", help="how many, commas between")
    parser.add_argument(
        "--simulated", type=int, default=40, help="simulated photographs of each kind and seed"
    )
    parser.add_argument("--seeds", default="7", help="of simulated photographs, commas between")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    keep_freed_memory(SERVED_BYTES)
    with threadpool_limits(1), tempfile.TemporaryDirectory() as root:
        view = measured_import(Path(root))
        tell("add one work", additions(FolderShelf(Path(root))))
        queries = museum_queries()
        tell("museum", {**answers(view, view, queries), **shortlisted(view, view, queries)})
        tell("left out", left_out(view, queries))
        for kind, (side_share, count) in {
            "a tenth of the frame": (0.1, 1),
            "three on a wall": (0.12, 3),
        }.items():
            for seed in map(int, arguments.seeds.split(",")):
                tell(f"{kind}, seed {seed}", simulated(view, arguments.simulated, side_share, count, seed))
        for count in [int(each) for each in arguments.distractors.split(",") if each]:
            begin = time.perf_counter()
            larger = WithDistractors(view, count)
            built = time.perf_counter() - begin
            megabytes = larger.index_bytes / 1e6
            tell(
                f"{count} distractors",
                {
                    "index_mb": round(megabytes),
                    "built_s": built,
                    **answers(larger, view, queries),
                    **shortlisted(larger, view, queries),
                },
            )


def tell(what: str, figures: dict[str, Any]) -> None:
    """Prints the figures of one measurement."""
    rounded = {name: round(each, 3) if isinstance(each, float) else each for name, each in figures.items()}
    print(json.dumps({"what": what, **rounded}, ensure_ascii=False), flush=True)


def measured_import(root: Path) -> View:
    """Imports the museum's works, and tells how fast and how large."""
    rows = read_rows(DATA / "catalogue", DATA / "catalogue.csv")
    begin, processor = time.perf_counter(), time.process_time()
    with open_writer(root, "museum") as writer:
        done = sum(outcome.kind == "added" for outcome in import_works(writer, rows, 2))
    seconds, processor = time.perf_counter() - begin, time.process_time() - processor
    size = sum(each.stat().st_size for each in (root / "museum").iterdir())
    begin = time.perf_counter()
    view = Reader(root / "museum").view()
    figures = {
        "works": done,
        "works_per_s": done / seconds,
        "works_per_processor_s": done / processor,
        "kb_per_work": size / done / 1000,
        "open_ms": 1e3 * (time.perf_counter() - begin),
    }
    tell("import", figures)
    return view


def additions(shelf: FolderShelf) -> dict[str, Any]:
    """Adds works one by one, as a service does, and takes them out again."""
    wall, processor = [], []
    for row in read_rows(DATA / "catalogue", DATA / "catalogue.csv")[100:130]:
        record, data = replace(row.record, id=f"again {row.record.id}"), row.path.read_bytes()
        begin, begin_processor = time.perf_counter(), time.process_time()
        work = enrol(record, data)
        with shelf.writer("museum") as writer:
            writer.put(work)
        wall.append(time.perf_counter() - begin)
        processor.append(time.process_time() - begin_processor)
        with shelf.writer("museum") as writer:
            writer.remove(record.id)
    return {
        "works": len(wall),
        "median_processor_ms": 1e3 * float(np.median(processor)),
        "median_wall_ms": 1e3 * float(np.median(wall)),
    }


def museum_queries() -> list[Query]:
    """Reads the visitors' photographs."""
    found = []
    for name in SETS:
        with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                data = (DATA / name / row["file"]).read_bytes()
                wanted = frozenset(filter(None, row["works"].split(";")))
                found.append(Query(f"{name}/{row['file']}", decode(data, max_side_px=PHOTO_SIDE_PX), wanted))
    return found


def answers(works: Works, view: View, queries: Sequence[Query]) -> dict[str, Any]:
    """Measures answers and times."""
    ids = {number: work_id for work_id, number in view.numbers.items()}
    first, exact, wall, processor, mistakes = 0, 0, [], [], []
    for query in queries:
        begin, begin_processor = time.perf_counter(), time.process_time()
        answer = identify(query.picture, works, 10)
        wall.append(time.perf_counter() - begin)
        processor.append(time.process_time() - begin_processor)
        found = [ids.get(each.number, "?") for each in answer.works]
        first += bool(found) and found[0] in query.wanted
        exact += set(found) == query.wanted
        if set(found) != query.wanted:
            mistakes.append(f"{query.name}: {found or answer.reason}")
    return {
        "photos": len(queries),
        "first_right": first / len(queries),
        "exact_set": exact / len(queries),
        "median_processor_ms": 1e3 * float(np.median(processor)),
        "median_wall_ms": 1e3 * float(np.median(wall)),
        "mistakes": mistakes,
    }


def shortlisted(works: Works, view: View, queries: Sequence[Query]) -> dict[str, Any]:
    """Counts the works that are among the candidates which geometry is asked about, and takes their time."""
    wanted = found = 0
    processor = []
    for query in queries:
        photo = look_at(query.picture)
        begin = time.process_time()
        votes = works.votes(photo.features, photo.size_px)
        ranked = scored_works(votes, np.ones(len(photo.features), np.bool_), CANDIDATES)
        processor.append(time.process_time() - begin)
        numbers = {number for number, _ in ranked}
        wanted += len(query.wanted)
        found += sum(view.numbers[each] in numbers for each in query.wanted)
    return {
        "among_ten": found / wanted,
        "of_works": wanted,
        "median_ranking_ms": 1e3 * float(np.median(processor)),
    }


def left_out(view: View, queries: Sequence[Query]) -> dict[str, Any]:
    """Asks about each photo without its works: whatever is found then is wrong."""
    ids = {number: work_id for work_id, number in view.numbers.items()}
    mistakes, processor = [], []
    for query in queries:
        is_live = view.is_live.copy()
        is_live[[view.numbers[each] for each in query.wanted]] = False
        plain = {number: colors for number, colors in view.plain.items() if is_live[number]}
        begin = time.process_time()
        answer = identify(query.picture, replace(view, is_live=is_live, plain=plain), 10)
        processor.append(time.process_time() - begin)
        if answer.works:
            found = [f"{ids[each.number]} {each.confidence:.2f}" for each in answer.works]
            mistakes.append(f"{query.name} ({', '.join(query.wanted)}): {', '.join(found)}")
    return {
        "photos": len(queries),
        "false_identifications": len(mistakes) / len(queries),
        "median_processor_ms": 1e3 * float(np.median(processor)),
        "mistakes": mistakes,
    }


def simulated(view: View, photos: int, share: float, count: int, seed: int) -> dict[str, Any]:
    """Photographs works on drawn walls, each a share of the frame, seen a little obliquely, with noise."""
    rng = np.random.default_rng(seed)
    ids = list(view.numbers)
    found = wanted = false = 0
    overlaps = []
    for _ in range(photos):
        shown = rng.choice(ids, count, replace=False)
        picture, corners = photographed(list(shown), share, rng)
        answer = identify(picture, view, 10)
        places = {each.number: each.outline for each in answer.works}
        for work_id, place in zip(shown, corners, strict=True):
            outline = places.pop(view.numbers[str(work_id)], None)
            wanted += 1
            found += outline is not None
            if outline is not None:
                overlaps.append(overlap(outline, place))
        false += len(places)
    return {
        "photos": photos,
        "found": found / wanted,
        "false": false,
        "mean_overlap": float(np.mean(overlaps)),
        "lowest_overlap": float(np.min(overlaps)),
    }


def photographed(
    shown: list[str], share: float, rng: np.random.Generator
) -> tuple[Picture, list[NDArray[np.float64]]]:
    """Hangs works side by side on a drawn wall; returns the photograph and their corners."""
    width, height = FRAME_PX
    frame = draw_wall(rng, FRAME_PX).copy()
    corners = []
    for position, work_id in enumerate(shown):
        pixels = decode((DATA / "catalogue" / f"{work_id}.jpg").read_bytes()).pixels
        high, wide = pixels.shape[:2]
        scale = min(
            np.sqrt(share * width * height / (wide * high)),
            0.9 * width / len(shown) / wide,
            0.9 * height / high,
        )
        box = np.array([wide, high]) * scale
        middle = np.array([(position + 0.5) * width / len(shown), height / 2])
        free = np.maximum(0, np.array([width / len(shown), height]) - 1.15 * box) / 2
        middle = middle + rng.uniform(-1, 1, 2) * free
        square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * box
        place = middle + square + rng.uniform(-0.06, 0.06, (4, 2)) * box
        flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
        matrix = cv2.getPerspectiveTransform(flat, place.astype(np.float32))
        small = cv2.GaussianBlur(pixels, (0, 0), max(0.01, 0.4 / scale)) if scale < 1 else pixels
        moved = cv2.warpPerspective(small, matrix, FRAME_PX)
        inside = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), matrix, FRAME_PX) == 255
        frame[inside] = moved[inside]
        corners.append(place)
    light = rng.uniform(0.7, 1.1) * (1 + rng.uniform(-0.06, 0.06, 3))
    noisy = frame * light + rng.normal(0, 6, frame.shape)
    seen: Pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    encoded = cv2.imencode(".jpg", seen[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    sent = decode(encoded.tobytes(), max_side_px=PHOTO_SIDE_PX)
    return Picture(sent.pixels, PictureInfo("jpeg", width, height)), corners


if __name__ == "__main__":
    main()
