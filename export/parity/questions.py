"""Questions for the run times: samples, golden files, and a picture without descriptors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from bundle import layout
from export.parity.answers import GOLDEN, NOTHING, PICTURES
from export.parity.comparison import Question
from export.parity.samples import EDGES
from export.pipeline import Pipeline
from vision.graph import FeatureGraph
from vision.picture import decode


def questions(pipeline: Pipeline, samples: Iterable[tuple[str, NDArray[np.uint8]]]) -> Iterator[Question]:
    """Yields every question for the comparison of a package.

    Args:
        pipeline: The bundle.
        samples: Pictures by name, uint8 RGB.
    """
    for name, pixels in samples:
        yield _of_picture(pipeline, name, name if name in EDGES else PICTURES, pixels)
    yield from _golden(pipeline)
    if pipeline.features is None:
        nothing = np.zeros((pipeline.manifest.vector_rows, pipeline.manifest.dimension), np.float32)
        yield Question.of_descriptors(NOTHING, NOTHING, nothing)


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
            yield Question.of_descriptors(name, GOLDEN, rows)
        else:
            yield _of_picture(pipeline, name, GOLDEN, decode(file.read_bytes()).pixels)
