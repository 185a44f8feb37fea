"""How the window looks and is reached: sizes, light and dark, keyboard, screen reader, dropped files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

DARK = "#202020"


def test_light_and_dark_follow_the_system(open_window: Any, pictures: Path) -> None:
    from tests.e2e.app.hand import pixels

    hand = open_window()
    hand.choose(pictures / "chelsea_the_cat.jpg")
    hand.classify()
    assert pixels(hand.keep("10-light"))[4, 4].min() > 200
    hand.give_system_colors(DARK)
    assert pixels(hand.keep("11-dark"))[4, 4].max() < 60


def test_works_by_keyboard_and_for_a_screen_reader(open_window: Any) -> None:
    from tests.e2e.app.hand import spoken

    hand = open_window()
    hand.press("Ctrl+O")
    hand.until(lambda: hand.find("ImageDialog").property("visible"))
    hand.answer_dialog("reject")
    hand.press("Ctrl+T")
    hand.until(lambda: hand.focused == hand.find("Shoot"))
    hand.press("Return")
    hand.until(lambda: hand.find("Clasificar").isEnabled())
    hand.press("Ctrl+Return")
    hand.until(lambda: hand.verdict != "")
    reached = hand.tab_round()
    assert {"Server", "ElegirImage", "TomarFoto", "Clasificar", "Swatch"} <= {
        item.objectName() for item in reached
    }
    assert all(map(spoken, reached))
    assert spoken(hand.find("ResponseLabel")) == "Cup of coffee"
    assert spoken(hand.find("Img")) == "Your picture: Photo"


def test_escape_leaves_the_camera(open_window: Any) -> None:
    hand = open_window()
    hand.press("Ctrl+T")
    hand.until(hand.find("CameraPage").isVisible)
    hand.press("Escape")
    hand.until(lambda: not hand.find("CameraPage").isVisible())


@pytest.mark.parametrize("size", [(320, 540), (1280, 720)], ids=["narrow", "wide"])
def test_everything_has_its_place(open_window: Any, pictures: Path, size: tuple[int, int]) -> None:
    hand = open_window()
    hand.root.resize(*size)
    hand.settle(0.1)
    hand.choose(pictures / "chelsea_the_cat.jpg")
    hand.classify()
    hand.keep(f"12-{size[0]}x{size[1]}")
    check_places(hand)


def test_a_server_cannot_spoil_the_page(open_window: Any, museum: Any, pictures: Path) -> None:
    markup = "<h1>X</h1><img src='http://127.0.0.1:1/x.png'>\n" * 50
    far = ((-1e30, 0.0), (1e30, 0.0), (1e30, 1e30), (0.0, 1e30))
    hand = open_window(connect=lambda server: museum(markup, float("nan"), (markup,) * 200, far))
    hand.choose(pictures / "astronaut.jpg")
    hand.classify()
    hand.until(hand.find("Outline").isVisible)
    hand.keep("13-markup")
    check_places(hand)
    assert len(hand.swatches) < 10


def check_places(hand: Any) -> None:
    """Everything is in the window, large enough, and beside or below the rest, never upon it."""
    from tests.e2e.app.hand import place

    names = ("Img", "ElegirImage", "TomarFoto", "Clasificar", "ResponseLabel", "Accuracy", "Palette")
    places = {name: place(hand.find(name)) for name in names}
    for name, each in places.items():
        assert each.left() >= 0, name
        assert each.right() <= hand.root.width(), name
        assert each.bottom() <= hand.root.height(), name
        assert each.height() >= 20, name
        assert not any(each.intersects(other) for other in places.values() if other is not each), name
    below = [places[name].top() for name in names[1:]]
    assert below == sorted(below)
    assert all(places[name].height() >= 44 for name in names[1:4])


@pytest.mark.filterwarnings("ignore:.*QD.*Event:DeprecationWarning")  # older Qt has no other way
def test_takes_a_dropped_file(open_window: Any, pictures: Path) -> None:
    hand = open_window()
    hand.drop(pictures / "rocket.jpg")
    hand.until(lambda: hand.find("Clasificar").isEnabled())
    assert hand.detail == "rocket.jpg"


def test_the_file_dialog_shows_pictures_and_speaks_the_language(open_window: Any) -> None:
    from PySide6.QtCore import QCoreApplication

    hand = open_window("es")
    dialog = hand.find("ImageDialog")
    pictures, everything = dialog.property("nameFilters")
    assert pictures.startswith("Imágenes (*.jpg *.JPG ")
    assert "*.heic" in pictures
    assert everything == "Todos los archivos (*)"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancelar"


def test_a_toast_leaves_the_name_of_the_server_readable(open_window: Any) -> None:
    from PySide6.QtCore import QPointF

    hand = open_window()
    server, toast = hand.find("Server"), hand.find("Toast")
    assert toast.mapToScene(QPointF(0, 0)).y() >= server.mapToScene(QPointF(0, server.height())).y()
