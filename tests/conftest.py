"""What tests of every kind share."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.once import computed_once, made_once
from vision.memory import keep_freed_memory

TESTS = Path(__file__).resolve().parent
SHARED_DATA = TESTS.parents[1] / "shared" / "data"
IDLE_SECONDS = 10
last_ended: dict[str, tuple[float, str]] = {}  # by worker
NOT_QUICK = {"e2e", "export/classifier", "export/parity", "export/phone", "integration", "unit/cli"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out what is slow or starts a process")


def pytest_configure(config: pytest.Config) -> None:
    # Looking for garbage while everything is imported takes a quarter of that time, and finds next to none.
    gc.disable()
    # The workers are the parallelism: threads of theirs would wait for each other.
    for threads in ("OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        os.environ.setdefault(threads, "1")
    keep_freed_memory()
    distributes = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if config.getoption("quick") and not distributes:
        sys.addaudithook(skip_where_python_is_started)


def skip_where_python_is_started(event: str, arguments: tuple[Any, ...]) -> None:
    """Ends a test, or a fixture, at the point where it would start another Python."""
    if event == "subprocess.Popen" and sys.executable in (arguments[0], *arguments[1][:1]):
        pytest.skip("starts a process")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves out the folders whose tests run whole commands, servers or exports."""
    left_out = collection_path.relative_to(TESTS).as_posix() in NOT_QUICK
    return True if left_out and config.getoption("quick") else None


def pytest_collection_finish() -> None:
    """Collects garbage again, without looking each time at all that has been imported."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("quick"):
        items[:] = [item for item in items if item.get_closest_marker("slow") is None]
    # First the files that take long, so that no worker is left alone with one of them at the end: those that
    # are marked, then the folders whose tests start processes. Where that does not do, the summary says so.
    slow = {each.path for each in items if each.get_closest_marker("slow")}
    ranks = {each: (each not in slow, not is_not_quick(each)) for each in {item.path for item in items}}
    items.sort(key=lambda each: ranks[each.path])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keeps when each worker last ended a test, and of which file."""
    if worker := getattr(report, "worker_id", None):
        last_ended[worker] = time.monotonic(), report.nodeid.partition("::")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names the file that kept one worker busy when another had no more to do."""
    if last_ended and terminalreporter.config.getoption("dist") == "loadfile":
        first, (last, file) = min(last_ended.values())[0], max(last_ended.values())
        if last - first > IDLE_SECONDS:
            alone = f"{last - first:.0f} s with one worker alone, last in {file}"
            terminalreporter.line(f"{alone}: mark what takes long as slow, so that it begins first")


def is_not_quick(path: Path) -> bool:
    """Whether a test file lies in one of the folders that are left out of the quick ones."""
    return any(path.is_relative_to(TESTS / folder) for folder in NOT_QUICK)


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_a_person() -> Iterator[None]:
    """Takes the settings out of the environment that a person has for servers and models of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("LIENZO_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real test pictures beside the checkout; the test is skipped where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the test pictures in shared/data beside the checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photographs that come with scikit-image, six times each as a phone would take them."""

    def take(folder: Path) -> None:
        import cv2
        import numpy as np
        from skimage import data as photographs

        from training.augmentation.camera import distorted

        random = np.random.default_rng(0)
        for label in ("astronaut", "chelsea", "coffee", "rocket"):
            photo = cv2.resize(getattr(photographs, label)(), (320, 240), interpolation=cv2.INTER_AREA)
            (folder / label).mkdir()
            for number in range(6):
                pixels = distorted(photo, random, 0.5)
                cv2.imwrite(str(folder / label / f"{number}.jpg"), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))

    return made_once(tmp_path_factory, "photos", take)


@pytest.fixture(scope="session")
def image_set(image_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same photographs, read as an image set, two at a time."""
    from training.imagesets.imageset import read_image_set

    return computed_once(tmp_path_factory, "image_set", lambda: read_image_set(image_folder, jobs=2))


@pytest.fixture(scope="session")
def new_cache(image_set: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes caches that hold descriptors of the photographs and of drawn strangers; none of searches."""
    from training.augmentation.photographing import Photographing
    from training.descriptors.extraction import extract_descriptors
    from training.openset.strangers import stranger_descriptors
    from vision.extractors import create_extractor

    def describe(folder: Path) -> None:
        extractor = create_extractor("rootsift", {"max_side_px": 240})
        extract_descriptors(image_set, extractor, folder)
        extract_descriptors(image_set, extractor, folder, distortion=Photographing(0))
        stranger_descriptors(image_set, extractor, folder, seed=0, jobs=1)

    kept = made_once(tmp_path_factory, "descriptors", describe)
    return lambda: shutil.copytree(kept, tmp_path_factory.mktemp("cache"), dirs_exist_ok=True)


@pytest.fixture
def cache(new_cache: Callable[[], Path]) -> Path:
    """A cache of the test's own, see `new_cache`."""
    return new_cache()


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A small model, `place.models`, and pictures that it has not seen, `place.photos`."""
    from tests.support.place import make_place

    return make_place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="session")
def place_services(place: Any) -> Iterator[Any]:
    """Real services with default limits by name, which serve the small model and palettes."""
    from cli.serving.launcher import running_services

    with running_services(folders={"models": place.models}) as services:
        yield services


@pytest.fixture(scope="session")
def place_gateway(place_services: Any) -> Any:
    """Their gateway."""
    return place_services["gateway"]


@pytest.fixture(scope="session")
def target(place_gateway: Any) -> str:
    """`host:port` of that gateway's gRPC port."""
    return str(place_gateway.target)


@pytest.fixture(scope="session")
def url(place_gateway: Any) -> str:
    """Address of its HTTP port."""
    return str(place_gateway.url)


@pytest.fixture(scope="session")
def store() -> Iterator[Any]:
    """A real S3 server on loopback that this process reads from, see `tests.support.object_store`."""
    from tests.support.object_store import object_store

    with object_store() as running:
        yield running


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real web server with TLS on loopback that this process trusts, see `tests.support.web_server`."""
    from tests.support.web_server import web_server

    with web_server(tmp_path_factory.mktemp("web")) as running:
        yield running
