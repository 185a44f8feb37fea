"""Draws the pictures of `docs/tutorial.md`: `python docs/pictures.py`; `--check` compares instead of writing.

They are drawn by the functions behind `lienzo explain`, from photographs of pictures that come with
scikit-image: the coffee and the cat are in the public domain (CC0).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

import cv2
import numpy as np

import lienzo_notebook as lz
from explanation.explain import Explanation, explain_answer
from training.recipe import parse_recipe

FOLDER: Final = Path(__file__).parent / "pictures"
RECIPE: Final = """
extractor = {name = "sift", max_side_px = 400}
encoders = [{name = "bovw", words = 60, weighting = "l1"}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 3, class_rounds = 2}
"""
SHOWN: Final = (
    "keypoints",
    "one_place",
    "one_gradients",
    "one_cells",
    "one_descriptor",
    "differences",
    "words",
    "word_histogram",
    "probabilities",
    "support",
)
_QUALITY: Final = 82
_PLOTS: Final = ("one_descriptor", "word_histogram", "probabilities", "one_cells")
"""Written as PNG; the others are photographs, written as JPEG."""
_ALIKE: Final = 6.0
"""Mean difference of two drawings, of 0 to 255, below which they show the same: another version of a library
that draws places letters and lines a little differently."""


def explained_photo(work: Path) -> tuple[Explanation, Path, Path]:
    """Trains on a few photographs, and explains one that it has not seen."""
    images = lz.sample_images(work / "photos", classes=4, per_class=6)
    photo, other = (images / "coffee" / f"{number}.jpg" for number in (0, 1))
    photo = photo.rename(work / "coffee.jpg")
    recipe = parse_recipe(RECIPE, "course", "course")
    model = lz.train(images, "course", recipe, repository=work / "models", cache=work / "cache")
    return explain_answer(photo.read_bytes(), photo.name, model.recognizer), photo, other


def drawn_pictures() -> dict[str, np.ndarray]:
    """Draws all pictures, BGR, by name."""
    with tempfile.TemporaryDirectory() as folder:
        explanation, photo, other = explained_photo(Path(folder))
        drawings = {each.name: each for part in explanation.parts for each in part.drawings}
        found = {
            name: cv2.imdecode(np.frombuffer(drawings[name].png, np.uint8), cv2.IMREAD_COLOR)
            for name in SHOWN
        }
        lz.plot_matches(other, photo).savefig(Path(folder) / "matches.png", dpi=90)
        return {**found, "matches": cv2.imread(str(Path(folder) / "matches.png"))}


def file_of(name: str) -> Path:
    """Returns where a picture lies."""
    return FOLDER / f"{name}.{'png' if name in _PLOTS else 'jpg'}"


def looks_like(drawn: np.ndarray, kept: np.ndarray | None) -> bool:
    """Returns whether a picture that is kept shows what is drawn now."""
    if kept is None or np.abs(np.subtract(drawn.shape, kept.shape)).max() > 4:
        return False
    small = [
        cv2.resize(each, (160, 120), interpolation=cv2.INTER_AREA).astype(float) for each in (drawn, kept)
    ]
    return float(np.abs(small[0] - small[1]).mean()) < _ALIKE


def main() -> None:
    """Draws all of them, or names those that do not look like what is drawn."""
    parser = argparse.ArgumentParser(description="Draws the pictures of docs/tutorial.md.")
    parser.add_argument("--check", action="store_true", help="compare them with those that are there")
    is_check = parser.parse_args().check
    found = drawn_pictures()
    if is_check:
        stale = [name for name, each in found.items() if not looks_like(each, cv2.imread(str(file_of(name))))]
        if stale:
            sys.exit(f"{', '.join(stale)}: do not show what is drawn now; run python docs/pictures.py")
        return
    FOLDER.mkdir(exist_ok=True)
    for name, each in found.items():
        quality = [] if name in _PLOTS else [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        cv2.imwrite(str(file_of(name)), each, quality)


if __name__ == "__main__":
    main()
