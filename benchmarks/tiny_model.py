"""A small but real model bundle without training: nearest mean descriptor as one ONNX graph.

It tells drawn patterns apart, answers a blank picture, and is made in a second, which is what tests of
serving and measurements of its overhead need.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bundle import layout
from bundle.folder import file_digest
from bundle.manifest import Component, Manifest, TrainingData
from vision.extractors import Parameter, create_extractor

LABELS = ("circles", "grid", "strokes")
SHARPNESS = 150.0
"""Factor before the softmax: high enough for a drawn pattern to be told with certainty."""


def draw(label: str, seed: int = 0, size: tuple[int, int] = (320, 240)) -> NDArray[np.uint8]:
    """A picture of one of `LABELS`, or of noise for any other label.

    Returns:
        uint8, BGR, shape (height, width, 3).
    """
    random = np.random.default_rng(seed)
    width, height = size
    canvas = np.full((height, width, 3), 235, np.uint8)
    scale = max(1, width // 160)
    for _ in range(40):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        color = tuple(int(value) for value in random.integers(0, 200, 3))
        if label == "circles":
            cv2.circle(canvas, (x, y), int(random.integers(4, 14)) * scale, color, -1)
        elif label == "grid":
            side = int(random.integers(6, 20)) * scale
            cv2.rectangle(canvas, (x, y), (x + side, y + side), color, -1)
        elif label == "strokes":
            end = (x + int(random.integers(-40, 40)) * scale, y + int(random.integers(-40, 40)) * scale)
            cv2.line(canvas, (x, y), end, color, scale)
        else:
            canvas = np.asarray(random.integers(0, 256, canvas.shape), np.uint8)
    return canvas


def jpeg(pixels: NDArray[np.uint8], quality: int = 90) -> bytes:
    """A picture as a JPEG file."""
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def write_tiny_bundle(
    root: Path,
    name: str = "patterns",
    version: int = 1,
    *,
    labels: Sequence[str] = LABELS,
    extractor_parameters: Mapping[str, int] | None = None,
) -> Path:
    """Writes a bundle as making does: a temporary folder, then one rename.

    Args:
        root: The model repository.
        name: Of the model.
        version: Of the model.
        labels: What the model calls circles, grid and strokes, in this order.
        extractor_parameters: What differs from the defaults of RootSIFT.

    Returns:
        The bundle's folder.
    """
    extractor = create_extractor("rootsift", dict(extractor_parameters or {}))
    folder, final = root / name / f".writing-{version}", root / name / str(version)
    folder.mkdir(parents=True)
    onnx.save(
        _graph(_mean_descriptors(extractor.name, tuple(extractor.parameters.items()))),
        str(folder / layout.CLASSIFIER),
    )
    manifest = Manifest(
        name=name,
        version=version,
        created=datetime.datetime.now(datetime.UTC),
        recipe={"name": "tiny"},
        extractor=Component(name=extractor.name, parameters=dict(extractor.parameters)),
        features="local",
        dimension=extractor.dimension,
        encoder=Component(name="mean"),
        classifier=Component(name="nearest_mean"),
        labels=tuple(labels),
        calibration="none",
        threshold=0.7,
        metrics={"accuracy": 1.0},
        training_data=TrainingData(fingerprint="0" * 64, pictures=len(LABELS), groups=len(LABELS)),
        seed=0,
        versions={"onnx": onnx.__version__},
        files={layout.CLASSIFIER: file_digest(folder / layout.CLASSIFIER)},
    )
    (folder / layout.MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    return folder.rename(final)


@functools.cache
def _mean_descriptors(name: str, parameters: tuple[tuple[str, Parameter], ...]) -> NDArray[np.float32]:
    """Mean descriptor of every pattern, L2-normalised: shape (labels, dimension)."""
    extractor = create_extractor(name, dict(parameters))
    means = []
    for label in LABELS:
        pictures = [draw(label, seed)[..., ::-1].copy() for seed in range(100, 106)]
        found = [extractor.extract(picture).descriptors for picture in pictures]
        mean = np.concatenate(found).astype(np.float32).mean(axis=0)
        means.append(mean / np.linalg.norm(mean))
    return np.stack(means).astype(np.float32)


def _graph(means: NDArray[np.float32]) -> Any:
    """Descriptors (N, dimension) → sum → unit length → cosine to every mean → softmax; N may be 0."""
    count, dimension = means.shape
    centred = means - means.mean(axis=0)
    constants = [
        numpy_helper.from_array((SHARPNESS * centred.T).astype(np.float32), "weights"),
        numpy_helper.from_array(np.array([0], np.int64), "rows"),
        numpy_helper.from_array(np.array([1], np.int64), "columns"),
        numpy_helper.from_array(np.array(1e-6, np.float32), "tiny"),
    ]
    nodes = [
        helper.make_node("ReduceSum", ["descriptors", "rows"], ["sum"], keepdims=1),
        helper.make_node("ReduceL2", ["sum", "columns"], ["length"], keepdims=1),
        helper.make_node("Max", ["length", "tiny"], ["divisor"]),
        helper.make_node("Div", ["sum", "divisor"], ["unit"]),
        helper.make_node("MatMul", ["unit", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "nearest_mean",
        [helper.make_tensor_value_info("descriptors", TensorProto.FLOAT, ["N", dimension])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, count])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model
