"""Works are found where they are, and nothing is found where they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from catalogue.reader import Reader
from catalogue.view import View
from catalogue.work import Record, Work
from catalogue.writer import open_writer
from tests.support.pictures import draw
from tests.support.works import CORNERS, Pixels, make_catalogue, on_a_wall, painted, work
from vision.extractors.features import LocalFeatures
from vision.identification import Identification, identify
from vision.identification.finding import find_works, similar_works
from vision.identification.photo import FIRST_LOOK, Photo, look_again_at, overlap
from vision.identification.votes import Votes
from vision.picture import Picture, PictureInfo

pytestmark = pytest.mark.slow

LEFT = [(40, 60), (300, 80), (290, 270), (50, 280)]
RIGHT = [(360, 200), (600, 180), (610, 380), (350, 370)]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    return Reader(make_catalogue(tmp_path_factory.mktemp("catalogues"), range(12))).view()


def found(photo: Pixels, view: View, most: int = 3) -> Identification:
    height, width = photo.shape[:2]
    rgb = np.ascontiguousarray(photo[..., ::-1])
    return identify(Picture(rgb, PictureInfo("jpeg", width, height)), view, most)


def numbers(identification: Identification) -> list[int]:
    return [each.number for each in identification.works]


def test_a_work_is_found_where_it_hangs(view: View) -> None:
    (only,) = found(on_a_wall([(painted(3), RIGHT)]), view).works
    assert only.number == 3
    assert only.confidence > 0.95
    assert only.points >= 20
    assert only.outline is not None
    assert overlap(only.outline, np.array(RIGHT, float)) > 0.95


def test_the_outline_is_in_pixels_of_the_photo_as_sent(view: View) -> None:
    photo = on_a_wall([(painted(3), RIGHT)])
    small = np.ascontiguousarray(photo[..., ::-1])
    (only,) = identify(Picture(small, PictureInfo("jpeg", 1920, 1440)), view).works
    assert only.outline is not None
    assert overlap(only.outline, 3 * np.array(RIGHT, float)) > 0.95


def test_several_works_on_a_wall_are_all_found(view: View) -> None:
    answer = found(on_a_wall([(painted(3), RIGHT), (painted(7), LEFT)]), view)
    assert sorted(numbers(answer)) == [3, 7]
    for each in answer.works:
        assert each.outline is not None
        assert overlap(each.outline, np.array(RIGHT if each.number == 3 else LEFT, float)) > 0.9


def test_no_more_works_than_asked_for(view: View) -> None:
    assert len(found(on_a_wall([(painted(3), RIGHT), (painted(7), LEFT)]), view, most=1).works) == 1


@pytest.mark.parametrize("degrees", [90, 251])
def test_a_turned_photo_shows_the_same_work(view: View, degrees: int) -> None:
    turn = cv2.getRotationMatrix2D((160, 120), degrees, 1.0) + np.array([[0, 0, 160], [0, 0, 120]])
    corners = cv2.transform(CORNERS[None], turn)[0]
    (only,) = found(on_a_wall([(painted(5), corners.tolist())]), view).works
    assert only.number == 5
    assert only.outline is not None
    assert overlap(only.outline, corners.astype(float)) > 0.95


def test_a_mirrored_photo_shows_the_same_work(view: View) -> None:
    photo = np.ascontiguousarray(on_a_wall([(painted(5), RIGHT)])[:, ::-1])
    (only,) = found(photo, view).works
    assert only.number == 5
    assert only.outline is not None
    mirrored = [(640 - x, y) for x, y in RIGHT]
    assert overlap(only.outline[::-1], np.array(mirrored[::-1], float)[::-1]) > 0.9


def test_a_small_work_is_found_by_a_closer_look(view: View) -> None:
    """A thirtieth of the frame of a large photo."""
    corners = [(500, 300), (750, 310), (745, 495), (505, 490)]
    answer = found(on_a_wall([(painted(9), corners)], (1280, 960)), view)
    assert numbers(answer) == [9]


def test_a_covered_and_noisy_work_is_still_found(view: View) -> None:
    photo = on_a_wall([(painted(2), LEFT)])
    photo[150:300, 40:200] = 30
    noise = np.random.default_rng(1).normal(0, 12, photo.shape)
    answer = found(np.clip(photo + noise, 0, 255).astype(np.uint8), view)
    assert numbers(answer) == [2]


def test_other_pictures_are_not_recognised(view: View) -> None:
    for seed in (900, 901):
        answer = found(on_a_wall([(painted(seed), RIGHT)]), view)
        assert answer.works == ()
        assert answer.reason in ("nothing agrees", "implausible")


class Watched:
    """A catalogue that counts the descriptors that it is asked about."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def votes(self, features: LocalFeatures, size_px: tuple[int, int]) -> Votes:
        self.asked.append(len(features))
        return self._view.votes(features, size_px)


