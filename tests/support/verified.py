"""A model that verifies its answers, and a photo that it can only recognise so.

The pictures come with scikit-image. The photo shows one of them on a wall, small and oblique, with its
corners at `CORNERS`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnx
import skimage.data
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bundle import layout
from bundle.folder import file_digest
from bundle.manifest import Component, Manifest, TrainingData, Verification
from vision.extractors import create_extractor
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
"""Of a picture: how far from its mean descriptor a mean descriptor is still like it."""
_ELSEWHERE: Final = 0.001
"""How near everything is to every picture."""
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
    """A picture of the model, RGB, 400 pixels wide."""
    pixels = getattr(skimage.data, label)()
    height = round(pixels.shape[0] * 400 / pixels.shape[1])
    return np.asarray(cv2.resize(pixels, (400, height), interpolation=cv2.INTER_AREA), np.uint8)


def hung(shown: Pixels) -> Pixels:
    """The picture on a wall of bricks, its corners at `CORNERS`."""
    wall = cv2.resize(skimage.data.brick(), PHOTO_PX)[..., None].repeat(3, axis=2)
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
        "stranger": np.asarray(skimage.data.rocket(), np.uint8),
    }
    root.mkdir(parents=True, exist_ok=True)
    for name, pixels in shown.items():
        cv2.imwrite(str(root / f"{name}.jpg"), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return Photos(**{name: root / f"{name}.jpg" for name in shown})


def write_verifying_bundle(
    root: Path, name: str = "works", *, rule: Verification | None = RULE, exemplars: bytes | None = None
) -> Path:
    """Writes a bundle whose answers are verified; returns its folder.

    Args:
        root: The model repository.
        name: Of the model.
        rule: None for a model that answers by probability alone.
        exemplars: The file, when it is not to be the right one.
    """
    folder = root / name / "1"
    folder.mkdir(parents=True)
    onnx.save(_graph(), str(folder / layout.CLASSIFIER))
    if rule is not None:
        (folder / layout.EXEMPLARS).write_bytes(exemplars or right_exemplars().to_bytes())
    manifest = Manifest(
        name=name,
        version=1,
        created=datetime.datetime.now(datetime.UTC),
        recipe={},
        extractor=Component(name=_EXTRACTOR.name, parameters=dict(_EXTRACTOR.parameters)),
        features="local",
        dimension=_EXTRACTOR.dimension,
        encoder=Component(name="mean"),
        classifier=Component(name="nearest_mean"),
        labels=LABELS,
        calibration="none",
        threshold=THRESHOLD,
        verification=rule,
        metrics={"accuracy": 1.0},
        training_data=TrainingData(fingerprint="0" * 64, pictures=3, groups=3),
        seed=0,
        versions={},
        files={path.name: file_digest(path) for path in sorted(folder.iterdir())},
    )
    (folder / layout.MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    return folder


def right_exemplars() -> Exemplars:
    """One exemplar for each label."""
    found = []
    for number, label in enumerate(LABELS):
        pixels = picture(label)
        size = (float(pixels.shape[1]), float(pixels.shape[0]))
        found.append(Exemplar(number, _EXTRACTOR.extract(pixels), size))
    return Exemplars(tuple(found), _EXTRACTOR.descriptor_type)


def _graph() -> Any:
    """Descriptors (N, dimension) → mean → nearness to the mean of every picture → share of all nearness.

    What is far from everything is as near to nothing in particular, so its probabilities are low.
    """
    means = np.stack([_EXTRACTOR.extract(picture(each)).descriptors.mean(axis=0) for each in LABELS])
    constants = {
        "rows": np.array([0], np.int64),
        "columns": np.array([1], np.int64),
        "least": np.array([1], np.int64),
        "means": means.astype(np.float32),
        "sharpness": np.array(-1 / _REACH, np.float32),
        "elsewhere": np.array(_ELSEWHERE, np.float32),
    }
    nodes = [
        helper.make_node("ReduceSum", ["descriptors", "rows"], ["sum"], keepdims=1),
        helper.make_node("Shape", ["descriptors"], ["found"], end=1),
        helper.make_node("Max", ["found", "least"], ["count"]),
        helper.make_node("Cast", ["count"], ["divisor"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["sum", "divisor"], ["mean"]),
        helper.make_node("Sub", ["means", "mean"], ["apart"]),
        helper.make_node("ReduceL2", ["apart", "columns"], ["distances"], keepdims=0),
        helper.make_node("Mul", ["distances", "sharpness"], ["exponents"]),
        helper.make_node("Exp", ["exponents"], ["kernels"]),
        helper.make_node("Add", ["kernels", "elsewhere"], ["nearness"]),
        helper.make_node("ReduceSum", ["nearness", "rows"], ["total"], keepdims=1),
        helper.make_node("Div", ["nearness", "total"], ["shares"]),
        helper.make_node("Unsqueeze", ["shares", "rows"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "nearest_mean",
        [helper.make_tensor_value_info("descriptors", TensorProto.FLOAT, ["N", _EXTRACTOR.dimension])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, len(LABELS)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
