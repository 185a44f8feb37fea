"""A model repository with the small model, and pictures that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bundle import layout
from tests.support.model import MEANINGS, write_model
from tests.support.pictures import LABELS, draw, jpeg

MODEL = "shapes"


@dataclass(frozen=True)
class Place:
    """Where a test works: models, and a labelled folder of pictures that the model has not seen."""

    models: Path
    photos: Path

    def photo(self, label: str) -> str:
        """Returns the path of one of the pictures."""
        return str(self.photos / label / "200.jpg")


def make_place(root: Path) -> Place:
    """Writes model and pictures below a folder; the model's Core ML package is noise."""
    package = {f"{layout.PACKAGE}/Data/weights.bin": np.random.default_rng(0).bytes(600_000)}
    write_model(root / "models", MODEL, files=package, meanings=MEANINGS)
    for label in LABELS:
        (root / "photos" / label).mkdir(parents=True)
        for seed in (200, 201):
            (root / "photos" / label / f"{seed}.jpg").write_bytes(jpeg(draw(label, seed)))
    return Place(root / "models", root / "photos")
