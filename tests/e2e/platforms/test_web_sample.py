"""The code for browsers: checked by TypeScript, built, and the sample used in a real Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.platforms.conftest import ANSWERS, DRIVERS, KEY, PROTOS, ROOT, Door, Quiet, run
from tests.support.groups import shade
from tests.support.snippets import CLIENTS, write_snippets
from tests.support.verified import CORNERS, PHOTO_PX, Photos

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
BINARIES = ROOT / ".venv" / "bin"


@pytest.fixture(scope="session")
def sample(needs: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as it is built, with the code of the README beside its own, checked with it."""
    needs("nodejs npm", "node", "npm")
    place = tmp_path_factory.mktemp("sample")
    made = shutil.ignore_patterns("node_modules", "gen", "main.js")
    shutil.copytree(CLIENTS / "web/sample", place, dirs_exist_ok=True, ignore=made)
    try:
        quietly = ("--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=0")
        run("npm", "ci", *quietly, cwd=place)
    except AssertionError as error:
        pytest.skip(f"needs the packages of npm: {str(error).splitlines()[1:4]}")
    path = os.pathsep.join((str(BINARIES), os.environ["PATH"]))
    run("npm", "run", "generate", cwd=place, PROTOS=str(PROTOS), PATH=path)
    write_snippets(CLIENTS / "web/README.md", place / "src", "label.ts", "plain.ts")
    run("npm", "run", "build", cwd=place)
    return place


@pytest.fixture
def page_of_sample(sample: Path, sample_server: ThreadingHTTPServer, sample_origin: str) -> str:
    """Serves the sample."""
    sample_server.RequestHandlerClass = partial(Quiet, directory=str(sample / "public"))
    return sample_origin


def test_the_code_of_the_readme_asks_over_connect_and_plain_http(door: Door, sample: Path) -> None:
    shutil.copy(DRIVERS / "ask.ts", sample / "src")
    bundle = ("--bundle", "--platform=node", "--format=esm", "--outfile=ask.mjs", "--log-level=error")
    run("node_modules/.bin/esbuild", "src/ask.ts", *bundle, cwd=sample)
    assert door.asked_by("node", sample / "ask.mjs", http=True) == [*ANSWERS, *ANSWERS]


def test_the_sample_tells_what_a_photo_shows(
    door: Door, page_of_sample: str, new_page: Callable[..., Page], keep: Callable[[Page, str], None]
) -> None:
    query = urlencode({"gateway": door.url, "key": KEY})
    page = new_page(f"{page_of_sample}/?{query}", **PHONE)
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Take a photo").tap()
    chooser.value.set_files(door.pictures / "rocket.jpg")
    expect(page.get_by_role("heading", name="rocket")).to_be_visible()
    assert int(page.get_by_role("meter", name="Confidence").get_attribute("value") or 0) >= 50
    assert page.get_by_role("list", name="Colours").locator("li").count() >= 3
    expect(page.get_by_alt_text("Your picture")).to_be_visible()
    keep(page, "sample-known")

    choose = page.locator("input[type=file]").first
    choose.set_input_files(door.pictures / "wall.jpg")
    expect(page.get_by_role("heading", name="Not recognised")).to_be_visible()
    choose.set_input_files(door.pictures / "text.jpg")
    expect(page.get_by_role("alert")).to_contain_text("This is not a picture.")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_sample_shows_the_group_where_no_label_is_sure(
    door: Door, page_of_sample: str, grouped: str, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    (tmp_path / "purple.jpg").write_bytes(shade(200, 0, 200))
    query = urlencode({"gateway": door.url, "key": KEY, "model": grouped})
    page = new_page(f"{page_of_sample}/?{query}", **PHONE, locale="es-AR")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "purple.jpg")
    expect(page.get_by_role("heading", name="Algo morado")).to_be_visible()
    expect(page.get_by_text("Which of them it is, is not sure.")).to_be_visible()
    assert int(page.get_by_role("meter", name="Confidence").get_attribute("value") or 0) > 90


def test_the_sample_says_that_the_key_is_not_right(
    door: Door, page_of_sample: str, new_page: Callable[..., Page]
) -> None:
    page = new_page(f"{page_of_sample}/?{urlencode({'gateway': door.url, 'key': 'another'})}")
    page.locator("input[type=file]").first.set_input_files(door.pictures / "rocket.jpg")
    expect(page.get_by_role("alert")).to_have_text("The key is not right.")


def test_the_sample_outlines_a_picture_where_it_hangs(
    door: Door, page_of_sample: str, verifying: str, photos: Photos, new_page: Callable[..., Page], keep: Any
) -> None:
    query = urlencode({"gateway": door.url, "key": KEY, "model": verifying})
    page = new_page(f"{page_of_sample}/?{query}", **PHONE)
    page.locator("input[type=file]").first.set_input_files(photos.doubtful)
    drawn = page.locator(".photo polygon").get_attribute("points") or ""
    corners = [[float(number) for number in corner.split(",")] for corner in drawn.split()]
    np.testing.assert_allclose(corners, CORNERS, atol=6)
    assert page.locator(".photo svg").get_attribute("viewBox") == f"0 0 {PHOTO_PX[0]} {PHOTO_PX[1]}"
    keep(page, "sample-outlined")
