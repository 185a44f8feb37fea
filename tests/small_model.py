"""A small model that tells drawn circles from letters from stripes: a real bundle, written in a moment."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bundle.folder import file_digest
from bundle.manifest import Component, Manifest, TrainingData
from vision.extractors import create_extractor

LABELS = ("circles", "letters", "stripes")
SHARPNESS = 60.0


def drawn(label: str, seed: int) -> np.ndarray:
    """A picture of one kind, uint8 (240, 320, 3)."""
    rng = np.random.default_rng(seed)
    picture = np.full((240, 320, 3), 200, np.uint8)
    for _ in range(25):
        x, y = (int(value) for value in rng.integers((0, 0), (320, 240)))
        grey = int(rng.integers(0, 120))
        if label == "circles":
            cv2.circle(picture, (x, y), int(rng.integers(6, 20)), (grey, grey, grey), -1)
        elif label == "letters":
            text = "".join(chr(int(code)) for code in rng.integers(65, 90, 3))
            cv2.putText(picture, text, (x - 30, y), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (grey, grey, grey), 2)
        else:
            cv2.rectangle(picture, (x, 0), (x + 5, 239), (grey, grey, grey), -1)
            cv2.rectangle(picture, (0, y), (319, y + 5), (grey, grey, grey), -1)
    return picture


def classifier_graph(means: np.ndarray) -> onnx.ModelProto:
    """Mean descriptor to the nearest of the labels' means, as a softmax of negative distances."""
    weights = (2 * SHARPNESS * means.T).astype(np.float32)
    bias = (-SHARPNESS * (means**2).sum(axis=1)).astype(np.float32)
    nodes = [
        helper.make_node("ReduceSum", ["descriptors", "axis"], ["sum"], keepdims=1),
        helper.make_node("Shape", ["descriptors"], ["count"], end=1),
        helper.make_node("Max", ["count", "one"], ["divisor"]),
        helper.make_node("Cast", ["divisor"], ["divisor_f"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["sum", "divisor_f"], ["mean"]),
        helper.make_node("Gemm", ["mean", "weights", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([0], np.int64), "axis"),
        numpy_helper.from_array(np.array([1], np.int64), "one"),
        numpy_helper.from_array(weights, "weights"),
        numpy_helper.from_array(bias, "bias"),
    ]
    graph = helper.make_graph(
        nodes,
        "nearest_mean",
        [helper.make_tensor_value_info("descriptors", TensorProto.FLOAT, ["n", 128])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, len(LABELS)])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def write_bundle(root: Path, name: str, version: int) -> None:
    """A bundle that tells circles from letters from stripes. Its package for the phone is noise."""
    extractor = create_extractor("rootsift", {})
    means = np.stack(
        [
            np.concatenate(
                [extractor.extract(drawn(label, seed)).descriptors.astype(np.float32) for seed in range(3)]
            ).mean(axis=0)
            for label in LABELS
        ]
    )
    folder = root / name / str(version)
    package = folder / "model.mlpackage" / "Data"
    package.mkdir(parents=True)
    (package / "weights.bin").write_bytes(np.random.default_rng(0).bytes(600_000))
    onnx.save(classifier_graph(means), folder / "classifier.onnx")
    manifest = Manifest(
        name=name,
        version=version,
        created=datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
        recipe={},
        extractor=Component(name="rootsift", parameters=dict(extractor.parameters)),
        features="local",
        dimension=128,
        encoder=Component(name="mean"),
        classifier=Component(name="nearest_mean"),
        labels=LABELS,
        calibration="none",
        threshold=0.6,
        metrics={"accuracy": 0.9},
        training_data=TrainingData(fingerprint=hashlib.sha256(b"").hexdigest(), pictures=9, groups=9),
        seed=0,
        versions={},
        files={
            str(path.relative_to(folder)): file_digest(path)
            for path in (folder / "classifier.onnx", package / "weights.bin")
        },
    )
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")


@dataclass(frozen=True)
class Place:
    """Where a test works: models, and a labelled folder of pictures that the model has not seen."""

    models: Path
    photos: Path

    def photo(self, label: str) -> str:
        """One of the pictures."""
        return str(self.photos / label / "100.jpg")


def make_place(root: Path) -> Place:
    """Writes model and pictures below a folder."""
    write_bundle(root / "models", "shapes", 1)
    for label in LABELS:
        (root / "photos" / label).mkdir(parents=True)
        for seed in (100, 101):
            encoded = cv2.imencode(".jpg", drawn(label, seed))[1]
            (root / "photos" / label / f"{seed}.jpg").write_bytes(encoded.tobytes())
    return Place(root / "models", root / "photos")
