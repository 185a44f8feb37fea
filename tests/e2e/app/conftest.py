"""The reference app's real window, offscreen, before real services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import skimage.data
from PIL import Image

from lienzo_client import AsyncClient
from lienzo_client.app.camera import CameraError
from lienzo_client.app.words import load_words


class Coffee:
    """A camera that looks at a cup of coffee, or has a problem."""

    def __init__(self, problem: CameraError | None = None) -> None:
        self._problem = problem

    def frames(self) -> Iterator[Image.Image]:
        if self._problem is not None:
            raise self._problem
        while True:
            yield Image.fromarray(skimage.data.coffee())


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
    assert complaints == []
