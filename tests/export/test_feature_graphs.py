"""Feature graphs on the phone: each becomes a Core ML model over a picture with the same features."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from skimage import data as photographs

from lienzo_coreml.conversion import convert
from lienzo_coreml.interface import ImageInput
from lienzo_coreml.interpreter import load_model
from lienzo_coreml.storage import save_package
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.registry import create_graph_extractor, graph_extractor_names
from vision.extractors import Parameter
from vision.graph import FeatureGraph

pytestmark = pytest.mark.slow

SMALL: dict[str, Parameter] = {"side_px": 64}
# Chooses another part of a graph, or keeps it smaller still; every other extractor is converted with SMALL.
OTHER_SETTINGS: dict[str, list[Mapping[str, Parameter]]] = {
    "dense_sift": [SMALL, {"side_px": 128, "crop": "picture", "cells_px": [16]}],
    "hog": [{**SMALL, "cell_px": 8}],
    "lbp": [
        {**SMALL, "radii_px": [2]},
        {**SMALL, "radii_px": [1], "patterns": "rotation_invariant"},
    ],
    "color_histogram": [
        {**SMALL, "space": "lab", "axes": 2},
        {**SMALL, "space": "hsv", "grid": 2},
    ],
    "ink": [{}, {"centre": False, "threshold": "half", "counts": "dark"}],
    "binary_pixels": [{**SMALL, "border": "trim"}],
}
SETTINGS = [
    *((name, each) for name in graph_extractor_names() for each in OTHER_SETTINGS.get(name, [SMALL])),
    ("color_moments+hog", {"border": "trim", "color_moments.side_px": 32, "hog.side_px": 64}),
]


def features_only(extractor: GraphExtractor) -> onnx.ModelProto:
    """The graph without its second output, keypoints, as it is joined with a classifier."""
    model = extractor.model()
    if len(model.graph.output) > 1:
        kept = [node for node in model.graph.node if "keypoints" not in node.output]
        del model.graph.node[:], model.graph.output[1]
        model.graph.node.extend(kept)
    return model


@pytest.mark.parametrize(("name", "parameters"), SETTINGS)
def test_core_ml_has_the_same_features(
    name: str, parameters: Mapping[str, Parameter], tmp_path: Path
) -> None:
    extractor = create_graph_extractor(name, parameters)
    save_package(convert(features_only(extractor), image_input=ImageInput("image")), tmp_path / "m.mlpackage")
    photo = np.ascontiguousarray(photographs.astronaut()[:400])
    square = FeatureGraph.load(extractor.model().SerializeToString()).fitted(photo)
    [found] = load_model(tmp_path / "m.mlpackage").predict({"image": square}).values()
    expected = np.asarray(extractor.extract(photo).rows, np.float32)
    different = np.abs(np.asarray(found) - expected) > 1e-5 * max(1.0, float(expected.max()))
    # A number on the border of rounding or of a bin may fall to the other side.
    assert different.mean() < 1e-3


@pytest.mark.parametrize("name", ["lbp", "binary_pixels", "ink"])
def test_what_compares_pixels_has_exactly_the_same_features_even_of_noise(name: str, tmp_path: Path) -> None:
    extractor = create_graph_extractor(name, {"side_px": 256, "border": "trim"})
    save_package(convert(features_only(extractor), image_input=ImageInput("image")), tmp_path / "m.mlpackage")
    phone = load_model(tmp_path / "m.mlpackage")
    server = FeatureGraph.load(extractor.model().SerializeToString())
    for seed in range(8):
        random = np.random.default_rng(seed)
        noise = random.integers(0, 256, (*random.integers(200, 500, 2), 3), np.uint8)
        noise[: 9 * seed] = 255
        [found] = phone.predict({"image": server.fitted(noise)}).values()
        np.testing.assert_array_equal(np.asarray(found), np.asarray(extractor.extract(noise).rows))
