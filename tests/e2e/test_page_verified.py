"""A verified answer on the page: said in words, outlined over the photo, and remembered."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.verified import CORNERS, PHOTO_PX, Photos

Open = Callable[..., Page]
Keep = Callable[[Page, str], None]
CORNER_PX = 6
"""Largest distance of a drawn corner from where the picture hangs."""


@pytest.fixture
def ask(new_page: Open, site: str, verifying: str) -> Callable[..., Page]:
    """Opens pages that ask the model that verifies about a picture."""

    def open_and_ask(photo: Path, **options: Any) -> Page:
        page = new_page(site, **options)
        asked = f"{site}/v1/analyze?model={verifying}"
        page.route("**/v1/analyze*", lambda route: route.continue_(url=asked))
        page.set_input_files("#pick", str(photo))
        expect(page.get_by_role("heading", name="Coffee")).to_be_visible()
        return page

    return open_and_ask


def test_a_verified_picture_is_outlined_where_it_hangs(
    ask: Callable[..., Page], photos: Photos, keep: Keep
) -> None:
    page = ask(photos.doubtful)
    expect(page.locator(".verified")).to_have_text(re.compile(r"^Verified: \d+ points agree"))
    outline = page.get_by_role("img", name="Outlined: Coffee")
    expect(outline).to_be_visible()
    drawn = outline.locator(".outline").get_attribute("points") or ""
    corners = [[float(number) for number in corner.split(",")] for corner in drawn.split()]
    np.testing.assert_allclose(corners, CORNERS, atol=CORNER_PX)
    assert outline.get_attribute("viewBox") == f"0 0 {PHOTO_PX[0]} {PHOTO_PX[1]}"
    keep(page, "verified")

    # On the device with the rest.
    page.get_by_role("button", name="Back").click()
    page.locator("#history li button").first.click()
    expect(outline).to_be_visible()
    expect(page.locator(".verified")).to_be_visible()

    # A clear answer is neither verified nor outlined.
    page.set_input_files("#pick", str(photos.clear))
    expect(page.locator(".score b")).to_have_text(re.compile("[89][0-9]%"))
    expect(page.locator(".verified")).to_have_count(0)
    expect(page.locator("#outlines")).to_be_hidden()


def test_verified_is_said_in_spanish(ask: Callable[..., Page], photos: Photos) -> None:
    page = ask(photos.doubtful, locale="es-ES")
    expect(page.locator(".verified")).to_have_text(re.compile(r"^Comprobada: \d+ puntos coinciden"))
    expect(page.locator("#announcer")).to_contain_text("Comprobada")
