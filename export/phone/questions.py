"""What the run times are asked: pictures given, golden files, and the picture without descriptors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundle import layout
from export.parity.answers import GOLDEN, NOTHING, PICTURES
from export.parity.samples import EDGES
from export.phone.pipeline import Pipeline
from vision.graph import FeatureGraph
from vision.picture import decode


@dataclass(frozen=True)
class Question:
    """One picture, ready for both run times.

    Attributes:
        name: Of the picture.
        group: See `export.parity.answers.Answer`.
        given: What the package takes: the square, uint8 (side, side, 3), or the descriptors.
        descriptors: What `classifier.onnx` takes, float32, (N, D); N may be 0.
    """

    name: str
    group: str
    given: NDArray[Any]
    descriptors: NDArray[np.float32]


def questions(pipeline: Pipeline, samples: Iterable[tuple[str, NDArray[np.uint8]]]) -> Iterator[Question]:
    """Everything that is asked before a package is written.

    Args:
        pipeline: The bundle.
        samples: Pictures by name, uint8 RGB.
    """
    for name, pixels in samples:
        yield _of_picture(pipeline, name, name if name in EDGES else PICTURES, pixels)
    yield from _golden(pipeline)
    if pipeline.features is None:
        nothing = np.zeros((0, pipeline.manifest.dimension), np.float32)
        yield Question(NOTHING, NOTHING, nothing, nothing)


def _of_picture(pipeline: Pipeline, name: str, group: str, pixels: NDArray[np.uint8]) -> Question:
    descriptors = pipeline.descriptors(pixels)
    given = pipeline.extractor.fitted(pixels) if isinstance(pipeline.extractor, FeatureGraph) else descriptors
    return Question(name, group, given, descriptors)


def _golden(pipeline: Pipeline) -> Iterator[Question]:
    if layout.EXPECTED not in pipeline.manifest.files:
        return
    expected = pipeline.folder / layout.EXPECTED
    for case in json.loads(expected.read_bytes())["cases"]:
        file = expected.with_name(case["input"])
        name = str(file.relative_to(pipeline.folder))
        if file.suffix == ".npy":
            rows = np.asarray(np.load(file, allow_pickle=False), np.float32)
            yield Question(name, GOLDEN, rows, rows)
        else:
            yield _of_picture(pipeline, name, GOLDEN, decode(file.read_bytes()).pixels)
