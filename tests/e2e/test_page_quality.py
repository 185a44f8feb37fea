"""What the page weighs, how fast it answers, whether everybody can use it, and what it may load."""

from __future__ import annotations

import os
import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

Open = Callable[..., Page]

WEB = Path(__file__).resolve().parents[2] / "services" / "gateway" / "web"
LIMIT_BYTES = 150 * 1024
ANSWER_SECONDS = 2.0
SCHEMES = {"light": (360, 740), "dark": (1280, 800)}


def choose(page: Page, *files: Path) -> None:
    page.set_input_files("#pick", [str(file) for file in files])


def violations(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{each['impact']}: {each['id']} {[node['target'] for node in each['nodes']]}" for each in found]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_has_no_accessibility_findings(new_page: Open, site: str, pictures: Path, scheme: str) -> None:
    width, height = SCHEMES[scheme]
    page = new_page(site, viewport={"width": width, "height": height}, color_scheme=scheme)
    assert violations(page) == []
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    for name, heading in (("rocket", "Rocket"), ("wall", "Not recognised"), ("text", "Not a picture")):
        choose(page, pictures / f"{name}.jpg")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert violations(page) == []
    choose(page, pictures / "rocket.jpg", pictures / "text.jpg")
    expect(page.locator("#announcer")).to_contain_text("2 pictures: ")
    assert violations(page) == []
    page.get_by_role("button", name="Back").click()
    expect(page.locator("#history")).to_be_visible()
    assert violations(page) == []


def test_answers_a_cold_page_within_two_seconds(new_page: Open, site: str, pictures: Path) -> None:
    if os.getloadavg()[0] > 2 * (os.cpu_count() or 1):
        pytest.skip("the machine is busy with other things: a time would say nothing about the page")
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        page = new_page(site, service_workers="allow")
        choose(page, pictures / "astronaut.jpg")
        expect(page.get_by_role("heading", name="Astronaut")).to_be_visible()
        taken.append(time.perf_counter() - start)
        if taken[-1] <= ANSWER_SECONDS:
            return
    pytest.fail(f"three cold pages took {taken} seconds")


def test_weighs_little_and_loads_nothing_from_elsewhere(new_page: Open, site: str) -> None:
    page = new_page("about:blank", service_workers="allow")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(site)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    weight = sum(file.stat().st_size for file in WEB.iterdir())
    assert weight <= LIMIT_BYTES, f"{weight} bytes"
    assert addresses
    assert all(address.startswith(site) for address in addresses)


def test_offers_to_be_installed(new_page: Open, site: str) -> None:
    page = new_page(site, service_workers="allow")
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    problems = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A window that keeps nothing, as tests use it, is the one thing that cannot install it.
    assert [each["errorId"] for each in problems] in ([], ["in-incognito"])


def test_runs_nothing_that_is_not_its_own(site: str) -> None:
    for path in ("/", "/web/app.js", "/sw.js", "/manifest.webmanifest"):
        with urllib.request.urlopen(f"{site}{path}") as answer:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-cache"
    page = (WEB / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", page)


def test_keeps_every_file_of_the_page_for_offline_use() -> None:
    kept = set(re.findall(r'^  "([\w.-]+)",$', (WEB / "sw.js").read_text(encoding="utf-8"), re.MULTILINE))
    at_root = {"index.html", "sw.js", "manifest.webmanifest"}
    assert kept == {file.name for file in WEB.iterdir()} - at_root


def test_says_everything_in_both_languages() -> None:
    words = (WEB / "words.js").read_text(encoding="utf-8")
    english, spanish = (
        re.findall(r"^  (\w+): (.*)$", words.split(f"const {name} = {{")[1].split("\n};")[0], re.MULTILINE)
        for name in ("ENGLISH", "SPANISH")
    )
    assert [key for key, _ in english] == [key for key, _ in spanish]
    for (key, ours), (_, theirs) in zip(english, spanish, strict=True):
        assert sorted(re.findall(r"\{\w+\}", ours)) == sorted(re.findall(r"\{\w+\}", theirs)), key
