"""How a model meets things of other kinds: the share of pictures in other folders that it takes for a label.

    lienzo train ../shared/data/artworks19 --name artworks --models /tmp/models
    python -m benchmarks.strangers /tmp/models/artworks/1 museum genres4 cifar10

Walls, noise and blank pictures are drawn besides. Every picture goes the way of the services, in one process.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.trained import DATA
from bundle.folder import read_bundle
from services.classification.classifier import load_classifier
from services.features.extraction import load_extractor
from training.evaluation.metrics import wilson_interval
from training.openset.strangers import cloud, scene, wall
from vision.answers import Recognition
from vision.errors import PictureError
from vision.picture import decode

_DRAWN = {"walls": wall, "clouds of noise": cloud, "drawn scenes": scene}


class Model:
    """A bundle, asked in this process."""

    def __init__(self, folder: Path) -> None:
        self.manifest = read_bundle(folder)
        self.extractor = load_extractor(self.manifest, folder).extractor
        self._classifier = load_classifier(self.manifest, folder)

    def best(self, pixels: NDArray[np.uint8]) -> tuple[str, Recognition]:
        """The best label for an RGB picture, and what is answered."""
        rows = self.extractor.extract(pixels).rows
        found = self._classifier.recognize(rows.astype(np.float32), self.manifest.threshold, 1)
        ((index, _),) = found.ranking
        return self.manifest.labels[index], found


def pictures_in(folder: Path, limit: int, max_side_px: int) -> Iterable[tuple[str, NDArray[np.uint8]]]:
    """At most so many pictures, evenly from all that there are at any depth."""
    files = sorted(each for each in folder.rglob("*") if each.suffix.lower() in (".jpg", ".png"))
    if not files:
        raise SystemExit(f"{folder}: no JPEG or PNG pictures there")
    for path in files[:: max(1, -(-len(files) // limit))]:
        try:
            yield str(path.relative_to(folder)), decode(path.read_bytes(), max_side_px=max_side_px).pixels
        except PictureError:
            continue


def measured(
    model: Model, pictures: Iterable[tuple[str, NDArray[np.uint8]]], shown: int
) -> dict[str, object]:
    """How many are taken for a label, the bounds of that share, and which they are."""
    answers = [(name, *model.best(pixels)) for name, pixels in pictures]
    taken = sorted((each for each in answers if each[2].is_recognized), key=lambda each: -each[2].score)
    low, high = wilson_interval(len(taken), len(answers))
    return {
        "pictures": len(answers),
        "taken_for_a_label": len(taken),
        "share_low": low,
        "share_high": high,
        "highest_probability": max(each[2].score for each in answers),
        "worst": [f"{name}: {label} {found.score:.2f}" for name, label, found in taken[:shown]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folders", nargs="+", help="folders below ../shared/data, or any others")
    parser.add_argument("--limit", type=int, default=500, help="pictures of a folder at most")
    parser.add_argument("--drawn", type=int, default=100, help="drawn pictures of each kind")
    parser.add_argument("--shown", type=int, default=10, help="mistakes that are named")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = Model(arguments.bundle)
    rng = np.random.default_rng(0)
    side = model.extractor.max_side_px
    found = {
        kind: measured(model, ((kind, draw(rng, 320)) for _ in range(arguments.drawn)), arguments.shown)
        for kind, draw in _DRAWN.items()
    }
    for name in arguments.folders:
        folder = DATA / name if (DATA / name).is_dir() else Path(name)
        found[name] = measured(model, pictures_in(folder, arguments.limit, side), arguments.shown)
    print(json.dumps({"threshold": model.manifest.threshold, "strangers": found}, indent=2))


if __name__ == "__main__":
    main()
