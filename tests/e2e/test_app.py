"""The reference app's real window, driven offscreen before real services."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image

from lienzo_client import AsyncClient
from lienzo_client.app.camera import CameraError
from lienzo_client.app.words import load_words
from lienzo_client.errors import NotSupported
from lienzo_client.results import (
    Analysis,
    Classification,
    Identification,
    ImageInfo,
    Label,
    ModelVersion,
    Palette,
    Work,
)

QtGui = pytest.importorskip("PySide6.QtGui", reason="Qt cannot be loaded here", exc_type=ImportError)
QtCore = pytest.importorskip("PySide6.QtCore")
QtTest = pytest.importorskip("PySide6.QtTest")
Qt = QtCore.Qt

SCREENSHOTS = Path(__file__).resolve().parents[2] / "artifacts" / "app"
PATIENCE_S = 20.0
LIGHT, DARK = "#f0f0f0", "#202020"


class Coffee:
    """A camera that looks at a cup of coffee, or has a problem."""

    def __init__(self, problem: CameraError | None = None) -> None:
        self._problem = problem

    def frames(self) -> Iterator[Image.Image]:
        if self._problem is not None:
            raise self._problem
        while True:
            yield Image.fromarray(skimage.data.coffee())


class Museum:
    """A gateway with a catalogue, as far as the app sees it."""

    async def analyze_image(self, picture: bytes, **options: Any) -> Analysis:
        info, label = ImageInfo("jpeg", 512, 512), Label("la_gran_ola", 0.87)
        found = Classification(label.name, 0.87, None, (label,), ModelVersion("museum", 1), info, {})
        return Analysis(found, Palette((), None, None, False, info, {}))

    async def identify_work(self, picture: bytes, **options: Any) -> Identification:
        corners = ((64.0, 64.0), (448.0, 32.0), (480.0, 480.0), (32.0, 448.0))
        work = Work("w1", "La gran ola", "Hokusai", 0.9, corners, {})
        return Identification((work,), ImageInfo("jpeg", 512, 512), {})

    async def close(self) -> None:
        pass


class Hand:
    """Somebody before the window: looks, clicks and types."""

    def __init__(self, application: Any, window: Any) -> None:
        self._application = application
        self.window = window
        self.root = window.root
        self.root.requestActivate()
        self.until(lambda: self.root.isExposed() and self.root.isActive())

    def find(self, name: str) -> Any:
        found = self.root.findChild(QtCore.QObject, name)
        assert found is not None, name
        return found

    def until(self, holds: Callable[[], bool]) -> None:
        """Lets the window work until something holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"not within {PATIENCE_S} s; {self.verdict!r}, {self.toast!r}"
            self._application.processEvents()
            time.sleep(0.005)  # and lets other threads work, which Qt's own waiting does not

    def settle(self, seconds: float = 0.35) -> None:
        """Lets animations end."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def click(self, name: str) -> None:
        self.click_item(self.find(name))

    def click_item(self, item: Any) -> None:
        middle = item.mapToScene(QtCore.QPointF(item.width() / 2, item.height() / 2)).toPoint()
        QtTest.QTest.mouseClick(self.root, Qt.MouseButton.LeftButton, pos=middle)

    def press(self, key: Any, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        QtTest.QTest.keyClick(self.root, key, modifier)

    def answer_dialog(self, dialog: Any, how: str) -> None:
        """Accepts or rejects, and waits until the window can be used again."""
        dialog.metaObject().invokeMethod(dialog, how)
        self.until(lambda: self._application.focusWindow() == self.root)

    def choose(self, path: Path) -> None:
        """Has a picture opened, as the command line does."""
        before = self.shown
        self.window.open_photo(path)
        self.until(lambda: self.shown != before)

    def choose_in_dialog(self, path: Path) -> None:
        """Chooses a file as a person does."""
        dialog = self.find("ImageDialog")
        dialog.setProperty("selectedFile", QtCore.QUrl.fromLocalFile(str(path)))
        self.click("ElegirImage")
        self.until(lambda: dialog.property("visible"))
        self.settle(0.1)
        before = self.shown
        self.answer_dialog(dialog, "accept")
        self.until(lambda: self.shown != before)

    def classify(self) -> None:
        self.until(lambda: self.find("Clasificar").isEnabled())
        self.click("Clasificar")
        self.until(lambda: self.verdict != "" and self.toast != "")

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

    def keep(self, name: str) -> Any:
        """Keeps a screenshot for people to look at, outside git."""
        self.settle()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        shot = self.root.grabWindow()
        assert shot.save(str(SCREENSHOTS / f"{name}.png"))
        return shot


@pytest.fixture(scope="session")
def application() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        patch.setenv("QT_QUICK_BACKEND", "software")
        yield QtGui.QGuiApplication.instance() or QtGui.QGuiApplication([])


@pytest.fixture
def open_window(application: Any, gateway: Any) -> Iterator[Callable[..., Hand]]:
    """Opens windows; whatever Qt complains about fails the test."""
    from lienzo_client.app.window import MainWindow

    complaints: list[str] = []
    QtCore.qInstallMessageHandler(lambda kind, context, message: complaints.append(message))
    opened: list[Any] = []

    def start(language: str = "en", camera: Any = None, connect: Any = None) -> Hand:
        connect = connect or (lambda server: AsyncClient(server, attempts=1))
        window = MainWindow(connect, camera or Coffee(), load_words(language), server=gateway.target)
        opened.append(window)
        return Hand(application, window)

    yield start
    for window in opened:
        window.close()
    application.setPalette(QtGui.QPalette(QtGui.QColor(LIGHT)))
    QtCore.qInstallMessageHandler(None)
    assert complaints == []


def test_names_a_chosen_image_and_its_colours(open_window: Any, pictures: Path) -> None:
    hand = open_window()
    hand.keep("1-welcome")
    assert not hand.find("Clasificar").isEnabled()
    hand.choose_in_dialog(pictures / "astronaut.jpg")
    hand.keep("2-chosen")
    hand.classify()
    assert hand.verdict == "Astronaut"
    assert hand.toast == "Classification finished"
    shot = hand.keep("3-answered")
    bar = hand.find("Accuracy")
    assert 0.5 < bar.property("value") <= 1
    assert bar.property("spoken").startswith("Confidence ")
    assert len(swatches(hand)) > 2
    assert hand.find("Palette").isVisible()
    assert distinct_colors(shot) > 1000  # the picture itself is there


def test_says_in_spanish_that_an_image_is_not_recognised(open_window: Any, pictures: Path) -> None:
    hand = open_window("es")
    assert hand.find("ElegirImage").property("text") == "Elegir imagen"
    assert hand.find("TomarFoto").property("text") == "Sacar foto"
    assert hand.find("Clasificar").property("text") == "Clasificar"
    hand.choose(pictures / "wall.jpg")
    hand.classify()
    assert hand.verdict == hand.toast == "Imagen no reconocida"
    assert hand.detail.startswith("Lo más parecido: ")
    assert not hand.find("Accuracy").isVisible()
    hand.keep("4-not-recognised-spanish")


def test_says_what_is_wrong_with_a_file_and_stays_usable(open_window: Any, pictures: Path) -> None:
    hand = open_window()
    hand.choose(pictures / "text.jpg")
    assert hand.verdict == "Not a picture"
    hand.until(lambda: hand.toast == "There was an error")
    assert hand.detail.startswith("text.jpg is none")
    hand.keep("5-not-a-picture")
    hand.choose_in_dialog(pictures / "rocket.jpg")
    hand.classify()
    assert hand.verdict == "Rocket"


def test_light_and_dark_follow_the_system(open_window: Any, application: Any, pictures: Path) -> None:
    hand = open_window()
    hand.choose(pictures / "chelsea_the_cat.jpg")
    hand.classify()
    assert brightness(hand.keep("6-light")) > 200
    application.setPalette(QtGui.QPalette(QtGui.QColor(DARK)))
    assert brightness(hand.keep("7-dark")) < 60


def test_takes_a_photo_and_names_it(open_window: Any) -> None:
    hand = open_window()
    hand.click("TomarFoto")
    hand.until(lambda: hand.find("Shoot").isEnabled())
    hand.keep("8-camera")
    hand.click("Shoot")
    hand.until(lambda: not hand.find("CameraPage").isVisible() and hand.find("Clasificar").isEnabled())
    hand.classify()
    assert hand.verdict == "Cup of coffee"


def test_says_that_the_camera_was_refused(open_window: Any, pictures: Path) -> None:
    hand = open_window(camera=Coffee(CameraError("CAMERA_REFUSED", "no")))
    hand.click("TomarFoto")
    hand.until(lambda: hand.verdict != "")
    assert hand.verdict == "The camera was refused"
    assert not hand.find("CameraPage").isVisible()
    hand.keep("9-camera-refused")
    hand.choose(pictures / "rocket.jpg")
    hand.until(lambda: hand.find("Clasificar").isEnabled())


def test_outlines_the_work(open_window: Any, pictures: Path) -> None:
    hand = open_window(connect=lambda server: Museum())
    hand.choose(pictures / "astronaut.jpg")
    hand.classify()
    outline = hand.find("Outline")
    hand.until(outline.isVisible)
    assert hand.detail == "Outlined: La gran ola · Hokusai"
    shot = hand.keep("10-outline")
    corner = outline.mapToScene(QtCore.QPointF(outline.width() / 16, outline.height() * 7 / 8)).toPoint()
    color = shot.pixelColor(corner)
    assert color.red() > 200
    assert color.blue() < 140


def test_a_click_on_a_colour_copies_it(open_window: Any, application: Any, pictures: Path) -> None:
    hand = open_window()
    hand.choose(pictures / "astronaut.jpg")
    hand.classify()
    hand.settle()
    swatch = swatches(hand)[0]
    hand.click_item(swatch)
    assert application.clipboard().text() == swatch.property("text")
    assert hand.toast == f"{swatch.property('text')} copied"


def test_says_that_no_server_is_there_and_takes_another(
    open_window: Any, gateway: Any, pictures: Path
) -> None:
    hand = open_window()
    hand.choose(pictures / "astronaut.jpg")
    move_to(hand, "127.0.0.1:1")
    hand.classify()
    assert hand.verdict == "The server does not answer"
    assert "127.0.0.1:1" in hand.detail
    hand.keep("11-no-server")
    move_to(hand, gateway.target)
    hand.classify()
    assert hand.verdict == "Astronaut"


def test_works_by_keyboard_and_for_a_screen_reader(open_window: Any, pictures: Path) -> None:
    hand = open_window()
    hand.press(Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    dialog = hand.find("ImageDialog")
    hand.until(lambda: dialog.property("visible"))
    hand.answer_dialog(dialog, "reject")
    hand.press(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    hand.until(lambda: hand.find("Shoot").isEnabled() and hand.root.activeFocusItem() is hand.find("Shoot"))
    hand.press(Qt.Key.Key_Return)
    hand.until(lambda: hand.find("Clasificar").isEnabled())
    hand.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    hand.until(lambda: hand.verdict != "")
    reached = [step.objectName() for step in tab_round(hand)]
    order = ["Server", "ElegirImage", "TomarFoto", "Clasificar", "Swatch"]
    assert [name for name in order if name in reached] == order
    for item in tab_round(hand):
        spoken = QtGui.QAccessible.queryAccessibleInterface(item)
        assert spoken.text(QtGui.QAccessible.Text.Name), item.objectName()
    label = QtGui.QAccessible.queryAccessibleInterface(hand.find("ResponseLabel"))
    assert label.text(QtGui.QAccessible.Text.Name) == "Cup of coffee"


@pytest.mark.parametrize("size", [(320, 540), (1280, 720)], ids=["narrow", "wide"])
def test_everything_has_its_place(open_window: Any, pictures: Path, size: tuple[int, int]) -> None:
    hand = open_window()
    hand.root.resize(*size)
    hand.settle()
    hand.choose(pictures / "chelsea_the_cat.jpg")
    hand.classify()
    hand.keep(f"12-{size[0]}x{size[1]}")
    names = ("Img", "ElegirImage", "TomarFoto", "Clasificar", "ResponseLabel", "Accuracy", "Palette")
    places = {name: place(hand.find(name)) for name in names}
    window = QtCore.QRectF(0, 0, *size)
    for name, each in places.items():
        assert window.contains(each), name
        assert each.height() >= 20, name
        assert not any(each.intersects(other) for other in places.values() if other is not each), name
    below = [places[name].top() for name in names[1:]]
    assert below == sorted(below)
    assert all(hand.find(name).height() >= 44 for name in names[1:4])


@pytest.mark.filterwarnings("ignore:.*QD.*Event:DeprecationWarning")  # older Qt has no other way
def test_takes_a_dropped_file(open_window: Any, application: Any, pictures: Path) -> None:
    hand = open_window(connect=lambda server: Silent())
    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(str(pictures / "rocket.jpg"))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    middle = QtCore.QPoint(200, 200)
    action = Qt.DropAction.CopyAction
    application.sendEvent(hand.root, QtGui.QDragEnterEvent(middle, action, data, buttons, keys))
    application.sendEvent(hand.root, QtGui.QDropEvent(QtCore.QPointF(middle), action, data, buttons, keys))
    hand.until(lambda: hand.find("Clasificar").isEnabled())
    assert hand.detail == "rocket.jpg"


def place(item: Any) -> Any:
    """Where an item is in the window."""
    return item.mapRectToScene(QtCore.QRectF(0, 0, item.width(), item.height()))


def swatches(hand: Hand) -> list[Any]:
    return [item for item in hand.find("Palette").childItems() if item.objectName() == "Swatch"]


class Silent(Museum):
    """A gateway without a catalogue."""

    async def identify_work(self, picture: bytes, **options: Any) -> Identification:
        raise NotSupported("UNIMPLEMENTED", "NOT_IMPLEMENTED", "no catalogue here")


def move_to(hand: Hand, server: str) -> None:
    """Enters another address."""
    hand.click("Server")
    address = hand.find("ServerAddress")
    hand.until(lambda: bool(address.property("activeFocus")))
    hand.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for character in server:
        QtTest.QTest.keyClick(hand.root, character)
    hand.press(Qt.Key.Key_Return)
    hand.until(lambda: hand.find("Server").property("text") == server)


def tab_round(hand: Hand) -> list[Any]:
    """What the Tab key reaches, once around."""
    reached: list[Any] = []
    for _ in range(30):
        hand.press(Qt.Key.Key_Tab)
        item = hand.root.activeFocusItem()
        if item in reached:
            break
        reached.append(item)
    return reached


def brightness(shot: Any) -> float:
    """Of the window's margin, 0 to 255."""
    return float(QtGui.qGray(shot.pixel(4, 4)))


def distinct_colors(shot: Any) -> int:
    image = shot.convertToFormat(QtGui.QImage.Format.Format_RGB32)
    return len(np.unique(np.frombuffer(image.constBits(), np.uint32)))
