"""How fast palettes are, side by side with the textbook and with other packages, decoding included.

Run `OMP_NUM_THREADS=1 python -m benchmarks.palette_speed [--repeat 15]`. All take turns in one process and
are measured in processor time, so that the ratios hold on a busy machine too.

colorthief, Pylette, fast-colorthief and okmain are compared
where they are installed. Pictures are drawn here, or given with `--picture FILE`.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from PIL import Image

from vision.palette import extract_palette

COLORS = 5
SIZES = {"720×480": (720, 480), "1280×640": (1280, 640), "12 megapixels": (4000, 3000)}
Extract = Callable[[Path], object]


def photograph(width: int, height: int) -> Image.Image:
    """A real photograph (scikit-image's cup of coffee, public domain) in the wanted size."""
    pixels = skimage.data.coffee()  # type: ignore[no-untyped-call]
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)


def ours(file: Path) -> object:
    return extract_palette(file.read_bytes(), COLORS)


def textbook(file: Path) -> object:
    """The article's procedure: k-means on every pixel, ten attempts of up to 200 rounds."""
    pixels = np.asarray(cv2.imread(str(file)), np.float32).reshape(-1, 3)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 200, 0.1)
    labels = np.empty((len(pixels), 1), np.int32)
    return cv2.kmeans(pixels, COLORS, labels, criteria, 10, cv2.KMEANS_RANDOM_CENTERS)


def other_packages() -> dict[str, Extract]:
    """What is installed of the packages to compare with, as they are called by default."""
    found: dict[str, Extract] = {}
    if colorthief := _installed("colorthief"):
        found["colorthief"] = lambda file: colorthief.ColorThief(str(file)).get_palette(COLORS)
    if pylette := _installed("Pylette") or _installed("pylette"):
        found["Pylette"] = lambda file: pylette.extract_colors(image=str(file), palette_size=COLORS)
    if fast := _installed("fast_colorthief"):
        found["fast-colorthief"] = lambda file: fast.get_palette(str(file), COLORS)
    if okmain := _installed("okmain"):
        found["okmain"] = lambda file: okmain.colors(Image.open(file))
    return found


def _installed(name: str):  # type: ignore[no-untyped-def]  # a module that has no types
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def timed(extractors: dict[str, Extract], file: Path, repeat: int) -> dict[str, float]:
    """Median milliseconds of each; the slow textbook runs once."""
    times: dict[str, list[float]] = {name: [] for name in extractors}
    for turn in range(repeat + 1):
        for name, extract in extractors.items():
            if name == "textbook" and turn != 1:
                continue
            start = time.process_time()
            extract(file)
            if turn:
                times[name].append((time.process_time() - start) * 1e3)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--picture", type=Path, help="a photograph instead of the drawn ones")
    parser.add_argument("--no-textbook", action="store_true", help="it takes about a minute")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    extractors: dict[str, Extract] = {"lienzo": ours, **other_packages()}
    print(f"{'':16}{'lienzo':>10}" + "".join(f"{name:>26}" for name in [*list(extractors)[1:], "textbook"]))
    with tempfile.TemporaryDirectory() as folder:
        for title, size in SIZES.items():
            file = Path(folder) / "picture.jpg"
            picture = Image.open(arguments.picture).convert("RGB") if arguments.picture else None
            (picture.resize(size, Image.Resampling.LANCZOS) if picture else photograph(*size)).save(
                file, quality=90
            )
            with_textbook = size[0] == 1280 and not arguments.no_textbook
            rivals = {**extractors, "textbook": textbook} if with_textbook else extractors
            _tell(title, timed(rivals, file, arguments.repeat))


def _tell(title: str, times: dict[str, float]) -> None:
    mine = times.pop("lienzo")
    others = "".join(f"{value:14.1f} ms {value / mine:7.1f}×" for value in times.values())
    print(f"{title:16}{mine:7.1f} ms{others}")


if __name__ == "__main__":
    main()
