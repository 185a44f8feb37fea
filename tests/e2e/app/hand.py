"""Somebody before the app's window: looks, clicks and types. Imported where Qt can be loaded only."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeySequence,
    QPalette,
)
from PySide6.QtTest import QTest

SCREENSHOTS = Path(__file__).resolve().parents[3] / "artifacts" / "app"
PATIENCE_S = 20.0


class Hand:
    """Drives one window.

    Args:
        application: Qt's.
        window: A `MainWindow`.
    """

    def __init__(self, application: QGuiApplication, window: Any) -> None:
        self._application = application
        self.window = window
        self.root = window.root
        self.root.requestActivate()
        self.until(lambda: self.root.isExposed() and self.root.isActive())

    def find(self, name: str) -> Any:
        found = self.root.findChild(QObject, name)
        assert found is not None, name
        return found

    def until(self, holds: Callable[[], bool]) -> None:
        """Lets the window work until something holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"not within {PATIENCE_S} s; {self.verdict!r}, {self.toast!r}"
            self._application.processEvents()
            time.sleep(0.005)  # and lets other threads work, which Qt's own waiting does not

    def settle(self, seconds: float = 0.2) -> None:
        """Lets animations end."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def click(self, name: str) -> None:
        self.click_item(self.find(name))

    def click_item(self, item: Any) -> None:
        middle = item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()
        QTest.mouseClick(self.root, Qt.MouseButton.LeftButton, pos=middle)

    def drag(self, name: str, *places: tuple[float, float]) -> None:
        """Drags over an item from one place to another, in fractions of its width and height."""
        item = self.find(name)
        at = [item.mapToScene(QPointF(x * item.width(), y * item.height())).toPoint() for x, y in places]
        QTest.mousePress(self.root, Qt.MouseButton.LeftButton, pos=at[0])
        QTest.mouseMove(self.root, at[1])
        QTest.mouseRelease(self.root, Qt.MouseButton.LeftButton, pos=at[1])

    def press(self, keys: str) -> None:
        """Presses keys by their names, such as `Ctrl+O`."""
        QTest.keySequence(self.root, QKeySequence(keys))

    def choose(self, path: Path) -> None:
        """Has a picture opened, as the command line does."""
        before = self.shown
        self.window.open_photo(path)
        self.until(lambda: self.shown != before)

    def choose_in_dialog(self, path: Path) -> None:
        """Chooses a file as a person does, in a folder of its own.

        The dialog lists folders in another thread, and chooses what it lists first when it has.
        """
        folder = tempfile.TemporaryDirectory()
        dialog = self.find("ImageDialog")
        dialog.setProperty("selectedFile", QUrl.fromLocalFile(shutil.copy(path, folder.name)))
        self.click("ElegirImage")
        self.until(lambda: dialog.property("visible"))
        self.settle(0.1)
        before = self.shown
        self.answer_dialog("accept")
        self.until(lambda: self.shown != before)
        folder.cleanup()

    def answer_dialog(self, how: str) -> None:
        """Accepts or rejects, and waits until the window can be used again."""
        dialog = self.find("ImageDialog")
        dialog.metaObject().invokeMethod(dialog, how)
        self.until(lambda: self._application.focusWindow() == self.root)

    def drop(self, path: Path) -> None:
        """Lets a file fall onto the window."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        middle = QPoint(200, 200)
        self._application.sendEvent(self.root, QDragEnterEvent(middle, *how))
        self._application.sendEvent(self.root, QDropEvent(QPointF(middle), *how))

    def classify(self) -> None:
        self.until(lambda: self.find("Clasificar").isEnabled())
        self.click("Clasificar")
        self.until(lambda: self.verdict != "" and self.toast != "")

    def move_to(self, server: str) -> None:
        """Enters another address."""
        self.click("Server")
        self.until(lambda: bool(self.find("ServerAddress").property("activeFocus")))
        self.press("Ctrl+A")
        for character in server:
            QTest.keyClick(self.root, character)
        self.press("Return")
        self.until(lambda: self.find("Server").property("text") == server)

    def tab_round(self) -> list[Any]:
        """What the Tab key reaches, once around."""
        reached: list[Any] = []
        for _ in range(30):
            self.press("Tab")
            if self.focused in reached:
                break
            reached.append(self.focused)
        return reached

    def give_system_colors(self, button: str) -> None:
        """Has the system prefer colours around that of its buttons."""
        self._application.setPalette(QPalette(QColor(button)))

    @property
    def focused(self) -> Any:
        return self.root.activeFocusItem()

    @property
    def clipboard(self) -> str:
        return self._application.clipboard().text()

    @property
    def shown(self) -> tuple[object, str]:
        """The picture, and what is said about it."""
        return self.find("Photo").property("source"), self.verdict

    @property
    def verdict(self) -> str:
        return str(self.find("ResponseLabel").property("text"))

    @property
    def detail(self) -> str:
        return str(self.find("Detail").property("text"))

    @property
    def toast(self) -> str:
        shown = self.find("Toast")
        return str(shown.property("text")) if shown.property("visible") else ""

    @property
    def swatches(self) -> list[Any]:
        return [item for item in self.find("Palette").childItems() if item.objectName() == "Swatch"]

    def keep(self, name: str) -> QImage:
        """Keeps a screenshot for people to look at, outside git."""
        self.settle()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        shot: QImage = self.root.grabWindow()
        assert shot.save(str(SCREENSHOTS / f"{name}.png"))
        return shot


def place(item: Any) -> QRectF:
    """Where an item is in its window."""
    return item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))


def spoken(item: Any) -> str:
    """What a screen reader says for it."""
    found = QAccessible.queryAccessibleInterface(item)
    return found.text(QAccessible.Text.Name) if found is not None else ""


def pixels(shot: QImage) -> np.ndarray:
    """Red, green and blue, uint8 (height, width, 3)."""
    image = shot.convertToFormat(QImage.Format.Format_RGBX8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[..., :3].copy()
