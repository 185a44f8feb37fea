from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.unit.vision.matching.conftest import PHOTO_PX, Pixels, hung, look
from vision.extractors import Extractor, create_extractor
from vision.matching import MatchingSettings, find_agreement

VIEWS = {
    "straight": [[100, 80], [500, 80], [500, 346], [100, 346]],
    "small": [[200, 150], [360, 150], [360, 256], [200, 256]],
    "from the side": [[120, 60], [480, 130], [480, 330], [120, 420]],
    "turned by 40 degrees": [[250, 40], [556, 297], [386, 500], [79, 243]],
    "upside down": [[500, 346], [100, 346], [100, 80], [500, 80]],
    "partly out of the photo": [[300, 100], [760, 100], [760, 406], [300, 406]],
}


@pytest.mark.parametrize("corners", VIEWS.values(), ids=VIEWS)
def test_finds_a_picture_on_a_wall_and_says_where(
    extractor: Extractor, picture: Pixels, wall: Pixels, corners: list[list[int]]
) -> None:
    there = np.array(corners, np.float64)
    known, photo = look(extractor, picture), look(extractor, hung(picture, wall, there))
    found = find_agreement(known.features, known.size, photo.features, photo.size, "uint8")
    assert found.points >= 15
    assert found.outline is not None
    assert np.abs(found.outline - there).max() < 6


def test_a_wall_agrees_with_no_picture(extractor: Extractor, picture: Pixels, wall: Pixels) -> None:
    known, photo = look(extractor, picture), look(extractor, wall)
    found = find_agreement(known.features, known.size, photo.features, photo.size, "uint8")
    assert (found.points, found.outline, found.homography) == (0, None, None)
    assert not found.agrees.any()


def test_a_mirrored_picture_is_not_the_picture(extractor: Extractor, picture: Pixels, wall: Pixels) -> None:
    there = np.array(VIEWS["straight"], np.float64)
    photo = look(extractor, hung(np.ascontiguousarray(picture[:, ::-1]), wall, there))
    known = look(extractor, picture)
    found = find_agreement(known.features, known.size, photo.features, photo.size, "uint8")
    assert found.points < 8


def test_a_blank_photo_agrees_with_nothing(extractor: Extractor, picture: Pixels) -> None:
    known, photo = look(extractor, picture), look(extractor, np.full((480, 640, 3), 127, np.uint8))
    for first, second in ((known, photo), (photo, known)):
        found = find_agreement(first.features, first.size, second.features, second.size, "uint8")
        assert (found.points, len(found.pairs)) == (0, 0)


def test_the_same_photo_gets_the_same_answer(extractor: Extractor, picture: Pixels, wall: Pixels) -> None:
    known = look(extractor, picture)
    photo = look(extractor, hung(picture, wall, np.array(VIEWS["from the side"], np.float64)))
    answers = [
        find_agreement(known.features, known.size, photo.features, photo.size, "uint8") for _ in range(3)
    ]
    outlines: list[NDArray[np.float64]] = [each.outline for each in answers if each.outline is not None]
    assert len({each.points for each in answers}) == 1
    assert all(np.array_equal(outlines[0], other) for other in outlines)


def test_binary_descriptors_agree_as_well(picture: Pixels, wall: Pixels) -> None:
    orb = create_extractor("orb", {"max_side_px": 640})
    there = np.array(VIEWS["straight"], np.float64)
    known, photo = look(orb, picture), look(orb, hung(picture, wall, there))
    found = find_agreement(known.features, known.size, photo.features, PHOTO_PX, orb.descriptor_type)
    assert found.outline is not None
    assert np.abs(found.outline - there).max() < 8


def test_survives_light_blur_and_compression(extractor: Extractor, picture: Pixels, wall: Pixels) -> None:
    there = np.array(VIEWS["from the side"], np.float64)
    photo = cv2.GaussianBlur(hung(picture, wall, there), (0, 0), 1.2)
    photo = cv2.convertScaleAbs(photo, alpha=0.6, beta=20)
    photo = cv2.imdecode(cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    known, seen = look(extractor, picture), look(extractor, np.asarray(photo, np.uint8))
    assert find_agreement(known.features, known.size, seen.features, seen.size, "uint8").points >= 10


def test_guided_by_the_view_more_points_of_a_blurred_photo_agree(
    extractor: Extractor, picture: Pixels, wall: Pixels
) -> None:
    there = np.array(VIEWS["from the side"], np.float64)
    photo = cv2.GaussianBlur(hung(picture, wall, there), (0, 0), 2.5)
    known, seen = look(extractor, picture), look(extractor, np.asarray(photo, np.uint8))
    plain, guided = (
        find_agreement(
            known.features, known.size, seen.features, seen.size, "uint8", MatchingSettings(guided=each)
        )
        for each in (False, True)
    )
    assert guided.points > plain.points
    assert guided.outline is not None
    assert np.abs(guided.outline - there).max() < 8
    assert len(guided.pairs) == len(guided.agrees) == len(seen.features)


def test_guiding_makes_no_wall_agree(extractor: Extractor, picture: Pixels, wall: Pixels) -> None:
    known, photo = look(extractor, picture), look(extractor, wall)
    settings = MatchingSettings(guided=True)
    found = find_agreement(known.features, known.size, photo.features, photo.size, "uint8", settings)
    assert (found.points, found.outline) == (0, None)
    assert not found.agrees.any()
