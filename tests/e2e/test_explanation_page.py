"""The page of an explanation in a browser: by day and by night, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from explanation.explain import explain_answer
from explanation.page import page_of
from explanation.recognizer import open_recognizer
from tests.support.verified import write_photos, write_verifying_model

SCHEMES = {"light": (1280, 900), "dark": (360, 740)}


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    photos = write_photos(folder / "photos")
    recognizer = open_recognizer(write_verifying_model(folder / "models"))
    explanation = explain_answer(photos.doubtful.read_bytes(), "photo.jpg", recognizer)
    page = folder / "index.html"
    page.write_text(page_of(explanation), encoding="utf-8")
    return page


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_can_be_read_by_everybody(
    new_page: Callable[..., Page], explained: Path, scheme: str
) -> None:
    width, height = SCHEMES[scheme]
    page = new_page(explained.as_uri(), viewport={"width": width, "height": height}, color_scheme=scheme)
    found: Any = Axe().run(page).response["violations"]
    assert [f"{each['id']} {[node['target'] for node in each['nodes']]}" for each in found] == []
    # What is wide scrolls in its own frame, never the page.
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_drawing_is_shown(new_page: Callable[..., Page], explained: Path) -> None:
    page = new_page(explained.as_uri(), viewport={"width": 1280, "height": 900})
    sizes = page.evaluate("[...document.querySelectorAll('figure img')].map(each => each.naturalWidth)")
    assert len(sizes) >= 15
    assert min(sizes) > 0
    words = page.inner_text("main")
    assert "Nearest exemplars" in words
    assert "points agree" in words
