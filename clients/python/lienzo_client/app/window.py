"""The Qt window around the view model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Property, QCoreApplication, QObject, QUrl, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow

from lienzo_client.app.background import BackgroundLoop
from lienzo_client.app.camera import Camera
from lienzo_client.app.display import translate_dialogs
from lienzo_client.app.page import to_page
from lienzo_client.app.photo import ENDINGS
from lienzo_client.app.pictures import PictureProvider
from lienzo_client.app.state import State
from lienzo_client.app.view_model import Connect, MainViewModel
from lienzo_client.app.words import Words

MAIN_PAGE = Path(__file__).parent / "qml" / "MainPage.qml"


class PageBinding(QObject):
    """The view model's page and commands as QML properties and slots.

    Args:
        loop: Event loop of the view model, which is used only there.
        provider: Provider of the pictures.
        make: Creates the view model from its observers of states and toasts.
        words: Texts of the language.
    """

    _observed = Signal(object)
    pageChanged = Signal()
    toast = Signal(str)

    def __init__(
        self,
        loop: BackgroundLoop,
        provider: PictureProvider,
        make: Callable[[Callable[[State], None], Callable[[str], None]], MainViewModel],
        words: Words,
    ) -> None:
        super().__init__()
        self._loop = loop
        self._provider = provider
        self._words = words
        # The signals carry what happens in the loop's thread over to the window's.
        self._observed.connect(self._show)
        self.view_model = make(self._observed.emit, lambda message: self.toast.emit(words.say(message)))
        self._state = self.view_model.state

    @Property(dict, notify=pageChanged)
    def page(self) -> dict[str, object]:
        """The current page; see `to_page`."""
        return to_page(self._state, self._words)

    @Property(dict, constant=True)
    def words(self) -> dict[str, str]:
        """The fixed texts by message id."""
        return dict(self._words.texts)

    @Property(str, constant=True)
    def pictureNames(self) -> str:
        """Patterns of the names of pictures for the file dialog, in both cases, as Linux tells them apart."""
        return " ".join(f"*.{each}" for ending in ENDINGS for each in (ending, ending.upper()))

    @Slot(QUrl)
    def chooseImage(self, address: QUrl) -> None:
        """Opens a file by the URL from a dialog or a drop."""
        self._loop.post(self.view_model.choose_image, Path(address.toLocalFile() or address.toString()))

    @Slot()
    def takePhoto(self) -> None:
        """Opens the camera."""
        self._loop.post(self.view_model.take_photo)

    @Slot()
    def shoot(self) -> None:
        """Takes the camera's current frame."""
        self._loop.post(self.view_model.shoot)

    @Slot()
    def classify(self) -> None:
        """Sends the picture to the gateway."""
        self._loop.post(self.view_model.classify)

    @Slot(float, float, float, float)
    def lookAt(self, left: float, top: float, right: float, bottom: float) -> None:
        """Sends the picture to look at a part of it, in fractions of its width and height."""
        self._loop.post(self.view_model.look_at, (left, top, right, bottom))

    @Slot()
    def explain(self) -> None:
        """Asks what the model that answered asks for."""
        self._loop.post(self.view_model.explain)

    @Slot()
    def cancel(self) -> None:
        """Cancels what is in progress."""
        self._loop.post(self.view_model.cancel)

    @Slot(str)
    def changeServer(self, server: str) -> None:
        """Switches to another gateway."""
        self._loop.post(self.view_model.change_server, server)

    @Slot(str)
    def copy(self, hex_color: str) -> None:
        """Copies a colour to the clipboard."""
        QGuiApplication.clipboard().setText(hex_color)
        self.toast.emit(self._words.say("copied", hex=hex_color))

    @Slot(str)
    def copyCommand(self, command: str) -> None:
        """Copies a command to the clipboard."""
        QGuiApplication.clipboard().setText(command)
        self.toast.emit(self._words.say("command_copied"))

    @Slot(object)
    def _show(self, state: State) -> None:
        if state.photo is not None and state.photo is not self._state.photo:
            self._provider.put("photo", state.photo.pixels)
        if state.frame is not None:
            self._provider.put("frame", state.frame)
        self._state = state
        self.pageChanged.emit()


class MainWindow:
    """The window and the view model behind it; needs a `QGuiApplication`.

    Args:
        connect: Creates a client for an address.
        camera: Camera of *Take photo*.
        words: Texts of the language.
        server: Address of the gateway.
        model: Name of the model; empty means the server's default.

    Attributes:
        root: QML's window.

    Raises:
        RuntimeError: When QML cannot be loaded.
    """

    def __init__(
        self, connect: Connect, camera: Camera, words: Words, *, server: str, model: str = ""
    ) -> None:
        self._translators = translate_dialogs(words.language)
        self._loop = BackgroundLoop()
        provider = PictureProvider()

        def make(observe: Callable[[State], None], tell: Callable[[str], None]) -> MainViewModel:
            return MainViewModel(connect, camera, observe, tell, server=server, model=model)

        self.binding = PageBinding(self._loop, provider, make, words)
        self._engine = QQmlApplicationEngine()
        self._engine.addImageProvider("pictures", provider)
        properties: dict[str, Any] = {"app": self.binding}
        self._engine.setInitialProperties(properties)
        self._engine.load(QUrl.fromLocalFile(str(MAIN_PAGE)))
        roots = self._engine.rootObjects()
        if not roots or not isinstance(roots[0], QQuickWindow):
            raise RuntimeError(f"{MAIN_PAGE} cannot be loaded")
        self.root: QQuickWindow = roots[0]

    def open_photo(self, path: Path) -> None:
        """Opens a picture."""
        self.binding.chooseImage(QUrl.fromLocalFile(str(path.absolute())))

    def close(self) -> None:
        """Cancels what is in progress and closes the window."""
        self._loop.close(self.binding.view_model.close())
        self.root.close()
        for each in self._translators:
            QCoreApplication.removeTranslator(each)
        del self._engine  # before the binding, which its QML uses
