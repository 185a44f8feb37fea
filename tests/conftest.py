"""What tests of every kind share."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real test pictures beside the checkout; the test is skipped where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the test pictures in shared/data beside the checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photographs that come with scikit-image, six times each as a phone would take them."""
    import cv2
    import numpy as np
    from skimage import data as photographs

    from training.augmentation.camera import distorted

    root = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for label in ("astronaut", "chelsea", "coffee", "rocket"):
        photo = cv2.resize(getattr(photographs, label)(), (320, 240), interpolation=cv2.INTER_AREA)
        (root / label).mkdir()
        for number in range(6):
            pixels = distorted(photo, random, 0.5)
            cv2.imwrite(str(root / label / f"{number}.jpg"), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return root


@pytest.fixture(scope="session")
def image_set(image_folder: Path) -> Any:
    """The same photographs, read as an image set."""
    from training.imagesets.imageset import read_image_set

    return read_image_set(image_folder)


@pytest.fixture(scope="session")
def new_cache(image_set: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes caches that hold descriptors of the photographs and of drawn strangers; none of searches."""
    from training.augmentation.photographing import Photographing
    from training.descriptors.extraction import extract_descriptors
    from training.openset.strangers import stranger_descriptors
    from vision.extractors import create_extractor

    kept = tmp_path_factory.mktemp("descriptors")
    extractor = create_extractor("rootsift", {"max_side_px": 240})
    extract_descriptors(image_set, extractor, kept)
    extract_descriptors(image_set, extractor, kept, distortion=Photographing(0))
    stranger_descriptors(image_set, extractor, kept, seed=0, jobs=1)
    return lambda: shutil.copytree(kept, tmp_path_factory.mktemp("cache"), dirs_exist_ok=True)


@pytest.fixture
def cache(new_cache: Callable[[], Path]) -> Path:
    """A cache of the test's own, see `new_cache`."""
    return new_cache()


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A small model, `place.models`, and pictures that it has not seen, `place.photos`."""
    from tests.small_model import make_place

    return make_place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="session")
def target(place: Any) -> Iterator[str]:
    """`host:port` of a gateway with real services behind it, which serve the small model and palettes."""
    from cli.serving.local import local_services

    with local_services(place.models, ["features", "classification", "palette"]) as address:
        yield address


@pytest.fixture(scope="session")
def store() -> Iterator[Any]:
    """A real S3 server on loopback that this process reads from, see `tests.object_store`."""
    from tests.object_store import object_store

    with object_store() as running:
        yield running


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real web server with TLS on loopback that this process trusts, see `tests.web_server`."""
    from tests.web_server import web_server

    with web_server(tmp_path_factory.mktemp("web")) as running:
        yield running
