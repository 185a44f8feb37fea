"""Real services behind a real gateway, and a real Chromium before it."""

from __future__ import annotations

import contextlib
import datetime
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
import skimage.data
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from bundle import layout
from bundle.folder import file_digest
from bundle.manifest import Component, Manifest, TrainingData
from vision.extractors import create_extractor

LABELS = ("astronaut", "cup_of_coffee", "chelsea_the_cat", "rocket")
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


def photographs() -> dict[str, NDArray[np.uint8]]:
    """The pictures that the model knows, RGB."""
    loads = (skimage.data.astronaut, skimage.data.coffee, skimage.data.chelsea, skimage.data.rocket)
    return dict(zip(LABELS, (np.asarray(load()) for load in loads), strict=True))


def write_jpeg(path: Path, pixels: NDArray[np.uint8], quality: int = 90) -> Path:
    """Writes an RGB picture."""
    cv2.imwrite(str(path), pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return path


class Process:
    """A service of ours on a port of its own."""

    def __init__(self, service: str, *flags: str) -> None:
        command = [sys.executable, "-m", f"services.{service}", "--grpc-port", "0", *flags]
        self._service = service
        self._child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.url = self.target = ""

    def wait_until_listening(self) -> Process:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            if line.startswith("http on "):
                self.url = line.split()[-1]
            if line.startswith("listening on "):
                self.target = line.split()[-1]
                return self
        self.kill()
        raise AssertionError(f"{self._service} ended before it listened")

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside, the process takes calls and does not answer them."""
        self._child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._child.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._child.kill()
        self._child.communicate(timeout=20)


@dataclass(frozen=True)
class Backends:
    """The services behind a gateway, and their model repository."""

    processes: dict[str, Process]
    models: Path

    @property
    def flags(self) -> list[str]:
        """What tells a gateway where they are."""
        return [f"--{name}-target={process.target}" for name, process in self.processes.items()]


@pytest.fixture(scope="session")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backends]:
    """Features, classification and palette with one model."""
    models = tmp_path_factory.mktemp("models")
    write_bundle(models)
    flags = ["--models", str(models), "--model-poll-seconds", "0.2"]
    processes = {
        "features": Process("features", *flags),
        "classification": Process("classification", *flags),
        "palette": Process("palette"),
    }
    for process in processes.values():
        process.wait_until_listening()
    yield Backends(processes, models)
    for process in processes.values():
        process.kill()


@pytest.fixture(scope="session")
def gateway(backends: Backends) -> Iterator[Process]:
    """What apps and browsers reach; tests must not stop it."""
    process = Process("gateway", "--http-port", "0", *backends.flags).wait_until_listening()
    yield process
    process.kill()


@pytest.fixture(scope="session")
def site(gateway: Process) -> str:
    """Address of the page."""
    return gateway.url


@pytest.fixture
def newer_model(site: str, backends: Backends) -> Iterator[str]:
    """The name of a second model, served for the time of a test."""
    write_bundle(backends.models, "newer")
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
def start_gateway(backends: Backends) -> Iterator[Callable[..., Process]]:
    """Starts gateways of the test's own."""
    with contextlib.ExitStack() as stack:

        def start(*flags: str, http_port: int = 0) -> Process:
            process = Process("gateway", "--http-port", str(http_port), *backends.flags, *flags)
            stack.callback(process.kill)
            return process.wait_until_listening()

        yield start


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
            page.on("console", lambda told: complaints.append(told.text) if _complains(told) else None)
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


def _complains(told: ConsoleMessage) -> bool:
    return told.type == "error" and not told.text.startswith("Failed to load resource")


def write_bundle(root: Path, name: str = "pictures") -> None:
    """A model that knows the photographs: every descriptor votes for the picture of its nearest neighbour."""
    extractor = create_extractor("rootsift", {"max_keypoints": 300})
    # `resize` repeats what there is where a picture has fewer descriptors than the bank has places.
    found = [extractor.extract(pixels).descriptors for pixels in photographs().values()]
    banks = [
        np.resize(each[:300], (300, extractor.dimension)) for each in found
    ]  # repeats where there are fewer
    folder = root / name / "1"
    folder.mkdir(parents=True)
    onnx.save(voting_graph(np.stack(banks).astype(np.float32)), str(folder / "classifier.onnx"))
    manifest = Manifest(
        name=name,
        version=1,
        created=datetime.datetime.now(datetime.UTC),
        recipe={"name": "test"},
        extractor=Component(name=extractor.name, parameters=dict(extractor.parameters)),
        features="local",
        dimension=extractor.dimension,
        encoder=None,
        classifier=Component(name="nearest_neighbour_votes"),
        labels=LABELS,
        calibration="none",
        threshold=0.5,
        metrics={"accuracy": 1.0},
        training_data=TrainingData(fingerprint="0" * 64, pictures=len(LABELS), groups=len(LABELS)),
        seed=0,
        versions={"onnx": onnx.__version__},
        files={"classifier.onnx": file_digest(folder / "classifier.onnx")},
    )
    (folder / layout.MANIFEST).write_text(manifest.to_json(), encoding="utf-8")


def voting_graph(banks: NDArray[np.float32]) -> Any:
    """Softmax over labels of how many descriptors, and how clearly, have a neighbour within each bank.

    Args:
        banks: Shape (labels, descriptors each, dimension), each of length 512 as extractors store them.
    """
    count, each, dimension = banks.shape
    gain = 0.1  # leaves something to the runners-up
    constants = {
        "banks": (banks.reshape(count * each, dimension).T * (gain / 512**2)).astype(np.float32),
        "shape": np.array([-1, count, each], np.int64),
        "each": np.array([2], np.int64),
        "near": np.array(0.9 * gain, np.float32),
        "votes": np.array([0], np.int64),
    }
    nodes = [
        helper.make_node("MatMul", ["descriptors", "banks"], ["similar"]),
        helper.make_node("Reshape", ["similar", "shape"], ["grouped"]),
        helper.make_node("ReduceMax", ["grouped", "each"], ["best"], keepdims=0),
        helper.make_node("Sub", ["best", "near"], ["above"]),
        helper.make_node("Relu", ["above"], ["vote"]),
        helper.make_node("ReduceSum", ["vote", "votes"], ["sum"], keepdims=1),
        helper.make_node("Softmax", ["sum"], ["probabilities"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("descriptors", TensorProto.FLOAT, ["N", dimension])]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, count])]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "votes", inputs, outputs, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
