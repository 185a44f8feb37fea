"""Works of a catalogue over the photo: named, outlined where they are, and remembered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
from playwright.sync_api import Page, Route, expect

Open = Callable[..., Page]
Keep = Callable[[Page, str], None]
SIZES = {
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "wide": {"viewport": {"width": 1280, "height": 800}},
}


class Catalogue:
    """Answers `/v1/identify` as a gateway with a catalogue does: one work in the middle of the picture."""

    def __init__(self, page: Page, picture: Path) -> None:
        self.height, self.width = cv2.imread(str(picture)).shape[:2]
        self.asked = 0
        page.route("**/v1/identify", self._answer)

    @property
    def quad(self) -> list[tuple[float, float]]:
        left, right, top, bottom = (
            0.25 * self.width,
            0.75 * self.width,
            0.25 * self.height,
            0.75 * self.height,
        )
        return [(left, top), (right, top), (right, bottom), (left, bottom)]

    def _answer(self, route: Route) -> None:
        if route.request.headers["content-type"] == "application/json":
            route.fulfill(status=400, json={"reason": "MISSING_IMAGE", "metadata": {}})
            return
        self.asked += 1
        work = {
            "workId": "meninas",
            "title": "Las meninas",
            "artist": "Diego Velázquez",
            "confidence": 0.93,
            "quad": [{"xPx": x, "yPx": y} for x, y in self.quad],
        }
        told: dict[str, Any] = {
            "works": [work],
            "imageInfo": {"widthPx": self.width, "heightPx": self.height},
        }
        route.fulfill(content_type="application/json", body=json.dumps(told))


@pytest.mark.parametrize("size", SIZES)
def test_a_work_is_named_and_outlined_where_it_is(
    new_page: Open, site: str, pictures: Path, keep: Keep, size: str
) -> None:
    picture = pictures / "rocket.jpg"
    page = new_page(site, **SIZES[size])
    catalogue = Catalogue(page, picture)
    page.set_input_files("#pick", str(picture))
    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()
    expect(page.locator(".works li")).to_have_text("Las meninasDiego Velázquez93%")
    outline = page.get_by_role("img", name="Outlined: Las meninas")
    expect(outline).to_be_visible()

    # The middle of the picture, as large as it is shown: wholly inside the stage, proportions kept.
    stage = page.locator("#stage").bounding_box()
    drawn = outline.locator(".outline").evaluate(
        "each => { const box = each.getBoundingClientRect(); return [box.x, box.y, box.width, box.height]; }"
    )
    assert stage is not None
    scale = min(stage["width"] / catalogue.width, stage["height"] / catalogue.height)
    wanted = (0.5 * catalogue.width * scale, 0.5 * catalogue.height * scale)
    assert drawn[2:] == pytest.approx(wanted, abs=8)
    middle = (drawn[0] + drawn[2] / 2, drawn[1] + drawn[3] / 2)
    assert middle == pytest.approx((stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2), abs=4)
    keep(page, f"{size}-work")

    # On the device with the rest; another picture does not inherit the outline.
    page.get_by_role("button", name="Back").click()
    page.locator("#history li button").first.click()
    expect(outline).to_be_visible()
    assert catalogue.asked == 1
    page.set_input_files("#pick", str(pictures / "text.jpg"))
    expect(page.get_by_role("heading", name="Not a picture")).to_be_visible()
    expect(page.locator("#outlines")).to_be_hidden()


def test_a_server_without_a_catalogue_is_asked_once_and_never_sent_a_picture(
    new_page: Open, site: str, pictures: Path
) -> None:
    page = new_page(site, **SIZES["wide"])
    sizes: list[int] = []
    page.on(
        "request",
        lambda request: (
            sizes.append(len(request.post_data_buffer or b""))
            if request.url.endswith("/v1/identify")
            else None
        ),
    )
    for label in ("rocket", "cup_of_coffee"):
        page.set_input_files("#pick", str(pictures / f"{label}.jpg"))
        expect(page.locator(".swatch").first).to_be_visible()
    expect(page.get_by_role("heading", name="Cup of coffee")).to_be_visible()
    expect(page.locator("#outlines")).to_be_hidden()
    assert sizes == [2]
