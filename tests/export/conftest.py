"""Two small bundles, made of pictures that are drawn here: one with descriptors, one with a feature graph."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import compose
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

from bundle import layout
from bundle.manifest import Component
from tests.export.pairs import CLASSIFIERS, ENCODERS, fit_pair, train_pair
from tests.support.bundle import describe, write_files
from training.graphs.builder import IR_VERSION, ML_OPSET, OPSET
from training.graphs.encoders.bovw import build_bovw
from training.graphs.extractors.dense_sift import DenseSift
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from vision.extractors import create_extractor

# coremltools has no build for the newest Python: what needs it is not collected there.
if find_spec("coremltools") is None:
    collect_ignore_glob = ["coreml", "phone", "test_*graph*", "test_pyramid*"]

LABELS = ("checks", "stripes", "dots")


def draw(label: str, seed: int, side: int = 160) -> NDArray[np.uint8]:
    """A noisy pattern, uint8 RGB."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] + random.integers(0, 20)
    size = random.integers(9, 14)
    if label == "checks":
        ink = (x // size + y // size) % 2
    elif label == "stripes":
        ink = ((x + y) // size) % 2
    else:
        ink = ((x % (2 * size) - size) ** 2 + (y % (2 * size) - size) ** 2 < (size * 0.6) ** 2).astype(int)
    picture = ink[..., None] * np.array([180, 150, 120]) + 40 + random.normal(0, 6, (side, side, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def build_classifier(per_picture: list[NDArray[np.float32]], targets: list[int]) -> onnx.ModelProto:
    """`classifier.onnx`: a bag of 24 visual words and logistic regression."""
    everything = np.concatenate(per_picture)
    random = np.random.default_rng(0)
    codebook = everything[random.choice(len(everything), 24, replace=False)].round().astype(np.float32)
    nearest = [((rows[:, None] - codebook) ** 2).sum(2).argmin(1) for rows in per_picture]
    counts = np.array([np.bincount(words, minlength=24) / max(len(words), 1) for words in nearest])
    estimator = LogisticRegression(C=50).fit(np.sqrt(counts), targets)
    head = to_onnx(
        estimator,
        initial_types=[("features", FloatTensorType([1, 24]))],
        options={"zipmap": False},
        target_opset={"": OPSET, "ai.onnx.ml": ML_OPSET},
    )
    head.ir_version = IR_VERSION
    head = compose.add_prefix(head, "head.", rename_outputs=False)
    encoder = build_bovw(codebook, "hellinger")
    merged = compose.merge_models(encoder, head, io_map=[("features", "head.features")])
    del merged.graph.output[0]  # the label
    return merged


def write(folder: Path, files: dict[str, bytes], extractor: Component, dimension: int) -> Path:
    manifest = describe(
        files,
        extractor=extractor,
        dimension=dimension,
        classifier=Component(name="logistic_regression"),
        labels=LABELS,
    )
    return write_files(folder, {**files, layout.MANIFEST: manifest.to_json().encode()})


def train(extract: Callable[[NDArray[np.uint8]], NDArray[np.float32]]) -> onnx.ModelProto:
    drawn = [(extract(draw(label, seed)), i) for i, label in enumerate(LABELS) for seed in range(6)]
    return build_classifier([rows for rows, _ in drawn], [target for _, target in drawn])


@pytest.fixture(scope="session")
def fitted(image_set: ImageSet, new_cache: Callable[[], Path]) -> Callable[[str, str], TrainedModel]:
    """Fits an encoder's and a classifier's table of a recipe on the photographs, each pair once."""

    cache = new_cache()

    @functools.cache
    def trained(kind: str) -> TrainedModel:
        return train_pair(image_set, kind, CLASSIFIERS[0], cache)

    @functools.cache
    def fit(encoder: str, classifier: str) -> TrainedModel:
        kind = encoder if "pyramid" in encoder else ENCODERS[0]  # a pyramid is trained on positions, too
        return fit_pair(trained(kind), image_set, encoder, classifier)

    return fit


@pytest.fixture
def samples() -> list[tuple[str, NDArray[np.uint8]]]:
    return [(f"{label} {seed}", draw(label, seed)) for label in LABELS for seed in (50, 51)]


@pytest.fixture
def descriptor_bundle(tmp_path: Path) -> Path:
    extractor = create_extractor("rootsift", {"max_keypoints": 200})
    model = train(lambda pixels: np.asarray(extractor.extract(pixels).rows, np.float32))
    component = Component(name=extractor.name, parameters=dict(extractor.parameters))
    files = {layout.CLASSIFIER: model.SerializeToString(deterministic=True)}
    return write(tmp_path / "models" / "patterns" / "1", files, component, extractor.dimension)


@pytest.fixture
def picture_bundle(tmp_path: Path) -> Path:
    extractor = DenseSift(side_px=96, cells_px=(8,))
    model = train(lambda pixels: np.asarray(extractor.extract(pixels).rows, np.float32))
    component = Component(name=extractor.name, parameters=dict(extractor.parameters))
    files = {
        layout.CLASSIFIER: model.SerializeToString(deterministic=True),
        layout.FEATURES: extractor.model().SerializeToString(deterministic=True),
    }
    return write(tmp_path / "models" / "patterns" / "1", files, component, extractor.dimension)
