"""The camera: taken from, and refused."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

Open = Callable[..., Page]
WIDE = {"viewport": {"width": 1280, "height": 800}}


def test_takes_a_photo_with_the_computers_camera(
    new_page: Open, site: str, keep: Callable[[Page, str], None]
) -> None:
    page = new_page(site, **WIDE, permissions=["camera"])
    page.get_by_role("button", name="Use the camera").click()
    shutter = page.get_by_role("button", name="Take the photo")
    expect(shutter).to_be_focused()
    keep(page, "wide-camera")
    with page.expect_response("**/v1/analyze*") as answer:
        page.keyboard.press("Enter")

    assert answer.value.ok
    assert answer.value.json()["imageInfo"]["format"] == "IMAGE_FORMAT_JPEG"
    expect(page.locator("#answer")).to_have_attribute("data-state", "done")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("document.querySelector('video').srcObject.active") is False


def test_says_that_the_camera_was_refused_and_offers_to_choose(new_page: Open, site: str) -> None:
    page = new_page(site, **WIDE)
    page.get_by_role("button", name="Use the camera").click()

    expect(page.get_by_role("alert")).to_contain_text("The camera was refused")
    with page.expect_file_chooser():
        page.get_by_role("dialog").get_by_role("button", name="Choose pictures").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#primary")).to_be_visible()


def test_says_that_there_is_no_camera(new_page: Open, site: str) -> None:
    page = new_page(site, **WIDE, permissions=["camera"])
    page.evaluate(
        """() => {
            const missing = () => Promise.reject(new DOMException("none", "NotFoundError"));
            navigator.mediaDevices.getUserMedia = missing;
        }"""
    )
    page.get_by_role("button", name="Use the camera").click()

    expect(page.get_by_role("alert")).to_contain_text("No camera was found")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Use the camera")).to_be_focused()
