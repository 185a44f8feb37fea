"""Cropping a photo to the picture that hangs in it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as pictures

from training.augmentation.photographs import Photograph, photographed
from training.graphs.extractors.localiser import fixed_localiser
from training.graphs.extractors.picture import PictureGraph, add_planes
from training.graphs.extractors.registry import create_graph_extractor
from training.localisation.boxes import found_boxes
from training.localisation.examples import box_of, looked_at
from vision.errors import InvalidExtractorParameter
from vision.extractors import LocalFeatures
from vision.graph import FeatureGraph, stretched

SETTINGS = {"crop": "picture", "cells_px": [16, 24]}


@pytest.fixture(scope="module")
def photos() -> list[Photograph]:
    """Photographs of pictures that the localiser was not trained on: drawn stripes and letters."""
    shown = np.stack([pictures.text()[:, :384], pictures.page()[:172]])[..., None].repeat(3, axis=-1)
    tinted = [np.clip(each * np.array([1.0, 0.8, 0.6]), 0, 255).astype(np.uint8) for each in shown]
    rng = np.random.default_rng(3)
    return [photographed(tinted[number % 2], rng, 512) for number in range(24)]


def overlaps(found: NDArray[np.float32], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    near, far = np.maximum(found[:, :2], wanted[:, :2]), np.minimum(found[:, 2:], wanted[:, 2:])
    both = np.maximum(far - near, 0).prod(axis=1)
    areas = [(each[:, 2:] - each[:, :2]).prod(axis=1) for each in (found, wanted)]
    return np.asarray(both / (areas[0] + areas[1] - both), np.float64)


def described(parameters: dict[str, object], pixels: NDArray[np.uint8]) -> LocalFeatures:
    features = create_graph_extractor("dense_sift", parameters).extract(pixels)  # type: ignore[arg-type]
    assert isinstance(features, LocalFeatures)
    return features


def test_pictures_on_walls_are_found(photos: list[Photograph]) -> None:
    found = found_boxes(fixed_localiser(), np.stack([looked_at(each.pixels) for each in photos]))
    assert overlaps(found, np.array([box_of(each) for each in photos])).mean() > 0.7


def test_a_picture_that_fills_the_photo_stays_nearly_whole() -> None:
    whole = [pictures.astronaut(), pictures.chelsea(), pictures.coffee(), pictures.retina()]
    found = found_boxes(fixed_localiser(), np.stack([looked_at(each) for each in whole]))
    assert overlaps(found, np.array([[0.0, 0, 1, 1]] * 4)).min() > 0.8


def test_a_photo_is_described_as_its_picture_is(photos: list[Photograph]) -> None:
    nearer = []
    for photo in photos:
        height, width = photo.pixels.shape[:2]
        left, top, right, bottom = np.round(box_of(photo) * [width, height, width, height]).astype(int)
        picture = described({"cells_px": [24]}, photo.pixels[top:bottom, left:right]).descriptors
        distances = [
            np.linalg.norm(
                described(SETTINGS | {"cells_px": [24], **each}, photo.pixels).descriptors
                - picture.astype(np.float64)
            )
            for each in ({}, {"crop": "none"})
        ]
        nearer.append(distances[0] < distances[1])
    assert np.mean(nearer) > 0.9


def test_keypoints_lie_in_the_photo_where_the_picture_hangs() -> None:
    photo = np.full((300, 600, 3), 200, np.uint8)
    photo[60:240, 330:570] = pictures.coffee()[:360:2, :480:2]
    x, y, size, _ = described(SETTINGS, photo).keypoints.T
    whole = described(SETTINGS | {"crop": "none"}, photo).keypoints
    assert 300 < x.min() < x.max() < 600
    assert 30 < y.min() < y.max() < 270
    assert size.max() < whole[:, 2].max() / 1.5


@pytest.mark.parametrize("crop", ["none", "picture"])
@pytest.mark.parametrize("name", ["dense_sift", "dense_sift+color_moments"])
def test_keypoints_lie_in_the_photo_where_its_border_is_trimmed(name: str, crop: str) -> None:
    photo = np.full((300, 600, 3), 200, np.uint8)
    photo[60:240, 330:570] = pictures.coffee()[:360:2, :480:2]
    prefix = "dense_sift." if "+" in name else ""
    settings = {"border": "trim", f"{prefix}crop": crop, f"{prefix}cells_px": [16, 24]}
    features = create_graph_extractor(name, settings).extract(photo)  # type: ignore[arg-type]
    assert isinstance(features, LocalFeatures)
    x, y, size, _ = features.keypoints.T
    assert 330 < x.min() < x.max() < 570
    assert 60 < y.min() < y.max() < 240
    assert size.max() < 1.01 * 16 * (240 * 180) ** 0.5 / 256


def test_joined_extractors_place_keypoints_likewise() -> None:
    photo = np.full((256, 512, 3), 200, np.uint8)
    photo[50:200, 270:490] = pictures.coffee()[:300:2, :440:2]
    joined = create_graph_extractor(
        "dense_sift+color_moments", {"dense_sift.crop": "picture", "color_moments.side_px": 32}
    ).extract(photo)
    assert isinstance(joined, LocalFeatures)
    np.testing.assert_allclose(joined.keypoints, described({"crop": "picture"}, photo).keypoints, rtol=1e-5)


def test_sums_are_exact_in_single_precision() -> None:
    localiser = fixed_localiser()
    for number, (weights, biases) in enumerate(zip(localiser.weights, localiser.biases, strict=True)):
        sums = np.abs(weights.astype(np.int64)).reshape(len(weights), -1).sum(axis=1)
        assert (sums * 255 + np.abs(biases.astype(np.int64))).max() < 2**24, f"layer {number}"


@pytest.mark.parametrize("side_px", [100, 192])
def test_a_side_that_is_not_reduced_exactly_is_refused(side_px: int) -> None:
    with pytest.raises(InvalidExtractorParameter, match=rf"crop.*64, 128, 256, 512 or 1024, not {side_px}"):
        create_graph_extractor("dense_sift", {"crop": "picture", "side_px": side_px})


def test_one_network_serves_descriptors_and_keypoints() -> None:
    model = create_graph_extractor("dense_sift", SETTINGS).model()  # type: ignore[arg-type]
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    plain = create_graph_extractor("dense_sift", SETTINGS | {"crop": "none"}).model()  # type: ignore[arg-type]
    assert len(convolutions) == 4 + sum(node.op_type == "Conv" for node in plain.graph.node)


def test_plain_and_tiny_photos_have_a_box() -> None:
    for pixels in (np.zeros((4, 4, 3), np.uint8), np.full((1, 900, 3), 255, np.uint8)):
        assert np.isfinite(described(SETTINGS, pixels).keypoints).all()


def test_other_sides_are_reduced_to_the_same_look() -> None:
    photo = np.full((256, 256, 3), 180, np.uint8)
    photo[40:200, 90:230] = pictures.coffee()[:320:2, :280:2]
    boxes = []
    for side in (128, 256):
        graph = PictureGraph("test")
        planes = add_planes(graph, "image")
        graph.add("Identity", fixed_localiser().add_box(graph, planes, side), output="keypoints")
        graph.add("Identity", graph.number(np.zeros((1, 1))), output="descriptors")
        model = graph.model({"image": [1, side, side, 3]}, {"descriptors": [1, 1], "keypoints": [4]})
        model.graph.input[0].type.tensor_type.elem_type = 2
        square = stretched(photo, side)[None]
        boxes.append(
            FeatureGraph.load(model.SerializeToString()).session.run(["keypoints"], {"image": square})[0]
            / side
        )
    np.testing.assert_allclose(*boxes, atol=0.02)
