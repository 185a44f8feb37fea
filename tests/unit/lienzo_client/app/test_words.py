"""What the app says, in each language."""

from __future__ import annotations

import string
import tomllib
from importlib import resources
from typing import Any

import pytest

from lienzo_client.app.words import LANGUAGES, Words, load_words, readable
from lienzo_client.errors import LienzoError


def catalogue(language: str) -> dict[str, Any]:
    path = resources.files("lienzo_client.app") / "words" / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Words:
    return load_words(request.param)


def test_colours_are_named_in_the_language_of_the_app() -> None:
    assert load_words("es").color("steelblue", "slate") == "azul acero"
    assert load_words("en").color("steelblue", "slate") == "slate"
    assert load_words("es").color("", "slate") == "slate"


def test_every_language_says_everything_with_the_same_blanks() -> None:
    english, spanish = map(catalogue, LANGUAGES)
    assert {name: blanks(text) for name, text in english["texts"].items()} == {
        name: blanks(text) for name, text in spanish["texts"].items()
    }
    assert english["problems"].keys() == spanish["problems"].keys()
    for reason, problem in english["problems"].items():
        assert blanks(problem["text"]) == blanks(spanish["problems"][reason]["text"]), reason


def test_speaks_the_language_of_the_system_or_english() -> None:
    assert load_words("es-AR").say("choose_image") == "Elegir imagen"
    assert load_words("es_ES").language == "es"
    assert load_words("pt-BR").language == "en"
    assert load_words("").language == "en"


def test_the_reason_decides_then_the_code_then_a_general_sentence(words: Words) -> None:
    def title(code: str, reason: str) -> str:
        return words.problem(LienzoError(code, reason, "in English"), name="a", target="b").title

    assert title("DEADLINE_EXCEEDED", "NO_ANSWER_IN_TIME") == title("DEADLINE_EXCEEDED", "")
    assert title("INVALID_ARGUMENT", "MISSING_IMAGE") == title("INVALID_ARGUMENT", "NOT_A_PICTURE")
    assert title("DATA_LOSS", "NEVER_HEARD_OF") == title("INTERNAL", "")
    assert title("DATA_LOSS", "NEVER_HEARD_OF") != title("INVALID_ARGUMENT", "NOT_A_PICTURE")


def test_fills_in_what_the_server_told(words: Words) -> None:
    details = {"size_bytes": str(41 * 2**20), "limit_bytes": str(20 * 2**20)}
    error = LienzoError("INVALID_ARGUMENT", "PICTURE_TOO_LARGE", "", details)
    text = words.problem(error, name="a{b}.jpg").text
    assert "a{b}.jpg" in text
    assert "41 MB" in text
    assert "20 MB" in text


def test_is_general_where_the_server_told_less_than_the_sentence_needs(words: Words) -> None:
    general = words.problem(LienzoError("INTERNAL", "", ""))
    assert words.problem(LienzoError("INVALID_ARGUMENT", "PICTURE_TOO_LARGE", ""), name="a") == general
    assert words.problem(LienzoError("INVALID_ARGUMENT", "MODEL_NOT_NAMED", "")) == general


def test_writes_shares_as_people_do() -> None:
    english, spanish = load_words("en"), load_words("es")
    written = [english.percent(share) for share in (0, 0.001, 0.5, 0.999, 1)]
    assert written == ["0%", "< 1%", "50%", "99%", "100%"]
    assert spanish.percent(0.5) == "50 %"
    assert english.percent(float("nan")) == english.percent(-1.0) == "0%"
    assert english.percent(7.0) == "100%"


def test_writes_labels_as_people_do() -> None:
    assert readable("la_gran_ola") == "La gran ola"
    assert readable("") == ""
