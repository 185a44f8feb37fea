"""Why the page's answer is what it is, and the command that draws the rest."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, expect

from tests.support.commands import parse
from tests.support.verified import Photos

Open = Callable[..., Page]
Keep = Callable[[Page, str], None]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def why(page: Page) -> list[str]:
    """Opens the explanation, and reads its sentences."""
    page.locator(".why summary").click()
    expect(page.locator(".why code")).to_be_visible()
    return page.locator(".why > p").all_inner_texts()


def command(page: Page) -> dict[str, object]:
    """The arguments of the command that is offered, as the command line reads them."""
    words = shlex.split(page.locator(".why code").inner_text())
    assert words[:2] == ["lienzo", "explain"]
    return parse(words[1:])


def test_labels_stand_against_the_probability_that_is_needed(
    new_page: Open, site: str, pictures: Path, tmp_path: Path, keep: Keep
) -> None:
    named = tmp_path / "it's a photo.jpg"
    named.write_bytes((pictures / "rocket.jpg").read_bytes())
    page = new_page(site, **PHONE, permissions=["clipboard-read", "clipboard-write"])
    page.set_input_files("#pick", str(named))
    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()
    assert page.locator(".why code").count() == 0  # nothing is asked before somebody wants to know
    assert re.fullmatch(r"Rocket has [5-9]\d%; 50% is needed\.", why(page)[0])
    rows = page.locator(".why li")
    assert rows.count() > 2
    assert rows.locator("i").evaluate_all("all => new Set(all.map(each => each.style.left)).size") == 1
    assert rows.first.locator("i").get_attribute("style") == "left: 50%;"
    asked = command(page)
    assert (str(asked["photo"]), asked["model"], asked["version"]) == (named.name, "pictures", 1)
    page.get_by_role("button", name="Copy the command").click()
    expect(page.locator("#announcer")).to_have_text("Command copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator(".why code").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    keep(page, "phone-why")


def test_what_was_not_recognised_says_what_is_missing(new_page: Open, site: str, pictures: Path) -> None:
    page = new_page(site, locale="es-ES")
    page.set_input_files("#pick", str(pictures / "wall.jpg"))
    expect(page.get_by_role("heading", name="No reconocida")).to_be_visible()
    decision, geometry, _ = why(page)
    assert re.fullmatch(r"La mejor etiqueta es .+ con \d+\s%; hace falta 50\s%\.", decision)
    assert geometry.startswith("No se comparó con imágenes")


def test_a_verified_answer_says_that_points_agreed(
    new_page: Open, site: str, photos: Photos, verifying: str
) -> None:
    page = new_page(site)
    asked = f"{site}/v1/analyze?model={verifying}"
    page.route("**/v1/analyze*", lambda route: route.continue_(url=asked))
    page.set_input_files("#pick", str(photos.doubtful))
    expect(page.locator(".verified")).to_be_visible()
    assert re.fullmatch(
        r"Coffee has [\d.]+% where [\d.]+% is needed, but \d+ points agree with a picture of it\.",
        why(page)[0],
    )


def test_a_part_of_a_large_photo_is_named_in_pixels_of_its_file(
    new_page: Open, site: str, pictures: Path, tmp_path: Path
) -> None:
    photo = cv2.resize(cv2.imread(str(pictures / "rocket.jpg")), (3200, 2400))
    cv2.imwrite(str(tmp_path / "large.jpg"), photo)
    page = new_page(site)
    page.set_input_files("#pick", str(tmp_path / "large.jpg"))
    expect(page.locator(".why")).to_be_visible()
    box = page.locator("#stage .photo").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#answer")).to_contain_text("Only the marked part.")
    why(page)
    region = np.array(str(command(page)["region"]).split(","), int)
    assert np.abs(region - (1000, 600, 1200, 1200)).max() <= 4
