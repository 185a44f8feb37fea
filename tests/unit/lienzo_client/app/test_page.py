"""The page in the words of a language."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from lienzo_client.app.page import to_page
from lienzo_client.app.photo import Photo
from lienzo_client.app.recognition import Answer, Outline
from lienzo_client.app.state import Phase, State
from lienzo_client.app.words import load_words
from lienzo_client.errors import InvalidPicture
from lienzo_client.models import Meaning, Model, ModelVersion
from lienzo_client.results import Classification, Group, ImageInfo, Label, Work
from tests.support.commands import parse

LABELS = (Label("la_gran_ola", 0.9), Label("girasoles", 0.06), Label("el_grito", 0.001))
PHOTO = Photo("ola.jpg", b"jpeg", Image.new("RGBA", (4, 3)))
MODEL = Model("a", 1, (), "rootsift", "vlad", "linear_svm", 0.6, None, datetime.now(UTC), False, "")


def answer(label: str | None, labels: tuple[Label, ...] = LABELS) -> Answer:
    threshold = None if label else 0.95
    found = Classification(label, 0.9, threshold, labels, ModelVersion("a", 1), ImageInfo("jpeg", 4, 3), {})
    return Answer(found, ())


def shown(state: State, language: str = "en") -> dict[str, object]:
    return to_page(state, load_words(language))


def why(state: State) -> dict[str, Any]:
    return cast("dict[str, Any]", shown(state)["why"])


def test_begins_with_an_invitation() -> None:
    page = shown(State("localhost:50050"))
    assert (page["phase"], page["photo"], page["canClassify"]) == ("idle", 0, False)
    assert page["server"] == "localhost:50050"


def test_names_the_work_in_the_language_of_the_user() -> None:
    state = State("a").with_photo(PHOTO).answered(answer("la_gran_ola"))
    page = shown(state, "es")
    assert page["verdict"] == "La gran ola"
    assert page["spokenProbability"] == "Confianza 90 %"
    assert page["detail"] == "O quizá: Girasoles 6 %"
    assert shown(state)["detail"] == "Or perhaps: Girasoles 6%"


def test_shows_what_the_label_means_with_the_label_behind_it() -> None:
    meaning = Meaning("La gran ola de Kanagawa", "Una estampa.", "", {"artist": "Hokusai", "year": "1831"})
    runner_up = Label("girasoles", 0.06, Meaning("Los girasoles", "", "", {}))
    found = replace(answer("la_gran_ola").classification, meaning=meaning, labels=(LABELS[0], runner_up))
    page = shown(State("a").with_photo(PHOTO).answered(Answer(found, ())), "es")
    assert page["verdict"] == "La gran ola de Kanagawa"
    got = str(page["detail"]).split("\n")
    assert got == [
        "Hokusai, 1831",
        "Una estampa.",
        "Etiqueta: la_gran_ola",
        "O quizá: Los girasoles 6 %",
    ]
    doubtful = replace(answer(None).classification, labels=(runner_up,))
    assert "Los girasoles" in str(shown(State("a").answered(Answer(doubtful, ())), "es")["detail"])


def test_tells_how_near_it_came_when_not_recognised() -> None:
    page = shown(State("a").with_photo(PHOTO).answered(answer(None)))
    assert page["phase"] == "not_recognised"
    assert page["verdict"] == "Image not recognised"
    assert str(page["detail"]).startswith("Closest: La gran ola, 90%; it takes 95%.")
    assert shown(State("a").answered(answer(None, ())))["detail"] != ""


def test_names_the_group_that_is_sure_where_no_label_is() -> None:
    group = Group("waves", 0.97, Meaning("Olas", "", "", {}))
    found = Answer(replace(answer(None).classification, group=group), ())
    page = shown(State("a").with_photo(PHOTO).answered(found), "es")
    assert (page["verdict"], page["probability"]) == ("Olas", 0.97)
    told = str(page["detail"]).split("\n")
    assert told[0] == "Cuál de ellas es no está claro."
    assert told[1].startswith("Lo más parecido: La gran ola")


def test_tells_whose_work_is_outlined() -> None:
    work = Work("w1", "La gran ola", "Hokusai", 0.9, (), {})
    found = replace(answer("la_gran_ola"), outline=Outline(work, ((0.0, 0.0),) * 4))
    outlined = State("a").with_photo(PHOTO).answered(found)
    assert shown(outlined)["work"] == "Outlined: La gran ola · Hokusai"
    assert shown(outlined)["corners"] == [[0.0, 0.0]] * 4


def test_tells_that_a_part_of_the_catalogue_did_not_answer() -> None:
    partly = State("a").answered(replace(answer("la_gran_ola"), is_partial=True))
    got = "A part of the catalogue did not answer: its works were not looked for."
    assert shown(partly)["work"] == got
    work = Work("w1", "La gran ola", "", 0.9, (), {})
    outlined = replace(
        partly, answer=replace(answer("la_gran_ola"), is_partial=True, outline=Outline(work, ()))
    )
    assert shown(outlined)["work"] == f"Outlined: La gran ola\n{got}"


def test_tells_that_an_answer_was_verified_and_where() -> None:
    quad = ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 1.5))
    found = replace(answer("la_gran_ola").classification, verified=True, agreeing_points=23, outline=quad)
    state = State("a").with_photo(PHOTO).answered(Answer(found, ()))
    verified, runners_up = str(shown(state, "es")["detail"]).split("\n")
    assert verified == "Comprobada: 23 puntos coinciden con una imagen suya que guarda el modelo."
    assert runners_up == "O quizá: Girasoles 6 %"
    assert shown(state)["corners"] == [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.5]]
    # A work of a catalogue says more: its outline is drawn instead.
    work = Work("w1", "La gran ola", "Hokusai", 0.9, (), {})
    outlined = State("a").answered(Answer(found, (), Outline(work, ((0.5, 0.5),) * 4)))
    assert shown(outlined)["corners"] == [[0.5, 0.5]] * 4


def test_what_was_compared_and_not_verified_is_not_outlined() -> None:
    quad = ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))
    found = replace(answer(None).classification, agreeing_points=5, outline=quad)
    page = shown(State("a").with_photo(PHOTO).answered(Answer(found, ())))
    assert page["corners"] == []
    assert "Verified" not in str(page["detail"])


def test_says_why_against_what_the_model_asks_for() -> None:
    known = State("a").with_photo(PHOTO).answered(answer("la_gran_ola"))
    assert why(known)["text"] == "La gran ola has 90%, which is enough for this model."
    assert why(known)["threshold"] == 0
    named = replace(known, model=MODEL)
    assert why(named)["text"] == "La gran ola has 90%; 60% is needed."
    assert [each["percent"] for each in why(named)["labels"]] == ["90%", "6%", "< 1%"]
    every = replace(known, model=replace(MODEL, threshold=0.0))
    assert why(every)["text"] == "La gran ola has 90%; this model answers every picture."
    verified = replace(answer("la_gran_ola").classification, verified=True, agreeing_points=23)
    doubtful = replace(State("a").answered(Answer(verified, ())), model=replace(MODEL, threshold=0.904))
    assert why(doubtful)["text"] == (
        "La gran ola has 90.0% where 90.4% is needed, but 23 points agree with a picture of it."
    )


@pytest.mark.parametrize(
    ("points", "got"),
    [
        (None, "It was not compared with pictures"),
        (0, "Nothing in it agrees with a picture"),
        (5, "5 points agree with a picture of it that the model keeps; more are needed."),
    ],
)
def test_says_why_not_and_what_comparing_gave(points: int | None, got: str) -> None:
    found = replace(answer(None).classification, agreeing_points=points)
    decision, geometry = str(why(State("a").answered(Answer(found, ())))["text"]).split("\n")
    assert decision == "The best label is La gran ola with 90%; 95% is needed."
    assert geometry.startswith(got)


def test_names_the_command_that_shows_the_rest_with_the_part_in_pixels_of_the_file() -> None:
    state = State("a").with_photo(PHOTO).answered(answer(None))
    assert why(state)["command"] == "lienzo explain PHOTO --model a --version 1"
    photo = replace(PHOTO, path=Path("/photos/it's.jpg"), file_px=(400, 300))
    found = replace(answer(None).classification, image_info=ImageInfo("jpeg", 4, 3, (1, 1, 2, 2)))
    part = State("a").with_photo(photo).answered(Answer(found, ()))
    words = shlex.split(str(why(part)["command"]))
    assert parse(words[1:])["photo"] == photo.path
    assert parse(words[1:])["region"] == "100,100,200,200"
    assert shown(part)["part"] == [0.25, 1 / 3, 0.75, 1.0]
    assert str(shown(part)["detail"]).startswith("Only the marked part.\n")


def test_says_what_went_wrong_and_keeps_the_picture() -> None:
    refused = InvalidPicture("INVALID_ARGUMENT", "NOT_A_PICTURE", "")
    page = shown(State("a").with_photo(PHOTO).failed(refused, "text.jpg"), "es")
    assert page["failed"]
    assert page["verdict"] == "No es una imagen"
    assert str(page["detail"]).startswith("text.jpg no lo es")
    assert page["photo"] == 1
    assert page["canClassify"]


def test_tells_what_is_under_way() -> None:
    state = State("a").with_photo(PHOTO)
    assert shown(state.in_phase(Phase.BUSY), "es")["stage"] == "Clasificando…"
    assert not shown(state.in_phase(Phase.BUSY))["canClassify"]
    assert shown(state.in_phase(Phase.CHOOSING))["stage"] == "Opening …"
