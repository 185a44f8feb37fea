from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from vision.errors import ExtractorNotInstalled, InvalidExtractorParameter, UnknownExtractor
from vision.extractors import create_extractor, extractor_names


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    return np.ascontiguousarray(photographs.astronaut()[:320, :300], np.uint8)


@pytest.mark.parametrize("name", extractor_names())
def test_extracts_descriptors_at_places_inside_the_picture(name: str, photo: NDArray[np.uint8]) -> None:
    extractor = create_extractor(name)
    features = extractor.extract(photo)
    assert 20 < len(features) <= 500
    assert features.descriptors.shape == (len(features), extractor.dimension)
    assert features.descriptors.dtype == (np.float32 if extractor.descriptor_type == "float32" else np.uint8)
    height, width, _ = photo.shape
    x, y, size, angle = features.keypoints.T
    assert x.min() >= 0
    assert x.max() <= width
    assert y.min() >= 0
    assert y.max() <= height
    assert size.min() > 0
    assert ((angle == -1) | ((angle >= 0) & (angle <= 360))).all()


@pytest.mark.parametrize("name", extractor_names())
def test_finds_nothing_on_a_blank_picture(name: str) -> None:
    features = create_extractor(name).extract(np.full((100, 80, 3), 200, np.uint8))
    assert features.descriptors.shape == (0, create_extractor(name).dimension)
    assert features.keypoints.shape == (0, 4)


@pytest.mark.parametrize("name", extractor_names())
def test_survives_a_picture_of_a_few_pixels(name: str) -> None:
    assert len(create_extractor(name).extract(np.zeros((1, 1, 3), np.uint8))) == 0
    create_extractor(name).extract(np.random.default_rng(0).integers(0, 256, (16, 17, 3), np.uint8))


@pytest.mark.parametrize("name", extractor_names())
def test_answers_the_same_from_several_threads(name: str, photo: NDArray[np.uint8]) -> None:
    extractor = create_extractor(name, {"max_side_px": 160})
    alone = extractor.extract(photo)
    with ThreadPoolExecutor(4) as pool:
        for features in pool.map(extractor.extract, [photo] * 4):
            np.testing.assert_array_equal(features.descriptors, alone.descriptors)


def test_keypoints_are_in_pixels_of_the_picture_given(photo: NDArray[np.uint8]) -> None:
    reduced = create_extractor("sift", {"max_side_px": 256}).extract(photo)
    assert reduced.keypoints[:, 0].max() > 256


def test_rootsift_is_the_root_of_sift_times_512(photo: NDArray[np.uint8]) -> None:
    plain = create_extractor("sift").extract(photo).descriptors.astype(np.float64)
    rooted = create_extractor("rootsift").extract(photo).descriptors
    expected = 512 * np.sqrt(plain / plain.sum(axis=1, keepdims=True))
    assert np.abs(rooted - np.minimum(expected, 255)).max() <= 0.501


def test_describes_itself_completely() -> None:
    extractor = create_extractor("rootsift", {"max_keypoints": "300", "sigma": 2})
    assert json.loads(json.dumps(dict(extractor.parameters)))["max_keypoints"] == 300
    again = create_extractor(extractor.name, extractor.parameters)
    assert again.parameters == extractor.parameters
    assert isinstance(again.parameters["sigma"], float)
    assert extractor.description.endswith(".")


def test_names_an_unknown_extractor() -> None:
    with pytest.raises(UnknownExtractor, match=r'no extractor "shift". There are: .*rootsift'):
        create_extractor("shift")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"keypoints": 5}, "rootsift: keypoints is not a parameter. There are: max_side_px"),
        ({"max_side_px": 5}, "max_side_px is a whole number from 32 to 4096, not 5"),
        ({"max_side_px": "wide"}, 'max_side_px is a whole number, not "wide"'),
        ({"max_side_px": 480.5}, "max_side_px is a whole number, not 480.5"),
        ({"sigma": "nan"}, "sigma is a number from 0.1 to 10.0, not nan"),
        ({"sigma": True}, "sigma is a number, not True"),
    ],
)
def test_refuses_a_wrong_parameter_by_name(parameters: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidExtractorParameter, match=sentence.replace(".", r"\.")):
        create_extractor("rootsift", parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", extractor_names())
def test_returns_at_most_as_many_keypoints_as_asked_for(name: str, photo: NDArray[np.uint8]) -> None:
    features = create_extractor(name, {"max_keypoints": 40}).extract(photo)
    assert 5 < len(features) <= 40
    assert len(features.descriptors) == len(features.keypoints)


@pytest.mark.parametrize("name", extractor_names())
def test_finds_the_same_places_again_in_other_light(name: str, photo: NDArray[np.uint8]) -> None:
    darker = np.asarray(np.rint(photo * 0.8 + 10), np.uint8)
    extractor = create_extractor(name)
    first, again = extractor.extract(photo), extractor.extract(darker)
    norm = cv2.NORM_HAMMING if extractor.descriptor_type == "binary" else cv2.NORM_L2
    matches = cv2.BFMatcher(norm, crossCheck=True).match(first.descriptors, again.descriptors)
    moved = [
        np.abs(first.keypoints[each.queryIdx, :2] - again.keypoints[each.trainIdx, :2]).max()
        for each in matches
    ]
    assert len(matches) > 0.5 * len(first)
    assert np.mean(np.array(moved) < 3) > 0.7


BINARY = [name for name in extractor_names() if create_extractor(name).descriptor_type == "binary"]


@pytest.mark.parametrize("name", BINARY)
def test_binary_descriptors_are_packed_bits(name: str, photo: NDArray[np.uint8]) -> None:
    assert {"akaze", "brief", "brisk", "freak", "orb"} <= set(BINARY)
    extractor = create_extractor(name)
    bits = np.unpackbits(extractor.extract(photo).descriptors, axis=1)
    assert bits.shape[1] == 8 * extractor.dimension
    assert 0.2 < bits.mean() < 0.8


@pytest.mark.parametrize("shape", [(480, 1), (15, 300), (480, 16), (31, 33)])
@pytest.mark.parametrize("name", extractor_names())
def test_survives_strips(name: str, shape: tuple[int, int]) -> None:
    strip = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    features = create_extractor(name).extract(strip)
    assert np.isfinite(features.descriptors).all()


def test_surf_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.extractors.surf.find_spec", lambda name: None)
    assert "surf" not in extractor_names()
    with pytest.raises(ExtractorNotInstalled, match=r"needs mahotas.*pip install lienzo\[surf\]"):
        create_extractor("surf")


@pytest.mark.parametrize("name", ["rootsift", "orb", "kaze"])
def test_descriptors_can_end_in_their_place(name: str) -> None:
    photo = np.ascontiguousarray(photographs.astronaut()[:300, :400])
    plain, placed = create_extractor(name), create_extractor(name, {"places": "append"})
    assert "places" not in plain.parameters
    assert create_extractor(name, placed.parameters) == placed
    found, with_places = plain.extract(photo), placed.extract(photo)
    np.testing.assert_array_equal(with_places.descriptors[:, :-2], found.descriptors)
    expected = np.floor((found.keypoints[:, :2] + 0.5) * 256 / (400, 300))
    np.testing.assert_array_equal(with_places.descriptors[:, -2:], expected)
    assert placed.extract(np.full((60, 60, 3), 9, np.uint8)).descriptors.shape == (0, placed.dimension)


def test_places_are_appended_or_not() -> None:
    with pytest.raises(InvalidExtractorParameter, match="places is one of none, append, not 3"):
        create_extractor("sift", {"places": 3})
