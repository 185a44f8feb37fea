"""Photos a second and accuracy against the tutorial's own web service.

    python -m benchmarks.tutorial_service ../shared/data/artworks19

Both are trained on four fifths of the image set (near duplicates on one side) and asked about the rest, over
HTTP `POST /predict` with the same pictures and the same number of callers. Rounds alternate between the two,
so that both see the same machine. `--long-side 4000` enlarges what is sent to the size of a phone's photo.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import cv2
import httpx
import numpy as np

from cli.serving.launcher import running_services
from training.imagesets.folds import separated_groups, stratified_folds
from training.imagesets.imageset import read_image_set

CALLERS = 4


def split_on_disk(root: Path, folder: Path, seed: int) -> tuple[Path, list[tuple[bytes, str]]]:
    """Links four fifths of an image set into a folder of its own; returns it and the other fifth."""
    images = read_image_set(root, jobs=2)
    split = stratified_folds(images.targets, separated_groups(images.targets, images.groups), 5, seed)[0]
    for index in split.train:
        picture = images.pictures[index]
        link = folder / "train" / picture.path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to((root / picture.path).resolve())
    asked = [images.pictures[index] for index in split.test]
    return folder / "train", [((root / each.path).read_bytes(), each.label) for each in asked]


def enlarged(data: bytes, long_side: int) -> bytes:
    """The same picture with a longer side of so many pixels, as a JPEG."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("a picture of the set cannot be decoded")
    scale = long_side / max(pixels.shape[:2])
    large = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


@contextmanager
def tutorial_service(train: Path) -> Iterator[str]:
    """The tutorial's service in a process of its own; gives its address."""
    command = [sys.executable, "-m", "benchmarks.tutorial.app", str(train)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield f"http://127.0.0.1:{line.removeprefix('listening on ').strip()}"
        finally:
            process.terminate()


def answers(url: str, pictures: Sequence[bytes]) -> tuple[list[str | None], float]:
    """The label of every picture, and photos a second with `CALLERS` callers."""
    with httpx.Client(timeout=120) as client, ThreadPoolExecutor(CALLERS) as pool:

        def ask(data: bytes) -> str | None:
            response = client.post(f"{url}/predict", files={"file": ("photo.jpg", data)})
            response.raise_for_status()
            label: str | None = response.json()
            return label

        start = time.perf_counter()
        labels = list(pool.map(ask, pictures))
        return labels, len(pictures) / (time.perf_counter() - start)


def share_right(labels: Sequence[str | None], expected: Sequence[str]) -> float:
    return sum(given == right for given, right in zip(labels, expected, strict=True)) / len(expected)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image_set", type=Path)
    parser.add_argument("--long-side", type=int, default=0, help="pixels; 0 sends the files as they are")
    parser.add_argument(
        "--count", type=int, default=0, help="pictures a round; 0 sends all of the held-out fifth"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, held_out = split_on_disk(arguments.image_set, folder, arguments.seed)
        held_out = held_out[: arguments.count or None]
        models = folder / "models"
        command = [
            sys.executable,
            "-m",
            "cli",
            "train",
            str(train),
            "--name",
            "bench",
            "--models",
            str(models),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        data = [enlarged(each, arguments.long_side) if arguments.long_side else each for each, _ in held_out]
        expected = [label for _, label in held_out]
        with tutorial_service(train) as theirs, running_services(folders={"models": models}) as stack:
            ours = stack["gateway"].url
            answers(ours, data[:8]), answers(theirs, data[:8])
            rates: dict[str, list[float]] = {"tutorial": [], "lienzo": []}
            right: dict[str, float] = {}
            for _ in range(arguments.rounds):
                for system, url in (("tutorial", theirs), ("lienzo", ours)):
                    labels, rate = answers(url, data)
                    rates[system].append(rate)
                    right[system] = share_right(labels, expected)
    print(f"{len(data)} held-out pictures, {CALLERS} callers, {arguments.rounds} rounds in turn")
    for system, each in rates.items():
        print(f"{system:10} {statistics.median(each):8.1f} photos/s   accuracy {right[system]:.3f}")
    ratios = [mine / other for mine, other in zip(rates["lienzo"], rates["tutorial"], strict=True)]
    print(f"ratio      {statistics.median(ratios):8.1f}   (min {min(ratios):.1f}, max {max(ratios):.1f})")


if __name__ == "__main__":
    main()
