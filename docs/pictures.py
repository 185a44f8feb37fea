"""Draws the pictures of `docs/tutorial.md`: `python docs/pictures.py`.

They are drawn by the functions behind `lienzo explain`, from photographs of pictures that come with
scikit-image: the coffee and the cat are in the public domain (CC0).
"""

from __future__ import annotations

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


def explained_photo(work: Path) -> tuple[Explanation, Path, Path]:
    """Trains on a few photographs, and explains one that it has not seen."""
    images = lz.sample_images(work / "photos", classes=4, per_class=6)
    photo, other = (images / "coffee" / f"{number}.jpg" for number in (0, 1))
    photo = photo.rename(work / "coffee.jpg")
    recipe = parse_recipe(RECIPE, "course", "course")
    model = lz.train(images, "course", recipe, repository=work / "models", cache=work / "cache")
    return explain_answer(photo.read_bytes(), photo.name, model.recognizer), photo, other


def write(name: str, pixels: np.ndarray) -> None:
    """Writes a picture, BGR: plots as PNG, photographs as JPEG."""
    is_plot = name in ("one_descriptor", "word_histogram", "probabilities", "one_cells")
    quality = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    cv2.imwrite(str(FOLDER / f"{name}.{'png' if is_plot else 'jpg'}"), pixels, [] if is_plot else quality)


def main() -> None:
    """Draws all of them."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        explanation, photo, other = explained_photo(Path(folder))
        drawings = {each.name: each for part in explanation.parts for each in part.drawings}
        for name in SHOWN:
            write(name, cv2.imdecode(np.frombuffer(drawings[name].png, np.uint8), cv2.IMREAD_COLOR))
        lz.plot_matches(other, photo).savefig(Path(folder) / "matches.png", dpi=90)
        write("matches", cv2.imread(str(Path(folder) / "matches.png")))


if __name__ == "__main__":
    main()
