"""What models do with close-ups: a part of each held-out picture fills the whole photo.

    python -m benchmarks.closeups artworks19 --shares 0.5 0.25 0.1 --folds 1

Everything is trained on the training part of a fold, see `benchmarks.verification`. A part has the
proportions of its picture, lies anywhere in it, and is looked at with as many pixels as a whole picture, as
far as the file has them.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.command_line import image_set_parser
from benchmarks.trained import asked_of, described, pictures_of, recognized_by, trained_on_folds
from training.evaluation.answers import Share
from training.extractors import AnyExtractor
from training.recipe import load_recipe
from training.search.workbench import Workbench
from vision.picture import decode


@dataclass(frozen=True)
class CloseUp:
    """A part of a picture with a share of its area."""

    share: float

    @property
    def title(self) -> str:
        """Name of the stage."""
        return f"close-ups of {self.share:g}"

    @property
    def suffix(self) -> str:
        """End of the names of cached files."""
        return f"-close-up-{self.share:g}"

    def applied(self, data: bytes, extractor: AnyExtractor, digest: str) -> NDArray[np.uint8]:
        """The part: the same of the same file."""
        side = float(np.sqrt(self.share))
        pixels = decode(data, max_side_px=round(extractor.max_side_px / side)).pixels
        height, width = (max(1, round(each * side)) for each in pixels.shape[:2])
        rng = np.random.default_rng(int(digest[:16], 16))
        top, left = (
            int(rng.integers(whole - part + 1))
            for whole, part in zip(pixels.shape[:2], (height, width), strict=True)
        )
        return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def main() -> None:
    """Prints, for each share, how many are answered rightly by probability alone and verified."""
    parser = image_set_parser(__doc__, "artworks")
    parser.add_argument("--shares", type=float, nargs="+", default=[1.0, 0.5, 0.25, 0.1])
    parser.add_argument("--folds", type=int, default=5, help="of the five, the first ones")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    recipe, jobs = load_recipe(arguments.recipe), arguments.jobs
    image_set = pictures_of(arguments.data, jobs)
    asked = {share: described(image_set, recipe, jobs, CloseUp(share)) for share in arguments.shares}
    right: dict[float, list[NDArray[np.bool_]]] = {share: [] for share in asked}
    with tempfile.TemporaryDirectory() as searches:
        bench = Workbench(0, jobs, kept=Path(searches))
        for model, held_out, targets in trained_on_folds(image_set, recipe, bench, arguments.folds):
            for share, descriptors in asked.items():
                questions = asked_of(model, descriptors.subset(held_out), targets)
                best = questions.probabilities.argmax(axis=1)
                recognized = recognized_by(model, questions, bench)
                right[share].append(np.array([each == targets for each in (best, *recognized)]))
    for share, parts in right.items():
        counts = np.concatenate(parts, axis=1).sum(axis=1).tolist()
        total = sum(each.shape[1] for each in parts)
        names = ("best right", "by probability", "verified")
        shares = {name: Share(count, total) for name, count in zip(names, counts, strict=True)}
        print(
            json.dumps({"share": share, **{name: [s.part, s.count, s.value] for name, s in shares.items()}})
        )


if __name__ == "__main__":
    main()
