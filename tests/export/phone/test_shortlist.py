"""A phone looks works of a catalogue up offline, and finds what the server's own computation finds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from export.errors import ParityError
from export.phone.shortlist import (
    LARGEST_DIFFERENCE,
    ExportedShortlist,
    compare_package,
    export_shortlist,
    nearest_works,
    table_of,
)
from lienzo_coreml import load_model
from lienzo_coreml.errors import CoreMLError
from tests.support.works import on_a_wall, painted
from vision.graph import stretched
from vision.identification.reference import preview_of, preview_pixels

pytestmark = pytest.mark.slow

WALL = [(60, 40), (520, 60), (500, 420), (80, 400)]


@pytest.fixture(scope="module")
def previews() -> list[bytes]:
    return [preview_of(np.ascontiguousarray(painted(seed)[..., ::-1])) for seed in range(12)]


@pytest.fixture(scope="module")
def exported(previews: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> ExportedShortlist:
    package = tmp_path_factory.mktemp("phone") / "museum.mlpackage"
    records = [{"id": f"w{number}", "title": "Un título"} for number in range(len(previews))]
    return export_shortlist("museum", previews, records, package)


def test_a_package_finds_the_work_on_a_wall_as_numpy_does(
    exported: ExportedShortlist, previews: list[bytes]
) -> None:
    model, table = load_model(exported.path), table_of(previews)
    for number in (3, 7):
        photo = np.ascontiguousarray(on_a_wall([(painted(number), WALL)])[..., ::-1])
        wanted, likeness = nearest_works(table, photo)
        found = model.predict({"image": stretched(photo, 128)})
        assert wanted[0] == number
        assert np.asarray(found["numbers"]).ravel().astype(int).tolist() == wanted.tolist()
        np.testing.assert_allclose(np.asarray(found["likeness"]).ravel(), likeness, atol=1e-4)


def test_a_package_knows_its_records(exported: ExportedShortlist) -> None:
    content = exported.records.read_bytes()
    entries = load_model(exported.path).description.metadata.userDefined
    assert entries["lienzo.records.sha256"] == hashlib.sha256(content).hexdigest()
    assert [each["id"] for each in json.loads(content)] == [f"w{number}" for number in range(12)]
    assert (exported.works, exported.pictures, entries["lienzo.works"]) == (12, 18, "12")


def test_a_drawn_line_whose_bytes_round_either_way_ends_no_export(tmp_path: Path) -> None:
    bricks = np.repeat(skimage.data.brick()[..., None], 3, axis=2)
    rng = np.random.default_rng(11)
    top, left = rng.integers(0, 256), rng.integers(0, 256)
    work = preview_of(np.ascontiguousarray(bricks[top : top + 256, left : left + 256]))
    written = export_shortlist("bricks", [work], [{}], tmp_path / "bricks.mlpackage")
    assert LARGEST_DIFFERENCE < written.largest_difference < 2 * LARGEST_DIFFERENCE


def test_the_picture_for_which_a_package_finds_other_works_is_named(
    exported: ExportedShortlist, previews: list[bytes]
) -> None:
    other, pixels = table_of(previews[::-1]), preview_pixels(previews[0])
    with pytest.raises(ParityError, match="work 1: the package finds other works than the server"):
        compare_package(load_model(exported.path), other, [("work 1", pixels)])


def test_a_few_pictures_may_round_otherwise_and_no_more(
    exported: ExportedShortlist, previews: list[bytes]
) -> None:
    model, table = load_model(exported.path), table_of(previews) * np.float32(0.999)
    pictures = [(f"work {number}", preview_pixels(each)) for number, each in enumerate(previews, start=1)]
    count, largest = compare_package(model, table, pictures[:2])
    assert count == 2
    assert 5e-4 < largest < 2e-3
    with pytest.raises(ParityError, match=r"work 1 and 2 other pictures: .* less exactly"):
        compare_package(model, table, pictures[:3])


def test_fewer_works_than_are_told_are_all_told(previews: list[bytes], tmp_path: Path) -> None:
    export_shortlist("two", previews[:2], [{}, {}], tmp_path / "two.mlpackage")
    found = load_model(tmp_path / "two.mlpackage").predict({"image": np.zeros((128, 128, 3), np.uint8)})
    assert sorted(np.asarray(found["numbers"]).ravel().tolist()) == [0, 1]


def test_a_package_of_another_ending_is_refused_before_anything_is_written(
    previews: list[bytes], tmp_path: Path
) -> None:
    with pytest.raises(CoreMLError, match="mlpackage"):
        export_shortlist("museum", previews[:1], [{}], tmp_path / "museum.onnx")
    assert not list(tmp_path.iterdir())
