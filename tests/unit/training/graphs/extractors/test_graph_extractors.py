from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from training.graphs.extractors.registry import create_graph_extractor, graph_extractor_names
from vision.errors import InvalidExtractorParameter, InvalidFeatureGraph, UnknownExtractor
from vision.extractors import GlobalFeatures, LocalFeatures
from vision.graph import FeatureGraph

NAMES = [*graph_extractor_names(), "color_moments+lbp+hog"]


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    return np.ascontiguousarray(photographs.astronaut()[:400, 20:500])


def numbers_of(features: LocalFeatures | GlobalFeatures) -> NDArray[np.generic]:
    return features.values if isinstance(features, GlobalFeatures) else features.descriptors


@pytest.mark.parametrize("name", NAMES)
def test_describes_a_picture_as_announced(name: str, photo: NDArray[np.uint8]) -> None:
    extractor = create_graph_extractor(name)
    features = extractor.extract(photo)
    numbers = numbers_of(features)
    assert np.isfinite(numbers).all()
    assert numbers.any()
    if extractor.kind == "global":
        assert numbers.shape == (extractor.dimension,)
        assert numbers.dtype == np.float32
    else:
        assert isinstance(features, LocalFeatures)
        assert numbers.shape == (len(features), extractor.dimension)
        assert numbers.dtype == (np.uint8 if extractor.descriptor_type == "uint8" else np.float32)


@pytest.mark.parametrize("border", ["keep", "trim"])
@pytest.mark.parametrize("name", NAMES)
def test_has_finite_features_of_plain_and_tiny_pictures(name: str, border: str) -> None:
    extractor = create_graph_extractor(name, {"border": border})
    for pixels in (np.zeros((1, 1, 3), np.uint8), np.full((30, 90, 3), 255, np.uint8)):
        assert np.isfinite(numbers_of(extractor.extract(pixels))).all()


@pytest.mark.parametrize("name", NAMES)
def test_is_one_graph_that_is_the_same_every_time(name: str, photo: NDArray[np.uint8]) -> None:
    extractor = create_graph_extractor(name)
    first, again = (extractor.model().SerializeToString(deterministic=True) for _ in range(2))
    assert first == again
    model = onnx.load_from_string(first)
    assert [each.name for each in model.graph.input] == ["image"]
    assert model.graph.output[0].name == ("features" if extractor.kind == "global" else "descriptors")
    loaded = FeatureGraph.load(first)
    assert loaded.dimension == extractor.dimension
    assert loaded.max_side_px == extractor.max_side_px
    np.testing.assert_array_equal(numbers_of(loaded.extract(photo)), numbers_of(extractor.extract(photo)))


@pytest.mark.parametrize("name", NAMES)
def test_can_be_made_again_from_what_it_says_about_itself(name: str) -> None:
    extractor = create_graph_extractor(name)
    got = json.loads(json.dumps(dict(extractor.parameters)))
    again = create_graph_extractor(extractor.name, got)
    assert again == extractor
    assert again.parameters == extractor.parameters
    assert extractor.description.endswith(".")


def test_answers_the_same_from_several_threads(photo: NDArray[np.uint8]) -> None:
    extractor = create_graph_extractor("hog")
    alone = numbers_of(extractor.extract(photo))
    with ThreadPoolExecutor(4) as pool:
        for features in pool.map(extractor.extract, [photo] * 8):
            np.testing.assert_array_equal(numbers_of(features), alone)


@pytest.mark.parametrize("name", ["hog", "lbp", "color_histogram"])
def test_a_plain_border_can_be_left_out(name: str, photo: NDArray[np.uint8]) -> None:
    framed = np.full((480, 480, 3), 255, np.uint8)
    framed[40:440] = photo
    trimmed = create_graph_extractor(name, {"border": "trim", "side_px": 128})
    kept = create_graph_extractor(name, {"side_px": 128})
    plain = numbers_of(kept.extract(photo)).astype(np.float64)

    def distance(features: LocalFeatures | GlobalFeatures) -> float:
        return float(np.abs(numbers_of(features) - plain).sum() / np.abs(plain).sum())

    assert distance(trimmed.extract(framed)) < 0.6 * distance(kept.extract(framed))


def test_a_picture_without_a_border_is_not_trimmed(photo: NDArray[np.uint8]) -> None:
    kept, trimmed = (create_graph_extractor("pixels", {"border": each}) for each in ("keep", "trim"))
    np.testing.assert_allclose(numbers_of(trimmed.extract(photo)), numbers_of(kept.extract(photo)), atol=1e-5)


def test_joins_extractors_end_to_end(photo: NDArray[np.uint8]) -> None:
    joined = create_graph_extractor("color_moments+hog", {"hog.cell_px": 32, "color_moments.grid": 2})
    parts = [
        create_graph_extractor("color_moments", {"grid": 2}),
        create_graph_extractor("hog", {"cell_px": 32}),
    ]
    expected = np.concatenate([numbers_of(each.extract(photo)) for each in parts])
    np.testing.assert_allclose(numbers_of(joined.extract(photo)), expected, atol=1e-6)


def test_joins_extractors_that_look_at_squares_of_two_sizes() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    joined = create_graph_extractor("pixels+lbp", {"pixels.side_px": 16, "lbp.side_px": 64})
    means = pixels.reshape(16, 4, 16, 4, 3).mean(axis=(1, 3)) @ [0.299, 0.587, 0.114] / 255
    np.testing.assert_allclose(numbers_of(joined.extract(pixels))[:256], means.ravel(), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "parameters", "sentence"),
    [
        ("hog", {"cells": 5}, "hog: cells is not a parameter. There are: side_px, border, cell_px"),
        ("hog", {"side_px": 32, "cell_px": 20}, "cell_px leaves 1 cells a side, and a block has 2"),
        ("lbp", {"radii_px": [1, 99]}, "radii_px is 1 to 8 different whole numbers from 1 to 16"),
        ("lbp", {"grid": 3}, "grid divides side_px (256) into cells of the same size, which 3 does not"),
        ("color_histogram", {"space": "cmyk"}, "space is one of rgb, hsv, lab, not cmyk"),
        (
            "lbp+hog",
            {"grid": 2},
            "lbp+hog: grid is not a parameter. There are: border, and those of lbp, hog",
        ),
        ("lbp+hog", {"hog.side_px": 100}, "hog.side_px divides the largest square (256), which 100 does not"),
        ("lbp+lbp", {}, "extractors are different ones, each named once"),
    ],
)
def test_refuses_what_does_not_go_together(name: str, parameters: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidExtractorParameter) as caught:
        create_graph_extractor(name, parameters)  # type: ignore[arg-type]
    assert sentence in str(caught.value)


def test_names_an_unknown_extractor() -> None:
    with pytest.raises(UnknownExtractor, match=r'no extractor "hogg". There are: .*hog'):
        create_graph_extractor("lbp+hogg")


def test_takes_lists_as_text() -> None:
    assert create_graph_extractor("lbp", {"radii_px": "1, 3"}).parameters["radii_px"] == [1, 3]


def test_refuses_bytes_that_are_no_graph() -> None:
    with pytest.raises(InvalidFeatureGraph, match="cannot be read by onnxruntime"):
        FeatureGraph.load(b"not a model")


def test_refuses_a_graph_over_something_else() -> None:
    model = create_graph_extractor("pixels").model()
    model.graph.input[0].name = "sound"
    model.graph.node[0].input[0] = "sound"
    with pytest.raises(InvalidFeatureGraph, match='must have one input "image"'):
        FeatureGraph.load(model.SerializeToString())
