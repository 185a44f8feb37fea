"""Calibrates a model that was trained elsewhere on the user's pictures, and finds its rejection threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from export.errors import ExportError
from training.evaluation.answers import Share
from training.evaluation.calibration import Calibration, learn_calibration
from training.imagesets.labels import labelled_files
from training.openset.rates import threshold_at, threshold_that_keeps
from training.openset.strangers import drawn_strangers
from training.progress import Progress, silent
from vision.answers import reaches
from vision.errors import PictureError
from vision.graph import FeatureGraph
from vision.picture import decode

FALSE_ACCEPT_RATE: Final = 0.05
_MIN_KEPT: Final = 0.5
_DRAWN: Final = 80
_PIECES: Final = 24
_SIDE_PX: Final = 320
SMALLEST_PROBABILITY: Final = 1e-7


@dataclass(frozen=True)
class Calibrated:
    """Calibration and threshold, and how they do on the pictures that they were fitted on.

    Attributes:
        calibration: From scores to probabilities.
        threshold: The rejection threshold.
        right: Pictures whose best label is right.
        answered: Pictures that are recognised, and rightly.
        refused: Strangers that are not recognised: pictures in other folders, and drawn ones.
        strangers: Number of pictures in folders that are not a label.
    """

    calibration: Calibration
    threshold: float
    right: Share
    answered: Share
    refused: Share
    strangers: int


def calibrate(
    graph: FeatureGraph,
    labels: Sequence[str],
    folder: Path,
    *,
    scores: bool,
    seed: int = 0,
    progress: Progress = silent,
) -> Calibrated:
    """Fits the calibration and the threshold on labelled pictures and strangers.

    Pictures in folders that are not a label are strangers; drawn ones are added. The model, which was trained
    elsewhere, has seen none of them.

    Args:
        graph: The model.
        labels: Its labels.
        folder: A folder per label, or files named by label.
        scores: Whether the graph gives scores; else probabilities.
        seed: Seed of the drawn strangers.
        progress: Called for every picture.

    Raises:
        ExportError: When there are too few pictures of the labels.
    """
    found = labelled_files(folder) if folder.is_dir() else {}
    index = {label: number for number, label in enumerate(labels)}
    rows, targets, others = list[NDArray[np.float64]](), list[int](), list[NDArray[np.float64]]()
    pieces = list[NDArray[np.uint8]]()
    for done, (path, label) in enumerate(found.items(), 1):
        progress("calibrating", done, len(found))
        try:
            pixels = decode(path.read_bytes(), max_side_px=graph.max_side_px).pixels
        except (PictureError, OSError):
            continue
        row = _scores(graph, pixels, scores=scores)
        if label in index:
            rows.append(row)
            targets.append(index[label])
            if len(pieces) < _PIECES:
                pieces.append(pixels)
        else:
            others.append(row)
    if len(set(targets)) < 2:
        known = f"{len(rows)} readable pictures of {len(set(targets))} labels"
        raise ExportError(
            f"--calibrate {folder}: {known}; it needs a folder for each of two labels or more, "
            f"such as {labels[0]}"
        )
    drawn = [_scores(graph, each, scores=scores) for each in drawn_strangers(pieces, _DRAWN, _SIDE_PX, seed)]
    return _calibrated(np.array(rows), np.array(targets), np.array([*others, *drawn]), len(others))


def _calibrated(
    scores: NDArray[np.float64], targets: NDArray[np.int64], unknown: NDArray[np.float64], outsiders: int
) -> Calibrated:
    calibration = learn_calibration(scores, targets, unknown)
    known, strange = (calibration.probabilities(each) for each in (scores, unknown))
    right = known.argmax(axis=1) == targets
    best, strangest = known.max(axis=1), strange.max(axis=1)
    # Drawn strangers are easier to refuse than photographs: they count only where there are no others.
    rested_on = strangest[:outsiders] if outsiders else strangest
    threshold = min(threshold_at(FALSE_ACCEPT_RATE, rested_on), threshold_that_keeps(_MIN_KEPT, best, right))
    return Calibrated(
        calibration,
        threshold,
        Share.of(right),
        Share.of(right & reaches(best, threshold)),
        Share.of(~reaches(strangest, threshold)),
        outsiders,
    )


def _scores(graph: FeatureGraph, pixels: NDArray[np.uint8], *, scores: bool) -> NDArray[np.float64]:
    values = np.asarray(graph.extract(pixels).rows[0], np.float64)
    return values if scores else np.log(np.maximum(values, SMALLEST_PROBABILITY))
