"""The web page in a real browser: pictures in, answers out."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from lienzo_client.app.words import load_words

Open = Callable[..., Page]
Keep = Callable[[Page, str], None]

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WIDE = {"viewport": {"width": 1280, "height": 800}}


def choose(page: Page, *files: Path) -> None:
    page.set_input_files("#pick", [str(file) for file in files])


def test_tells_what_a_photo_shows_on_a_phone(new_page: Open, site: str, pictures: Path, keep: Keep) -> None:
    page = new_page(site, **PHONE)
    keep(page, "phone-home")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Take a photo").tap()
    chooser.value.set_files(pictures / "chelsea_the_cat.jpg")

    expect(page.get_by_role("heading", name="Chelsea the cat")).to_be_visible()
    confidence = page.get_by_role("meter", name="Confidence")
    expect(confidence).to_have_attribute("aria-valuetext", re.compile(r"^[5-9]\d%$"))
    expect(page.locator(".score b")).to_have_text(confidence.get_attribute("aria-valuetext") or "")
    expect(page.locator(".runners li")).to_have_count(3)
    expect(page.locator("#announcer")).to_contain_text("Chelsea the cat")
    expect(page.locator(".fine")).to_contain_text("pictures 1")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    keep(page, "phone-known")


def test_copies_a_colour_of_the_palette_and_says_so(new_page: Open, site: str, pictures: Path) -> None:
    page = new_page(site, **WIDE, permissions=["clipboard-read", "clipboard-write"])
    choose(page, pictures / "cup_of_coffee.jpg")
    swatch = page.locator(".swatch").nth(1)
    spoken = swatch.get_attribute("aria-label") or ""
    (hexadecimal,) = re.findall(r"#[0-9a-f]{6}", spoken)

    swatch.press("Enter")

    assert page.evaluate("navigator.clipboard.readText()") == hexadecimal
    expect(page.locator("#announcer")).to_have_text(f"{hexadecimal} copied")
    shares = page.locator(".swatch").evaluate_all("all => all.map(each => each.getAttribute('aria-label'))")
    assert sum(int(re.findall(r"(\d+)%", share)[0]) for share in shares) == pytest.approx(100, abs=5)


def test_says_what_to_do_when_nothing_is_recognised(
    new_page: Open, site: str, pictures: Path, keep: Keep
) -> None:
    page = new_page(site, **PHONE, color_scheme="dark")
    choose(page, pictures / "wall.jpg")

    expect(page.get_by_role("heading", name="Not recognised")).to_be_visible()
    expect(page.locator(".hints li")).to_have_text(["Come closer", "Hold it straight", "More light"])
    expect(page.locator(".fine").first).to_contain_text("it takes 50%")
    keep(page, "phone-dark-unknown")


def test_says_that_a_text_file_named_jpg_is_no_picture(
    new_page: Open, site: str, pictures: Path, tmp_path: Path
) -> None:
    page = new_page(site, **PHONE)
    choose(page, pictures / "text.jpg")

    expect(page.get_by_role("heading", name="Not a picture")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("text.jpg")
    expect(page.locator("#no-preview svg")).to_be_visible()  # no empty screen above the error
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)

    empty = tmp_path / "empty.png"
    empty.touch()
    choose(page, empty)
    expect(page.get_by_text("empty.png is empty.", exact=True)).to_be_visible()

    choose(page, pictures / "rocket.jpg")
    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()


def test_refuses_a_file_that_is_too_large_before_it_travels(
    new_page: Open, site: str, tmp_path: Path
) -> None:
    large = tmp_path / "large.heic"
    with large.open("wb") as file:
        file.truncate(40 * 2**20)
    page = new_page(site)
    choose(page, large)

    expect(page.get_by_role("heading", name="The picture is too large")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("40 MB; at most 20 MB")


def test_works_through_several_pictures(new_page: Open, site: str, pictures: Path, keep: Keep) -> None:
    names = ("chelsea_the_cat", "wall", "rocket", "text", "cup_of_coffee")
    page = new_page(site, **WIDE)
    choose(page, *(pictures / f"{name}.jpg" for name in names))

    expect(page.locator("#announcer")).to_have_text("5 pictures: 3 recognised, 1 not, 1 failed")
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.locator("#count")).to_have_text("1 of 5")
    film = page.locator("#film button")
    states = film.evaluate_all("all => all.map(each => each.dataset.state)")
    assert states == ["done", "unknown", "done", "failed", "done"]
    film.nth(2).click()
    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()
    expect(page.locator("#count")).to_have_text("3 of 5")
    film.nth(2).press("ArrowRight")
    expect(page.get_by_role("heading", name="Not a picture")).to_be_visible()
    expect(film.nth(3)).to_be_focused()
    keep(page, "wide-several")


def test_sends_a_large_photo_small_and_upright(new_page: Open, site: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (250, 375, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn clockwise to see it upright
    big = Image.fromarray(cv2.resize(noise, (3000, 2000), interpolation=cv2.INTER_CUBIC))
    big.save(tmp_path / "big.jpg", quality=95, exif=exif)
    page = new_page(site)

    with page.expect_response("**/v1/analyze*") as answer:
        choose(page, tmp_path / "big.jpg")

    info = answer.value.json()["imageInfo"]
    assert info == {"format": "IMAGE_FORMAT_JPEG", "widthPx": 1067, "heightPx": 1600}


def test_sends_a_photo_as_small_as_the_server_looks_at(
    new_page: Open, start_gateway: Callable[..., Any], pictures: Path
) -> None:
    page = new_page(start_gateway("--photo-side-px=64", "--max-picture-bytes=20000").url)
    with page.expect_response("**/v1/analyze*") as answer:
        choose(page, pictures / "rocket.jpg")
    info = answer.value.json()["imageInfo"]
    assert max(info["widthPx"], info["heightPx"]) == 64


def test_takes_dropped_and_pasted_pictures(new_page: Open, site: str, pictures: Path) -> None:
    page = new_page(site, permissions=["clipboard-read", "clipboard-write"])
    encoded = base64.b64encode((pictures / "chelsea_the_cat.jpg").read_bytes()).decode()
    transfer = page.evaluate_handle(
        """encoded => {
            const bytes = Uint8Array.from(atob(encoded), (each) => each.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "dropped.jpg", { type: "image/jpeg" }));
            return transfer;
        }""",
        encoded,
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop to look at it")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(page.get_by_role("heading", name="Chelsea the cat")).to_be_visible()

    page.get_by_role("button", name="Back").click()
    page.evaluate(
        """async (transfer) => {
            const canvas = document.createElement("canvas");
            const bitmap = await createImageBitmap(transfer.files[0]);
            Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
            canvas.getContext("2d").drawImage(bitmap, 0, 0);
            const blob = await new Promise((done) => canvas.toBlob(done));
            await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        }""",
        transfer,
    )
    page.keyboard.press("Control+V")
    expect(page.get_by_role("heading", name="Chelsea the cat")).to_be_visible()


def test_keeps_a_history_on_the_device_until_it_is_cleared(
    new_page: Open, site: str, pictures: Path, keep: Keep
) -> None:
    page = new_page(site, **WIDE)
    choose(page, pictures / "astronaut.jpg", pictures / "wall.jpg")
    expect(page.locator("#announcer")).to_contain_text("2 pictures: ")
    page.get_by_role("button", name="Back").click()
    tiles = page.locator("#history li button")
    expect(tiles).to_have_count(2)
    page.reload()
    expect(tiles).to_have_count(2)
    keep(page, "wide-history")

    tiles.filter(has_text="Astronaut").click()
    expect(page.get_by_role("heading", name="Astronaut")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Clear all 2?").click()

    expect(page.locator("#announcer")).to_have_text("History cleared")
    expect(page.locator("#history")).to_be_hidden()
    page.reload()
    expect(page.locator("#history")).to_be_hidden()


def test_speaks_spanish_where_the_browser_does(new_page: Open, site: str, pictures: Path, keep: Keep) -> None:
    page = new_page(site, **PHONE, locale="es-AR")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("button", name="Hacer una foto")).to_be_visible()
    choose(page, pictures / "wall.jpg")
    expect(page.get_by_role("heading", name="No reconocida")).to_be_visible()
    expect(page.locator(".hints li").first).to_have_text("Acércate")
    name = (page.locator(".swatch").first.get_attribute("aria-label") or "").partition(",")[0].lower()
    assert name in set(load_words("es").colors.values())
    keep(page, "phone-spanish")


def test_works_with_the_keyboard_alone(new_page: Open, site: str, pictures: Path) -> None:
    page = new_page(site, **WIDE)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Choose pictures").first).to_be_focused()
        page.keyboard.press("Enter")
    chooser.value.set_files([pictures / "rocket.jpg", pictures / "astronaut.jpg"])
    expect(page.locator("#answer")).to_be_focused()
    expect(page.locator("#announcer")).to_contain_text("2 pictures: ")
    expect(page.locator(".swatch").first).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.locator(".swatch").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#announcer")).to_contain_text("copied")
    page.keyboard.press("Escape")
    expect(page.locator("#show")).to_be_hidden()
    expect(page.locator("#primary")).to_be_focused()


def test_offers_the_models_when_there_are_several(
    new_page: Open, site: str, newer_model: str, pictures: Path
) -> None:
    page = new_page(site)
    choose(page, pictures / "rocket.jpg")
    expect(page.locator(".fine")).to_contain_text("pictures 1")  # nothing chosen: what was served first
    page.keyboard.press("Escape")

    page.get_by_label("Model").select_option("newer")
    choose(page, pictures / "rocket.jpg")
    expect(page.locator(".fine")).to_contain_text("newer 1")
    page.reload()
    expect(page.get_by_label("Model")).to_have_value("newer")
