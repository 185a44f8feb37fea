from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from tests.unit.vision.matching.conftest import Pixels, hung, look
from vision.errors import InvalidExemplars
from vision.extractors import Extractor
from vision.extractors.sift import Sift
from vision.matching import Exemplar, Exemplars, find_agreement, read_exemplars

THERE = np.array([[120, 60], [480, 130], [480, 330], [120, 420]], np.float64)


@pytest.fixture(scope="module")
def exemplars(extractor: Extractor, picture: Pixels, wall: Pixels) -> Exemplars:
    """Label 0 is the picture, as it is and small; label 2 the wall; label 1 has none."""
    small = np.asarray(cv2.resize(picture, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), np.uint8)
    seen = [(0, look(extractor, picture)), (0, look(extractor, small)), (2, look(extractor, wall))]
    return Exemplars(tuple(Exemplar(label, each.features, each.size) for label, each in seen), "uint8")


def test_the_exemplar_that_agrees_most_verifies_a_photo(
    exemplars: Exemplars, extractor: Extractor, picture: Pixels, wall: Pixels
) -> None:
    photo = look(extractor, hung(picture, wall, THERE))
    found = exemplars.verify(0, photo.features, photo.size)
    assert found is not None
    assert found.points >= 20
    assert found.outline is not None
    assert np.abs(found.outline - THERE).max() < 6


def test_only_the_first_exemplars_are_compared_where_so_many_are_enough(
    exemplars: Exemplars, extractor: Extractor, picture: Pixels, wall: Pixels
) -> None:
    photo = look(extractor, hung(picture, wall, THERE))
    shown = exemplars.all[0]
    other = replace(shown, features=Sift.mirrored(shown.features, shown.size_px[0]))
    other_first = Exemplars((other, shown), "uint8")
    alone, every = (other_first.verify(0, photo.features, photo.size, most) for most in (1, None))
    assert alone is not None
    assert every is not None
    assert alone.points < 8 < 20 <= every.points


def test_a_mirrored_photo_is_verified_where_the_extractor_knows_mirrors(
    exemplars: Exemplars, extractor: Extractor, picture: Pixels, wall: Pixels
) -> None:
    photo = look(extractor, np.ascontiguousarray(hung(picture, wall, THERE)[:, ::-1]))
    knows = replace(exemplars, mirror=Sift.mirrored)
    alone, found, few = (
        each.verify(0, photo.features, photo.size, most)
        for each, most in ((exemplars, None), (knows, None), (knows, 2))
    )
    assert alone is not None
    assert found is not None
    assert few is not None
    assert max(alone.points, few.points) < 8 < 20 <= found.points
    assert found.outline is not None
    # From the corner that is the picture's top right to the left, as in the mirror image.
    there = np.array([639, 0]) - THERE[[1, 0, 3, 2]] * [1, -1]
    assert np.abs(found.outline - there).max() < 6


def test_what_is_found_in_a_mirror_image_is_what_its_mirroring_tells(
    extractor: Extractor, picture: Pixels
) -> None:
    plain, seen = look(extractor, picture), look(extractor, np.ascontiguousarray(picture[:, ::-1]))
    got = Sift.mirrored(plain.features, plain.size[0])
    found = find_agreement(got, plain.size, seen.features, seen.size, "uint8")
    assert found.points >= 0.5 * len(got)
    assert found.homography is not None
    np.testing.assert_allclose(found.homography / found.homography[2, 2], np.eye(3), atol=1)  # pixels
    again = Sift.mirrored(got, plain.size[0])
    np.testing.assert_array_equal(again.descriptors, plain.features.descriptors)
    np.testing.assert_allclose(again.keypoints, plain.features.keypoints, atol=1e-3)


def test_another_label_or_one_without_exemplars_verifies_nothing(
    exemplars: Exemplars, extractor: Extractor, picture: Pixels
) -> None:
    photo = look(extractor, picture)
    other = exemplars.verify(2, photo.features, photo.size)
    assert other is not None
    assert other.points < 8
    assert exemplars.verify(1, photo.features, photo.size) is None


def test_what_is_written_is_read_back(exemplars: Exemplars) -> None:
    data = exemplars.to_bytes()
    back = read_exemplars(data, labels=3, dimension=128, kind="uint8")
    assert [each.label for each in back.all] == [0, 0, 2]
    assert [each.size_px for each in back.all] == [(400, 266), (240, 160), (640, 480)]
    for before, after in zip(exemplars.all, back.all, strict=True):
        assert np.array_equal(before.features.descriptors, after.features.descriptors)
        assert np.array_equal(before.features.keypoints, after.features.keypoints)
    assert back.to_bytes() == data


def archive(exemplars: Exemplars, **changes: Any) -> bytes:
    with np.load(io.BytesIO(exemplars.to_bytes())) as stored:
        arrays = {name: stored[name] for name in stored.files} | changes
    stream = io.BytesIO()
    np.savez(stream, **{name: value for name, value in arrays.items() if value is not None})
    return stream.getvalue()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"labels": np.array([0, 0, 3])}, "a label that the model does not have"),
        ({"labels": np.array([0, 0])}, "of different lengths"),
        ({"counts": np.array([10, 10, -20])}, "a count below zero"),
        ({"counts": np.array([1, 1, 1])}, "descriptors that are not 3 rows of 128 uint8"),
        ({"descriptors": np.zeros((5, 64), np.uint8)}, "rows of 128 uint8"),
        ({"keypoints": np.zeros((5, 3))}, "keypoints that are not"),
        ({"sizes": np.zeros((3, 2))}, "sizes that are not widths and heights"),
        ({"keypoints": None}, "are not a NumPy archive"),
        ({"labels": np.array(["a", "b", "c"])}, "labels that are not numbers"),
    ],
)
def test_refuses_what_does_not_fit_the_model(
    exemplars: Exemplars, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidExemplars, match=problem):
        read_exemplars(archive(exemplars, **changes), labels=3, dimension=128, kind="uint8")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 damaged", np.random.default_rng(0).bytes(500)])
def test_refuses_what_is_not_an_archive(data: bytes) -> None:
    with pytest.raises(InvalidExemplars, match="not a NumPy archive"):
        read_exemplars(data, labels=3, dimension=128, kind="uint8")


def test_refuses_pickled_objects(exemplars: Exemplars) -> None:
    data = archive(exemplars, labels=np.array([{"a": 1}, None, 2], object))
    with pytest.raises(InvalidExemplars, match="not a NumPy archive"):
        read_exemplars(data, labels=3, dimension=128, kind="uint8")
