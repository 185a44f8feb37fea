"""The report in a browser: whoever reads it, by day and by night, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from bundle import layout
from training.imagesets.check import check_image_set
from training.imagesets.imageset import read_image_set
from training.recipe import parse_recipe
from training.report import Provenance, report_files
from training.trainer import train

RECIPE = """
extractor = {name = "rootsift", max_side_px = 160}
encoders = [{name = "bovw", words = [8, 16]}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2}
"""
SCHEMES = {"light": (1280, 900), "dark": (360, 740)}


@pytest.fixture(scope="module")
def report(image_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    image_set = read_image_set(image_folder)
    model = train(image_set, parse_recipe(RECIPE, "small", "small"), folder / "cache")
    provenance = Provenance("small", {"numpy": "2"}, {layout.CLASSIFIER: 1234})
    for path, content in report_files(model, image_set, check_image_set(image_set, 2), provenance).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    return folder / layout.PAGE


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_report_can_be_read_by_everybody(
    new_page: Callable[..., Page], report: Path, scheme: str
) -> None:
    width, height = SCHEMES[scheme]
    page = new_page(report.as_uri(), viewport={"width": width, "height": height}, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [f"{each['id']} {[node['target'] for node in each['nodes']]}" for each in found] == []
    # What is wide scrolls in its own frame, never the page.
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_report_asks_for_nothing_but_itself(new_page: Callable[..., Page], report: Path) -> None:
    page = new_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    assert [each for each in asked if not each.startswith("data:")] == [report.as_uri()]


def test_a_class_shows_its_words_as_patches_of_its_pictures(
    new_page: Callable[..., Page], report: Path
) -> None:
    page = new_page(report.as_uri(), viewport={"width": 1280, "height": 900})
    first = page.locator("details.label").first
    first.locator("summary").click()
    words = first.locator(".words li")
    strips = words.locator("img")
    assert 1 <= strips.count() == words.count() <= 5
    drawn = strips.evaluate_all("each => each.map(one => [one.naturalWidth, one.naturalHeight, one.alt])")
    for width, height, alt in drawn:
        assert height == 44
        assert width == 46 * int(alt.split()[0]) - 2  # patches, and two pixels between them
        assert alt.endswith(" in pictures of astronaut")
    picture = strips.first.screenshot()
    shown = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert shown.std() > 20  # not one colour
