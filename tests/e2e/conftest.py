"""Real services behind a real gateway, and a real Chromium before it."""

from __future__ import annotations

import contextlib
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from signal import SIGKILL
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from cli.serving.process import ServiceProcess
from tests.support.groups import import_shades
from tests.support.services import starting_services
from tests.support.verified import Photos, write_photos, write_verifying_model
from tests.support.voting import photographs, write_voting_model

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]
PATIENCE_MS = 20_000
SCREENSHOTS = Path(__file__).resolve().parents[2] / "artifacts" / "page"


def write_jpeg(path: Path, pixels: NDArray[np.uint8], quality: int = 90) -> Path:
    """Writes an RGB picture."""
    cv2.imwrite(str(path), pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return path


@dataclass(frozen=True)
class Backends:
    """The services behind a gateway, and their model repository."""

    processes: dict[str, ServiceProcess]
    models: Path

    @property
    def flags(self) -> list[str]:
        """What tells a gateway where they are."""
        return [f"--{name}-target={process.target}" for name, process in self.processes.items()]


@pytest.fixture(scope="session")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backends]:
    """Features, classification and palette with one model."""
    models = tmp_path_factory.mktemp("models")
    write_voting_model(models)
    quick = ("--model-poll-seconds", "0.2")
    with starting_services(SIGKILL) as start:
        processes = {
            "features": start("features", "--models", models, *quick),
            "classification": start("classification", "--models", models, *quick),
            "palette": start("palette"),
        }
        yield Backends(processes, models)


@pytest.fixture(scope="session")
def gateway(backends: Backends) -> Iterator[ServiceProcess]:
    """What apps and browsers reach; tests must not stop it."""
    with starting_services(SIGKILL) as start:
        yield start("gateway", *backends.flags)


@pytest.fixture(scope="session")
def site(gateway: ServiceProcess) -> str:
    """Address of the page."""
    return gateway.url


@pytest.fixture
def newer_model(site: str, backends: Backends) -> Iterator[str]:
    """The name of a second model, served for the time of a test."""
    write_voting_model(backends.models, "newer")
    wait_for_answer(f"{site}/v1/classify?model=newer")
    yield "newer"
    shutil.rmtree(backends.models / "newer")
    wait_for_answer(f"{site}/v1/classify")  # without a name: there is one model again


def wait_for_answer(url: str) -> None:
    """Returns once a picture that is sent there is answered."""
    picture = cv2.imencode(".png", np.zeros((32, 32, 3), np.uint8))[1].tobytes()
    deadline = time.monotonic() + 10
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(url, picture)).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


@pytest.fixture
def start_gateway(backends: Backends) -> Iterator[Callable[..., ServiceProcess]]:
    """Starts gateways of the test's own."""
    with starting_services(SIGKILL) as start:
        yield partial(start, "gateway", *backends.flags)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `<label>.jpg` of every known picture, `wall.jpg` of nothing, and `text.jpg`."""
    folder = tmp_path_factory.mktemp("pictures")
    for label, pixels in photographs().items():
        write_jpeg(folder / f"{label}.jpg", pixels)
    write_jpeg(folder / "wall.jpg", np.asarray(skimage.data.brick())[..., None].repeat(3, axis=2))
    (folder / "text.jpg").write_text("This is no picture, whatever its name says.\n" * 20)
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Photos:
    """Photographs of the pictures that the model which verifies knows."""
    return write_photos(tmp_path_factory.mktemp("verified"))


@pytest.fixture
def verifying(backends: Backends) -> Iterator[str]:
    """The name of a model that verifies, served for the time of a test."""
    folder = write_verifying_model(backends.models, "verifying")
    yield "verifying"
    shutil.rmtree(folder.parent)


@pytest.fixture
def grouped(backends: Backends, tmp_path: Path) -> Iterator[str]:
    """The name of a model whose labels have parents, served for the time of a test."""
    import_shades(tmp_path, backends.models, "grouped")
    yield "grouped"
    shutil.rmtree(backends.models / "grouped")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's or anybody's Chromium; closed with the module: Playwright keeps an event loop running."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("needs Chromium: apt-get install --no-install-recommends chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages in contexts of their own; errors in its console fail the test."""
    with contextlib.ExitStack() as stack:

        def open_page(url: str, **options: Any) -> Page:
            chosen = {"locale": "en-GB", "reduced_motion": "reduce", "service_workers": "block", **options}
            context: BrowserContext = chromium.new_context(**chosen)
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            complaints: list[str] = []
            stack.callback(lambda: pytest.fail("; ".join(complaints)) if complaints else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda got: complaints.append(got.text) if _complains(got) else None)
            page.goto(url)
            return page

        yield open_page


@pytest.fixture
def keep() -> Callable[[Page, str], None]:
    """Keeps a screenshot for people to look at, outside git."""

    def screenshot(page: Page, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return screenshot


def _complains(got: ConsoleMessage) -> bool:
    return got.type == "error" and not got.text.startswith("Failed to load resource")
