"""How good palettes are: against many full-resolution k-means runs, and against themselves.

Run `python -m benchmarks.palette_quality [--pictures 100] [--colors 5]`; needs the test pictures beside the
checkout. About four seconds a picture, nearly all of it for the comparison.
"""

from __future__ import annotations

import argparse
import io
import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import skimage.data
from PIL import Image
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans

from vision.colors.difference import differences
from vision.colors.spaces import from_srgb, to_srgb
from vision.palette import Palette, extract_palette
from vision.picture import PictureLimits, decode

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDERS = (
    "artworks19/*",
    "genres4/*",
    "museum/catalogue",
    "museum/qsd1_w1",
    "museum/qsd1_w3",
    "museum/qsd2_w3",
)
PHOTOGRAPHS = (
    "astronaut",
    "cat",
    "coffee",
    "hubble_deep_field",
    "immunohistochemistry",
    "retina",
    "rocket",
)
RUNS = 20
LOOSE = 12.0
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One picture's palette against the best of the full-resolution runs."""

    inertia_ratio: float
    largest_difference: float
    median_run_ratio: float


def chosen_pictures(count: int) -> list[Path]:
    """Every n-th picture of all folders."""
    files = [file for folder in FOLDERS for file in sorted(DATA.glob(f"{folder}/*.jpg"))]
    return [files[index] for index in np.linspace(0, len(files) - 1, count).astype(int)]


def colors_of(palette: Palette) -> Floats:
    return np.array([color.rgb for color in palette.colors], np.float64)


def compared(file: Path, color_count: int) -> Comparison:
    """Clusters all pixels of a picture twenty times, as equal colours with their number."""
    pixels = decode(file.read_bytes()).pixels.reshape(-1, 3)
    distinct, counts = np.unique(pixels, axis=0, return_counts=True)
    if len(distinct) <= color_count:
        return Comparison(1.0, 0.0, 1.0)
    points, weights = from_srgb(distinct, "oklab"), counts / counts.sum()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct points than clusters
        runs = [
            KMeans(color_count, n_init=1, max_iter=200, tol=1e-7, random_state=seed).fit(
                points, sample_weight=weights
            )
            for seed in range(RUNS)
        ]
    runs.sort(key=lambda run: run.inertia_)
    ours = colors_of(extract_palette(file.read_bytes(), color_count))
    best = to_srgb(runs[0].cluster_centers_, "oklab")
    distances = ((points[:, np.newaxis] - from_srgb(ours, "oklab")) ** 2).sum(axis=2).min(axis=1)
    apart = differences(ours, best)
    rows, columns = linear_sum_assignment(apart)
    best_inertia = max(float(runs[0].inertia_), 1e-12)
    return Comparison(
        inertia_ratio=float(weights @ distances) / best_inertia,
        largest_difference=float(apart[rows, columns].max()),
        median_run_ratio=float(runs[RUNS // 2].inertia_) / best_inertia,
    )


def drift(first: Palette, second: Palette) -> float:
    """The largest difference of a colour with 5 % share to its nearest in the other palette."""
    large = [color.rgb for color in first.colors if color.share >= 0.05]
    return float(differences(large, colors_of(second)).min(axis=1).max())


def drifts(whole: Image.Image, color_count: int) -> tuple[float, float]:
    """From the picture as PNG to JPEG q95, and to PNG at half size."""
    half = whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.BOX)
    palette = extract_palette(_bytes(whole, "png"), color_count)
    jpeg = extract_palette(_bytes(whole, "jpeg", quality=95), color_count)
    return drift(palette, jpeg), drift(palette, extract_palette(_bytes(half, "png"), color_count))


def phone_pictures() -> Iterable[Image.Image]:
    """Photographs that come with scikit-image, as large as a phone's are looked at, with a sensor's grain."""
    random = np.random.default_rng(0)
    for name in PHOTOGRAPHS:
        image = Image.fromarray(getattr(skimage.data, name)()).convert("RGB")
        large = image.resize((1600, round(1600 * image.height / image.width)), Image.Resampling.LANCZOS)
        grain = random.normal(0, 10, (large.height, large.width, 3))
        yield Image.fromarray(np.clip(np.asarray(large) + grain, 0, 255).astype(np.uint8))


def _bytes(image: Image.Image, picture_format: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, picture_format, **options)
    return file.getvalue()


def expected_colors() -> Iterable[tuple[str, float]]:
    """How far each colour that another tool found is from ours, where we look for twice as many."""
    expected = json.loads((DATA / "palette" / "expected.json").read_text())
    wanted = [
        (name, [color])
        for part in ("dominant_oklch_default", "dominant_rgb")
        for name, color in expected[part].items()
    ]
    wanted += [
        (name.split(" ")[0], [color[:3] for color in colors if color[3] >= 0.01])
        for name, colors in expected["palette"].items()
    ]
    for name, colors in wanted:
        file = DATA / "palette" / "tests" / "images" / name
        palette = extract_palette(file.read_bytes(), 20, limits=PictureLimits(min_side_px=1))
        for difference in differences(colors, colors_of(palette)).min(axis=1):
            yield name, float(difference)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--colors", type=int, default=5)
    arguments = parser.parse_args()
    files = chosen_pictures(arguments.pictures)
    print(f"{len(files)} pictures, {arguments.colors} colours, best of {RUNS} full-resolution k-means runs")
    results = [compared(file, arguments.colors) for file in files]
    ratios = np.array([result.inertia_ratio for result in results])
    _tell("inertia ratio", ratios, 1.02)
    _tell("their median run's ratio", np.array([result.median_run_ratio for result in results]), 1.02)
    _tell("ΔE2000 of the farthest centre", np.array([result.largest_difference for result in results]), 2)
    pictures = (Image.fromarray(decode(file.read_bytes()).pixels) for file in files)
    for title, images in (("", pictures), (", 1,600 px", phone_pictures())):
        moved = np.array([drifts(image, arguments.colors) for image in images])
        _tell(f"ΔE2000 PNG to JPEG q95{title}", moved[:, 0], 2)
        _tell(f"ΔE2000 to half size{title}", moved[:, 1], 2)
    _tell("ΔE2000 to expected.json", np.array([difference for _, difference in expected_colors()]), LOOSE)


def _tell(name: str, values: Floats, limit: float) -> None:
    print(
        f"{name:36} median {np.median(values):6.3f}   95 % {np.quantile(values, 0.95):6.3f}   "
        f"max {values.max():6.3f}   within {limit:g}: {int((values <= limit).sum())} of {values.size}"
    )


if __name__ == "__main__":
    main()
