"""Works of a catalogue over the photo: named, outlined where they are, and remembered."""

from __future__ import annotations

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
    """Adds to answers what a gateway with a catalogue adds: one work in the middle of the picture."""

    def __init__(self, page: Page, picture: Path) -> None:
        self.height, self.width = cv2.imread(str(picture)).shape[:2]
        self.asked = 0
        self.is_partial = False
        page.route("**/v1/analyze*", self._answer)

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
        self.asked += 1
        response = route.fetch()
        if not response.ok:
            route.fulfill(response=response)
            return
        work = {
            "workId": "meninas",
            "title": "Las meninas",
            "artist": "Diego Velázquez",
            "confidence": 0.93,
            "quad": [{"xPx": x, "yPx": y} for x, y in self.quad],
        }
        got: dict[str, Any] = response.json()
        assert got.pop("worksError")["reason"] == "UNKNOWN_CATALOGUE"
        route.fulfill(response=response, json={**got, "works": [work], "worksPartial": self.is_partial})


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

    # Where a part of the catalogue did not answer, that is said below the works.
    expect(page.get_by_text("A part of the catalogue did not answer")).to_have_count(0)
    catalogue.is_partial = True
    page.set_input_files("#pick", str(picture))
    expect(page.get_by_text("A part of the catalogue did not answer")).to_be_visible()


def test_a_photo_travels_once_for_label_colours_and_works(new_page: Open, site: str, pictures: Path) -> None:
    page = new_page(site, **SIZES["wide"])
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.set_input_files("#pick", str(pictures / "rocket.jpg"))
    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()
    expect(page.locator(".swatch").first).to_be_visible()
    expect(page.locator("#outlines")).to_be_hidden()  # a server without a catalogue is not an error
    assert [url.rpartition("/")[2].partition("?")[0] for url in sent] == ["analyze"]
