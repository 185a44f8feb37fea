"""The page when the server is away, busy, slow or asks for a key, and when there is no network."""

from __future__ import annotations

import hashlib
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.services import frozen

Open = Callable[..., Page]
StartGateway = Callable[..., Any]


def choose(page: Page, *files: Path) -> None:
    page.set_input_files("#pick", [str(file) for file in files])


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


def test_goes_on_by_itself_after_the_server_was_away_in_the_middle(
    new_page: Open, start_gateway: StartGateway, backends: Any, pictures: Path
) -> None:
    gateway = start_gateway()
    page = new_page(gateway.url)
    with frozen(backends.processes["features"]):
        with page.expect_request("**/v1/analyze*"):
            choose(page, pictures / "rocket.jpg", pictures / "astronaut.jpg", pictures / "wall.jpg")
        gateway.kill()
    expect(page.get_by_role("heading", name="The server does not answer")).to_be_visible()

    start_gateway(http_port=port_of(gateway.url))

    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("3 pictures: 2 recognised, 1 not, 0 failed")


def test_opens_without_a_network_and_shows_the_history(
    new_page: Open, start_gateway: StartGateway, pictures: Path
) -> None:
    gateway = start_gateway()
    page = new_page(gateway.url, service_workers="allow")
    choose(page, pictures / "rocket.jpg")
    expect(page.locator(".swatch").first).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    gateway.kill()
    page.context.set_offline(True)

    page.reload()

    page.get_by_role("button", name="Rocket").click()
    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()
    choose(page, pictures / "astronaut.jpg")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    start_gateway(http_port=port_of(gateway.url))
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Astronaut")).to_be_visible()


def test_shows_the_label_although_the_palette_service_is_down(
    new_page: Open, start_gateway: StartGateway, pictures: Path
) -> None:
    page = new_page(start_gateway("--palette-target=127.0.0.1:1").url)
    choose(page, pictures / "rocket.jpg")

    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()
    expect(page.get_by_text("The colours are not available right now.")).to_be_visible()


def test_says_that_a_service_behind_the_gateway_is_down(
    new_page: Open, start_gateway: StartGateway, pictures: Path
) -> None:
    page = new_page(start_gateway("--features-target=127.0.0.1:1").url)
    choose(page, pictures / "rocket.jpg")

    expect(page.get_by_role("heading", name="Not ready")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator(".swatch").first).to_be_visible()


def test_asks_an_overloaded_server_again_and_then_says_so(
    new_page: Open, start_gateway: StartGateway, backends: Any, pictures: Path
) -> None:
    gateway = start_gateway("--max-in-flight=1")
    page = new_page(gateway.url)
    request = urllib.request.Request(f"{gateway.url}/v1/classify", (pictures / "rocket.jpg").read_bytes())
    urllib.request.urlopen(request).close()  # connects it to the services, before one of them freezes
    with frozen(backends.processes["features"]):
        other = threading.Thread(target=lambda: urllib.request.urlopen(request).close())
        other.start()
        choose(page, pictures / "rocket.jpg")
        expect(page.get_by_role("heading", name="Many are asking right now")).to_be_visible()
    other.join()

    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()


def test_gives_up_on_a_server_that_takes_too_long(
    new_page: Open, site: str, backends: Any, pictures: Path
) -> None:
    page = new_page(site)
    page.clock.install()
    with frozen(backends.processes["features"]):
        with page.expect_request("**/v1/analyze*"):
            choose(page, pictures / "rocket.jpg")
        page.clock.fast_forward(31_000)
        expect(page.get_by_role("heading", name="That took too long")).to_be_visible()

    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()


def test_asks_for_the_key_of_a_server_that_wants_one(
    new_page: Open, start_gateway: StartGateway, pictures: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"phone:{hashlib.sha256(b'open sesame').hexdigest()}\n")
    page = new_page(start_gateway("--api-keys-file", str(keys)).url)
    choose(page, pictures / "rocket.jpg")
    expect(page.get_by_role("heading", name="This server asks for a key")).to_be_visible()

    page.get_by_role("button", name="Try again").click()
    page.get_by_label("API key").fill("open sesame")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Rocket")).to_be_visible()
