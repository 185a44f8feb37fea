"""What the app answers about pictures from files and from the camera."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np

from lienzo_client.app.camera import CameraError


def test_names_a_chosen_image_and_its_colours(open_window: Any, pictures: Path) -> None:
    from tests.e2e.app.hand import pixels

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
    assert hand.find("Palette").isVisible()
    assert len(hand.swatches) > 2
    assert len(np.unique(pixels(shot).reshape(-1, 3), axis=0)) > 1000  # the picture itself is there


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
    assert hand.detail.startswith("text.jpg is not a picture")
    hand.keep("5-not-a-picture")
    hand.choose_in_dialog(pictures / "rocket.jpg")
    hand.classify()
    assert hand.verdict == "Rocket"


def test_takes_a_photo_and_names_it(open_window: Any) -> None:
    hand = open_window()
    hand.click("TomarFoto")
    hand.until(lambda: hand.find("Shoot").isEnabled())
    hand.keep("6-camera")
    hand.click("Shoot")
    hand.until(lambda: not hand.find("CameraPage").isVisible())
    hand.classify()
    assert hand.verdict == "Cup of coffee"


def test_says_that_the_camera_was_refused(open_window: Any, pictures: Path) -> None:
    hand = open_window(problem=CameraError("CAMERA_REFUSED", "no"))
    hand.click("TomarFoto")
    hand.until(lambda: hand.verdict == "The camera was refused")
    assert not hand.find("CameraPage").isVisible()
    hand.keep("7-camera-refused")
    hand.choose(pictures / "rocket.jpg")
    hand.until(lambda: hand.find("Clasificar").isEnabled())


def test_outlines_the_work(open_window: Any, museum: Any, pictures: Path) -> None:
    from tests.e2e.app.hand import pixels, place

    hand = open_window(connect=lambda server: museum())
    hand.choose(pictures / "astronaut.jpg")
    hand.classify()
    hand.until(hand.find("Outline").isVisible)
    assert hand.detail == "Outlined: La gran ola · Hokusai"
    shot = pixels(hand.keep("8-outline"))
    picture = place(hand.find("Outline"))
    x, y = picture.left() + picture.width() / 16, picture.top() + picture.height() * 7 / 8
    red, _, blue = shot[round(y), round(x)]
    assert red > 200
    assert blue < 140


def test_outlines_the_picture_that_an_answer_was_verified_with(
    open_window: Any, museum: Any, pictures: Path
) -> None:
    hand = open_window(connect=lambda server: museum(probability=0.4, agreeing_points=23, corners=()))
    hand.choose(pictures / "astronaut.jpg")
    hand.classify()
    hand.until(hand.find("Outline").isVisible)
    assert hand.detail == "Verified: 23 points agree with a picture of it that the model keeps."
    hand.keep("13-verified")


def test_a_click_on_a_colour_copies_it(open_window: Any, pictures: Path) -> None:
    hand = open_window()
    hand.choose(pictures / "astronaut.jpg")
    hand.classify()
    hand.settle()
    hex_color = hand.swatches[0].property("text")
    hand.click_item(hand.swatches[0])
    assert hand.clipboard == hex_color
    assert hand.toast == f"{hex_color} copied"


def test_says_why_and_copies_the_command(open_window: Any, pictures: Path) -> None:
    hand = open_window()
    hand.choose(pictures / "wall.jpg")
    hand.classify()
    hand.click("Why")
    hand.until(lambda: "is needed" in hand.find("Reasons").property("text"))
    assert hand.find("Reasons").property("text").startswith("The best label is ")
    assert hand.window.binding.page["why"]["threshold"] == 0.5
    hand.keep("14-why")
    command = hand.find("Command").property("text")
    assert shlex.split(command)[:3] == ["lienzo", "explain", str(pictures / "wall.jpg")]
    hand.click("CopyCommand")
    hand.until(lambda: hand.toast == "Command copied")
    assert hand.clipboard == command
    hand.press("Escape")
    hand.until(lambda: not hand.find("WhySheet").property("visible"))


def test_looks_at_what_is_dragged_over_and_at_the_whole_again(open_window: Any, pictures: Path) -> None:
    hand = open_window()
    hand.choose(pictures / "cup_of_coffee.jpg")
    hand.classify()
    hand.drag("PartMarker", (0.1, 0.2), (0.9, 0.8))
    hand.until(lambda: hand.detail.startswith("Only the marked part."))
    hand.keep("15-part")
    np.testing.assert_allclose(hand.window.binding.page["part"], (0.1, 0.2, 0.9, 0.8), atol=0.02)
    hand.click("PartMarker")
    hand.until(
        lambda: len(hand.window.binding.page["part"]) == 4 and hand.window.binding.page["part"][0] > 0.2
    )
    hand.click("Whole")
    hand.until(lambda: hand.verdict == "Cup of coffee" and not hand.window.binding.page["part"])


def test_reaches_a_gateway_by_its_web_address(open_window: Any, gateway: Any, pictures: Path) -> None:
    hand = open_window()
    hand.choose(pictures / "rocket.jpg")
    hand.move_to(gateway.url)
    hand.classify()
    assert hand.verdict == "Rocket"


def test_says_that_no_server_is_there_and_takes_another(
    open_window: Any, gateway: Any, pictures: Path
) -> None:
    hand = open_window()
    hand.choose(pictures / "astronaut.jpg")
    hand.move_to("127.0.0.1:1")
    hand.classify()
    assert hand.verdict == "The server does not answer"
    assert "127.0.0.1:1" in hand.detail
    hand.keep("9-no-server")
    hand.move_to(gateway.target)
    hand.classify()
    assert hand.verdict == "Astronaut"