def test_a_photo_of_something_else_is_not_looked_at_more_closely(view: View) -> None:
    photo, watched = on_a_wall([(painted(900), RIGHT)]), Watched(view)
    assert not identify(Picture(photo, PictureInfo("jpeg", *photo.shape[1::-1])), watched).works
    assert len(watched.asked) == 3  # quickly, closely, and in a mirror
    assert max(watched.asked) <= FIRST_LOOK.max_keypoints


def test_a_blank_photo_says_that_there_is_nothing_in_it(view: View) -> None:
    assert found(np.full((480, 640, 3), 128, np.uint8), view).reason == "too few features"
    assert found(draw("noise"), view).works == ()


def test_a_removed_work_is_not_found(tmp_path: Path) -> None:
    reader = Reader(make_catalogue(tmp_path, [1, 2]))
    photo = on_a_wall([(painted(1), LEFT)])
    before = reader.view()
    with open_writer(tmp_path, "museum") as writer:
        writer.remove("work-1")
    assert numbers(found(photo, before)) == [0]
    assert found(photo, reader.view()).works == ()


def test_nothing_is_found_in_an_empty_catalogue(tmp_path: Path) -> None:
    answer = found(on_a_wall([(painted(1), LEFT)]), Reader(make_catalogue(tmp_path, [])).view())
    assert (answer.works, answer.reason) == ((), "no works")


def test_the_only_two_works_of_a_catalogue_may_be_the_same(tmp_path: Path) -> None:
    folder = make_catalogue(tmp_path, [1])
    with open_writer(tmp_path, "museum") as writer:
        writer.put(Work(Record("again"), work(1).reference))
    view = Reader(folder).view()
    assert [other for other, _ in similar_works(view.numbers["again"], view)] == [0]
    assert sorted(numbers(found(on_a_wall([(painted(1), LEFT)]), view))) == [0, 1]


def test_works_that_look_alike_are_both_told(tmp_path: Path) -> None:
    """A copy with a different corner: both agree, and neither is surer than their share."""
    other = painted(1)
    other[:60, :80] = painted(2)[:60, :80]
    make_catalogue(tmp_path, [1, 4])
    with open_writer(tmp_path, "museum") as writer:
        writer.put(_described("copy", other))
    view = Reader(tmp_path / "museum").view()
    answer = found(on_a_wall([(painted(1), LEFT)]), view)
    assert numbers(answer) == [0, 2]
    first, second = answer.works
    assert first.confidence > second.confidence > 0.1
    assert first.confidence + second.confidence == pytest.approx(1, abs=0.05)


def test_another_version_of_a_work_is_not_taken_for_it(tmp_path: Path) -> None:
    """They agree in more points than any work needs, and differ in one place inside."""
    version = painted(1)
    version[80:150, 120:200] = painted(2)[80:150, 120:200]
    photo = on_a_wall([(version, LEFT)])
    reader = Reader(make_catalogue(tmp_path, [1, 4]))
    answer = found(photo, reader.view())
    assert (answer.works, answer.reason) == ((), "implausible")
    with open_writer(tmp_path, "museum") as writer:
        writer.put(_described("version", version))
    assert numbers(found(photo, reader.view())) == [2]
    assert numbers(found(on_a_wall([(painted(1), LEFT)]), reader.view())) == [0]


def _described(work_id: str, pixels: NDArray[np.uint8]) -> object:
    from catalogue.enrolment import enrol
    from catalogue.work import Record
    from tests.support.pictures import jpeg

    return enrol(Record(work_id), jpeg(pixels))


