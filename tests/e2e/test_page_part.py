"""A part of the picture, marked on the page by a drag or a tap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Request, expect

from tests.support.voting import photographs

Open = Callable[..., Page]
Keep = Callable[[Page, str], None]
SIZES = {
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "wide": {"viewport": {"width": 1280, "height": 800}},
}


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """Two known pictures side by side, 1000 × 400 pixels: a cat, and a cup of coffee."""
    known = photographs()
    halves = [cv2.resize(known[label], (500, 400)) for label in ("chelsea_the_cat", "cup_of_coffee")]
    path = tmp_path / "both.jpg"
    cv2.imwrite(str(path), np.hstack(halves)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    return path


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the picture is on the screen."""
    box = page.locator("#stage .photo").bounding_box()
    assert box is not None
    scale = min(box["width"] / 1000, box["height"] / 400)
    return (
        box["x"] + box["width"] / 2 + (x - 500) * scale,
        box["y"] + box["height"] / 2 + (y - 200) * scale,
    )


def asked_parts(page: Page) -> list[dict[str, list[str]]]:
    """The parts that are asked for from now on."""
    parts: list[dict[str, list[str]]] = []

    def note(request: Request) -> None:
        if "/v1/analyze" in request.url:
            query = parse_qs(urlparse(request.url).query)
            parts.append({key: query[key] for key in ("region", "tap") if key in query})

    page.on("request", note)
    return parts


@pytest.mark.parametrize("size", SIZES)
def test_only_what_is_marked_is_looked_at_until_the_whole_is_wanted(
    new_page: Open, site: str, both: Path, keep: Keep, size: str
) -> None:
    page = new_page(site, **SIZES[size])
    parts = asked_parts(page)
    page.set_input_files("#pick", str(both))
    expect(page.locator(".swatch").first).to_be_visible()
    expect(page.locator("#part")).to_be_hidden()

    page.mouse.move(*place(page, 510, 10))
    page.mouse.down()
    page.mouse.move(*place(page, 700, 200))
    page.mouse.move(*place(page, 990, 390))
    expect(page.locator("#part")).to_be_visible()
    page.mouse.up()
    expect(page.get_by_role("heading", name="Cup of coffee")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("Only the marked part.")
    (region,) = parts[-1]["region"]
    assert np.abs(np.array(region.split(","), float) - (510, 10, 480, 380)).max() < 8
    keep(page, f"{size}-part")

    page.get_by_role("button", name="Whole picture").click()
    expect(page.locator(".pointing")).to_contain_text("Tap the picture")
    expect(page.locator("#part")).to_be_hidden()
    assert parts[-1] == {}


def test_a_tap_looks_around_the_place(new_page: Open, site: str, both: Path) -> None:
    page = new_page(site, **SIZES["phone"])
    parts = asked_parts(page)
    page.set_input_files("#pick", str(both))
    expect(page.locator(".swatch").first).to_be_visible()
    page.touchscreen.tap(*place(page, 250, 200))
    expect(page.locator("#answer")).to_contain_text("Only the marked part.")
    expect(page.locator("#part")).to_be_visible()
    (tap,) = parts[-1]["tap"]
    assert np.abs(np.array(tap.split(","), float) - (250, 200)).max() < 6
    assert page.locator("#part .outline").get_attribute("width") == "200"


def test_a_part_is_marked_with_the_keyboard(new_page: Open, site: str, both: Path) -> None:
    page = new_page(site, **SIZES["wide"])
    parts = asked_parts(page)
    page.set_input_files("#pick", str(both))
    page.get_by_role("button", name="Use the keyboard").press("Enter")
    expect(page.locator("#announcer")).to_contain_text("Arrow keys move the frame")
    expect(page.locator("#part")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#part")).to_be_hidden()
    expect(page.locator("#show")).to_be_visible()

    page.get_by_role("button", name="Use the keyboard").press("Enter")
    for key in [*["ArrowRight"] * 13, *["ArrowUp"] * 9, *["Shift+ArrowDown"] * 10]:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cup of coffee")).to_be_visible()
    assert parts[-1]["region"] == ["500,0,500,400"]
    expect(page.locator("#answer")).to_contain_text("Only the marked part.")
