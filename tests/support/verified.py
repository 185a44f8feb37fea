"""A model that verifies its answers, and a photo that it can only recognise so.

The pictures come with scikit-image. The photo shows one of them on a wall, small and oblique, with its
corners at `CORNERS`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import onnx
import skimage.data
from numpy.typing import NDArray
from onnx import TensorProto

from bundle import layout
from bundle.manifest import Component, Verification
from tests.support.bundle import describe, write_files
from training.graphs.builder import GraphBuilder
from vision.extractors import LocalFeatures, create_extractor
from vision.matching import Exemplar, Exemplars

Pixels = NDArray[np.uint8]

LABELS: Final = ("astronaut", "chelsea", "coffee")
THRESHOLD: Final = 0.8
RULE: Final = Verification(least_points=8, lowest_probability=0.2, ratio=0.85, tolerance=0.01)
SHOWN: Final = "coffee"
PHOTO_PX: Final = (800, 600)
CORNERS: Final = ((190.0, 130.0), (600.0, 160.0), (580.0, 470.0), (170.0, 410.0))
"""Where the picture hangs in the photo, clockwise from its own top left."""

_REACH: Final = 20.0
"""Distance of mean descriptors up to which two pictures are alike."""
_ELSEWHERE: Final = 0.001
"""Nearness of any picture to anything else."""
_EXTRACTOR: Final = create_extractor("rootsift", {})


@dataclass(frozen=True)
class Photos:
    """JPEG files of what a caller asks about.

    Attributes:
        doubtful: The picture on a wall: its label is the best one, its probability is under the threshold.
        clear: The picture as the model knows it.
        stranger: Something else.
    """

    doubtful: Path
    clear: Path
    stranger: Path


def picture(label: str) -> Pixels:
    """Returns a picture of the model, RGB, 400 pixels wide."""
    pixels = _shipped(label)
    height = round(pixels.shape[0] * 400 / pixels.shape[1])
    return np.asarray(cv2.resize(pixels, (400, height), interpolation=cv2.INTER_AREA), np.uint8)


def _shipped(name: str) -> Pixels:
    return np.asarray(getattr(skimage.data, name)(), np.uint8)


def hung(shown: Pixels) -> Pixels:
    """The picture on a wall of bricks, its corners at `CORNERS`."""
    wall = cv2.resize(_shipped("brick"), PHOTO_PX)[..., None].repeat(3, axis=2)
    height, width = shown.shape[:2]
    own = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(own, np.array(CORNERS, np.float32))
    painted = cv2.warpPerspective(shown, matrix, PHOTO_PX)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, PHOTO_PX)
    return np.where(mask[..., None] > 0, painted, wall).astype(np.uint8)


def write_photos(root: Path) -> Photos:
    """Writes the photos into a folder."""
    shown = {
        "doubtful": hung(picture(SHOWN)),
        "clear": picture(SHOWN),
        "stranger": _shipped("rocket"),
    }
    root.mkdir(parents=True, exist_ok=True)
    for name, pixels in shown.items():
        cv2.imwrite(str(root / f"{name}.jpg"), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return Photos(**{name: root / f"{name}.jpg" for name in shown})


def write_verifying_model(
    root: Path, name: str = "works", *, rule: Verification | None = RULE, exemplars: bytes | None = None
) -> Path:
    """Writes a model whose answers are verified; returns the bundle's folder.

    Args:
        root: The model repository.
        name: Of the model.
        rule: None for a model that answers by probability alone.
        exemplars: The file, when it is not to be the right one.
    """
    files = {layout.CLASSIFIER: _nearest_mean().SerializeToString()}
    if rule is not None:
        files[layout.EXEMPLARS] = exemplars or right_exemplars().to_bytes()
    manifest = describe(
        files,
        name=name,
        extractor=Component(name=_EXTRACTOR.name, parameters=dict(_EXTRACTOR.parameters)),
        encoder=Component(name="mean"),
        classifier=Component(name="nearest_mean"),
        labels=LABELS,
        threshold=THRESHOLD,
        verification=rule,
    )
    return write_files(root / name / "1", {**files, layout.MANIFEST: manifest.to_json().encode()})


def right_exemplars() -> Exemplars:
    """Makes one exemplar for each label."""
    found = []
    for number, label in enumerate(LABELS):
        height, width = picture(label).shape[:2]
        found.append(Exemplar(number, _features(label), (float(width), float(height))))
    return Exemplars(tuple(found), _EXTRACTOR.descriptor_type)


@functools.cache
def _features(label: str) -> LocalFeatures:
    return _EXTRACTOR.extract(picture(label))


def _nearest_mean() -> onnx.ModelProto:
    """Descriptors (N, dimension) → mean → nearness to the mean of every picture → share of all nearness.

    What is far from everything is as near to nothing in particular, so its probabilities are low.
    """
    means = np.stack([_features(each).rows.mean(axis=0) for each in LABELS])
    graph = GraphBuilder("nearest_mean")
    rows, one = graph.constant("rows", [0], np.int64), graph.constant("one", [1], np.int64)
    total = graph.add("ReduceSum", "descriptors", rows, keepdims=1)
    count = graph.add("Max", graph.add("Shape", "descriptors", end=1), one)
    mean = graph.add("Div", total, graph.add("Cast", count, to=TensorProto.FLOAT))
    apart = graph.add("Sub", graph.constant("means", means), mean)
    distances = graph.add("ReduceL2", apart, one, keepdims=0)
    kernels = graph.add("Exp", graph.add("Mul", distances, graph.constant("sharpness", -1 / _REACH)))
    nearness = graph.add("Add", kernels, graph.constant("elsewhere", _ELSEWHERE))
    shares = graph.add("Div", nearness, graph.add("ReduceSum", nearness, rows, keepdims=1))
    graph.add("Unsqueeze", shares, rows, output="probabilities")
    return graph.model({"descriptors": ["N", _EXTRACTOR.dimension]}, {"probabilities": [1, len(LABELS)]})