def test_the_same_photo_has_the_same_answer(view: View) -> None:
    photo = on_a_wall([(painted(3), RIGHT)])
    first, second = found(photo, view).works[0], found(photo, view).works[0]
    assert (first.points, first.confidence) == (second.points, second.confidence)
    np.testing.assert_array_equal(first.outline, second.outline)


def test_a_reference_is_described_in_its_own_pixels() -> None:
    reference = work(1).reference
    assert reference.size_px == (320, 240)
    assert reference.features.keypoints[:, 0].max() <= 320


def canvas(left: tuple[int, int, int], right: tuple[int, int, int]) -> Pixels:
    """A canvas that goes from one colour to another; BGR, shape (240, 320, 3)."""
    share = np.linspace(0, 1, 320)[None, :, None]
    row = (1 - share) * np.array(left) + share * np.array(right)
    return np.asarray(np.repeat(row, 240, axis=0), np.uint8)


BLUE, RED = canvas((150, 60, 30), (90, 30, 20)), canvas((40, 30, 170), (30, 20, 110))


def test_a_plain_canvas_is_told_by_its_colours_with_a_confidence_that_admits_it(tmp_path: Path) -> None:
    make_catalogue(tmp_path, [1])
    with open_writer(tmp_path, "museum") as writer:
        writer.put(_described("blue", BLUE))
        writer.put(_described("red", RED))
    view = Reader(tmp_path / "museum").view()
    answer = found(on_a_wall([(RED // 4 * 3, LEFT)]), view)
    (only,) = answer.works
    assert (only.number, only.points, only.outline) == (2, 0, None)
    assert 0.1 <= only.confidence <= 0.5
    # A canvas of another colour, one of another shape, and a wall without any.
    assert found(on_a_wall([(canvas((40, 160, 40), (30, 90, 30)), LEFT)]), view).works == ()
    narrow = [(40, 60), (100, 60), (100, 400), (40, 400)]
    assert found(on_a_wall([(RED, narrow)]), view).works == ()
    assert found(on_a_wall([]), view).works == ()


def test_points_that_agree_within_a_picture_that_looks_otherwise_do_not_count(tmp_path: Path) -> None:
    """A quarter that two works share, and nothing else."""
    reader = Reader(make_catalogue(tmp_path, [1]))
    other = np.full((240, 320, 3), 235, np.uint8)
    for x in range(0, 320, 20):
        cv2.line(other, (x, 0), (320 - x, 240), (60, 60, 60), 3)
    other[:120, :160] = painted(1)[:120, :160]
    answer = found(on_a_wall([(other, LEFT)]), reader.view())
    assert answer.works == ()
    assert answer.reason == "implausible"


def test_what_was_found_stays_where_nothing_else_is_to_be_seen(view: View) -> None:
    (first,) = found(on_a_wall([(painted(5), LEFT)]), view).works
    photo = Photo(
        LocalFeatures(np.zeros((3, 128), np.uint8), np.zeros((3, 4), np.float32)), (640, 480), painted(5)
    )
    assert find_works(photo, view, before=[first]).works == (first,)
    assert find_works(photo, view).reason == "too few features"


def test_a_closer_look_finds_nothing_where_all_is_explained() -> None:
    photo = on_a_wall([(painted(3), LEFT)])
    everything = np.array([[-9, -9], [9999, -9], [9999, 9999], [-9, 9999]], float)
    seen = look_again_at(Picture(photo, PictureInfo("jpeg", *photo.shape[1::-1])), [everything])
    assert seen.features.keypoints.shape == (0, 4)


def test_a_closer_look_leaves_room_for_a_quiet_work_beside_a_loud_one() -> None:
    rng = np.random.default_rng(4)
    noise = cv2.GaussianBlur(rng.uniform(-128, 128, (720, 960)), (0, 0), 3.5) * 10
    noise[:, 480:] *= 0.2
    pixels = np.repeat(np.clip(128 + noise, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    picture = Picture(pixels, PictureInfo("jpeg", 1280, 960))
    places = look_again_at(picture, ()).features.keypoints[:, :2]
    assert len(places) == 2000
    assert (places[:, 0] > 660).sum() > 400
    left = np.array([[0, 0], [640, 0], [640, 960], [0, 960]], float)
    places = look_again_at(picture, [left]).features.keypoints[:, :2]
    assert places[:, 0].min() > 640
