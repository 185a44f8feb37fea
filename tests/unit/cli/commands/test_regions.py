"""`--region` and `--tap` of the commands that look at pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.pictures import draw, jpeg

RIGHT = "320,0,320,240"
RED, BLUE = (30, 30, 200), (200, 30, 30)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """A grid in the left half, circles in the right one."""
    path = tmp_path / "both.jpg"
    path.write_bytes(jpeg(np.hstack([draw("grid", 3), draw("circles", 3)])))
    return str(path)


@pytest.fixture
def colors(tmp_path: Path) -> str:
    """Red in the left half, blue in the right one."""
    path = tmp_path / "colors.jpg"
    path.write_bytes(jpeg(np.hstack([np.full((240, 320, 3), each, np.uint8) for each in (RED, BLUE)])))
    return str(path)


def test_classify_looks_at_the_part(lienzo: Any, target: str, photo: str) -> None:
    got = json.loads(lienzo("classify", photo, "--region", RIGHT, "--target", target, "--json").out)
    assert (got["label"], got["image_info"]["region"]) == ("circles", [320, 0, 320, 240])
    got = json.loads(lienzo("classify", photo, "--tap", "500,120", "--target", target, "--json").out)
    assert got["image_info"]["region"] == [440, 60, 120, 120]
    streamed = lienzo("classify", photo, "--region", RIGHT, "--target", target, "--stream", "--json").out
    assert json.loads(streamed)["label"] == "circles"


@pytest.mark.parametrize("where", ["here", "there"])
def test_palette_is_that_of_the_part(lienzo: Any, target: str, colors: str, where: str) -> None:
    elsewhere = ("--target", target) if where == "there" else ()
    ran = lienzo("palette", colors, "--region", RIGHT, "--colors", "1", "--json", *elsewhere)
    (color,) = json.loads(ran.out)["colors"]
    assert color["css_name"] == "mediumblue"


def test_explain_looks_at_the_part_as_the_services_do(
    lienzo: Any, place: Any, target: str, photo: str, tmp_path: Path
) -> None:
    page = ("--output", str(tmp_path / "why.html"), "--json")
    model = ("--model", "shapes", "--models", str(place.models))
    got = json.loads(lienzo("explain", photo, *model, "--region", RIGHT, *page).out)
    asked = json.loads(lienzo("classify", photo, "--region", RIGHT, "--target", target, "--json").out)
    assert got["answer"] == asked["label"] == "circles"
    assert got["parts"]["labels"]["labels"][0]["probability"] == pytest.approx(asked["probability"], abs=1e-5)
    assert got["parts"]["picture"]["region"] == [320, 0, 320, 240]
    alone = json.loads(lienzo("explain", photo, "--tap", "500,120", *page).out)
    assert alone["parts"]["picture"]["region"] == [440, 60, 120, 120]
    outside = lienzo("explain", photo, "--region", "900,0,100,100", *page)
    assert (outside.status, outside.out) == (2, "")
    assert "is outside of the picture of 640×240 pixels" in outside.err


def test_features_of_the_part_lie_where_they_are_in_the_whole_picture(
    lienzo: Any, photo: str, tmp_path: Path
) -> None:
    output = tmp_path / "features.npz"
    ran = lienzo("features", photo, "--region", RIGHT, "--output", str(output))
    assert ran.status == 0
    with np.load(output) as found:
        assert found["sizes"].tolist() == [[640, 240]]
        assert found["keypoints"][:, 0].min() >= 320
        assert len(found["keypoints"]) > 20


@pytest.mark.parametrize(
    ("arguments", "got"),
    [
        (("--region", "1,2,3"), "--region takes X,Y,W,H in whole pixels, not 1,2,3."),
        (("--tap", "1.5,2"), "--tap takes X,Y in whole pixels, not 1.5,2."),
        (("--tap", "1,2", "--region", RIGHT), "--region and --tap exclude each other."),
        (("--tap", f"{2**32},2"), "no picture is that large"),
        (("--region", RIGHT, "--like", "teal"), "--like and --histogram look at whole pictures"),
    ],
)
def test_options_of_another_form_are_refused(
    lienzo: Any, colors: str, arguments: tuple[str, ...], got: str
) -> None:
    ran = lienzo("palette", colors, *arguments)
    assert ran.status == 2
    assert got in ran.err


def test_a_part_outside_of_one_picture_is_told_for_that_picture(
    lienzo: Any, target: str, place: Any, photo: str
) -> None:
    ran = lienzo("classify", photo, place.photo("grid"), "--region", RIGHT, "--target", target)
    assert ran.status == 2
    assert "circles" in ran.out
    assert "is outside of the picture of 320×240 pixels" in ran.err
    assert place.photo("grid") in ran.err
