"""The reference app's real window, offscreen, before real services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import skimage.data
from PIL import Image

from lienzo_client import AsyncClient
from lienzo_client.app.camera import CameraError
from lienzo_client.app.words import load_words
from lienzo_client.errors import NotSupported
from lienzo_client.models import Model, ModelVersion, ServerInfo
from lienzo_client.results import (
    Analysis,
    Classification,
    Feeling,
    Identification,
    ImageInfo,
    Label,
    Palette,
    PaletteColor,
    Work,
)


class Coffee:
    """A camera that looks at a cup of coffee, or has a problem."""

    def __init__(self, problem: CameraError | None = None) -> None:
        self._problem = problem

    def frames(self) -> Iterator[Image.Image]:
        if self._problem is not None:
            raise self._problem
        while True:
            yield Image.fromarray(skimage.data.coffee())


@dataclass(frozen=True)
class Museum:
    """A gateway with a catalogue, as far as the app sees it: it says the same of every picture."""

    label: str = "la_gran_ola"
    probability: float = 0.87
    color_names: tuple[str, ...] = ("umber",)
    corners: tuple[tuple[float, float], ...] = ((64.0, 64.0), (448.0, 32.0), (480.0, 480.0), (32.0, 448.0))
    agreeing_points: int | None = None

    async def get_server_info(self) -> ServerInfo:
        raise NotSupported("UNIMPLEMENTED", "", "This one is old.")

    async def analyze_image(self, picture: bytes, **options: Any) -> Analysis:
        info, label = ImageInfo("jpeg", 512, 512), Label(self.label, self.probability)
        found = Classification(
            label.name,
            label.probability,
            None,
            (label,),
            ModelVersion("museum", 1),
            info,
            {},
            verified=self.agreeing_points is not None,
            agreeing_points=self.agreeing_points,
            outline=((64.0, 64.0), (448.0, 64.0), (448.0, 448.0), (64.0, 448.0)),
        )
        nothing, feeling = (0.0, 0.0, 0.0), Feeling(0.0, 0.0, 0.0, ())
        colors = tuple(
            PaletteColor(
                "#3b1f14", self.probability, (59, 31, 20), nothing, nothing, nothing,
                "black", name, "#ffffff", 15.0, "", feeling, False,
            )
            for name in self.color_names
        )  # fmt: skip
        work = Work("w1", "La gran ola", "Hokusai", 0.9, self.corners, {})
        works = Identification((work,), info, {})
        return Analysis(found, Palette(colors, None, None, False, info, {}), works)

    async def get_model(self, name: str, version: int) -> Model:
        return Model(name, version, (), "", "", "", 0.5, None, datetime.now(UTC), False, "")

    async def close(self) -> None:
        pass


@pytest.fixture
def museum() -> type[Museum]:
    return Museum


@pytest.fixture(scope="session")
def application() -> Iterator[Any]:
    """Qt, without a screen or a graphics card."""
    qt = pytest.importorskip("PySide6.QtGui", reason="Qt cannot be loaded here", exc_type=ImportError)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        patch.setenv("QT_QUICK_BACKEND", "software")
        yield qt.QGuiApplication.instance() or qt.QGuiApplication([])


@pytest.fixture
def open_window(application: Any, gateway: Any) -> Iterator[Callable[..., Any]]:
    """Opens windows, each with a `Hand` before it; whatever Qt complains about fails the test."""
    from PySide6.QtCore import qInstallMessageHandler

    from lienzo_client.app.window import MainWindow
    from tests.e2e.app.hand import Hand

    complaints: list[str] = []
    qInstallMessageHandler(lambda kind, context, message: complaints.append(message))
    hands: list[Hand] = []

    def start(language: str = "en", problem: CameraError | None = None, connect: Any = None) -> Hand:
        connect = connect or (lambda server: AsyncClient(server, attempts=1))
        window = MainWindow(connect, Coffee(problem), load_words(language), server=gateway.target)
        hands.append(Hand(application, window))
        hands[-1].give_system_colors("#f0f0f0")
        return hands[-1]

    yield start
    for hand in hands:
        hand.window.close()
    qInstallMessageHandler(None)
    # Qt's own dialog says so when a folder is listed anew while it is being listed.
    assert [each for each in complaints if not each.startswith("DelegateModel::cancel")] == []
