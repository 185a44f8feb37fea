"""The one rule by which a text is chosen among languages."""

from __future__ import annotations

import pytest

from bundle.languages import text_in, texts_in, without_language

WAVE = {"name": "The Wave", "name_es": "La ola", "name_pt_BR": "A onda", "name_zh-Hant": "浪", "year": "1831"}


@pytest.mark.parametrize(
    ("languages", "chosen"),
    [
        (["es"], "La ola"),
        (["es-AR"], "La ola"),
        (["ES_ar"], "La ola"),
        (["pt-BR"], "A onda"),
        (["pt-PT"], "A onda"),
        (["zh-Hant-TW"], "浪"),
        (["de", "es"], "La ola"),
        (["es", "pt"], "La ola"),
        (["de"], "The Wave"),
        (["e"], "The Wave"),
        ([], "The Wave"),
    ],
)
def test_takes_the_first_language_that_there_is(languages: list[str], chosen: str) -> None:
    assert text_in(WAVE, "name", languages) == chosen


def test_without_a_text_for_all_it_takes_the_english_one_and_else_the_first() -> None:
    assert text_in({"name_es": "La ola", "name_en_GB": "The Wave"}, "name", ["de"]) == "The Wave"
    assert text_in({"name_es": "La ola", "name_fr": "La vague"}, "name", ["de"]) == "La ola"
    assert text_in({"name_es": "", "name": ""}, "name", ["es"]) == ""


def test_an_empty_translation_counts_as_none() -> None:
    assert text_in({"name": "The Wave", "name_es": ""}, "name", ["es"]) == "The Wave"


def test_every_column_is_chosen_and_named_without_its_language() -> None:
    columns = {"name_es": "La ola", "room": "3", "room_es": "sala 3", "wall_no": "7", "link_es": ""}
    assert texts_in(columns, ["es"]) == {"name": "La ola", "room": "sala 3", "wall_no": "7"}
    assert texts_in(columns, ["en"]) == {"name": "La ola", "room": "3", "wall_no": "7"}


def test_a_column_is_a_translation_only_of_one_that_there_is() -> None:
    assert without_language("wall_no", {"wall_no"}) == "wall_no"
    assert without_language("wall_no", {"wall", "wall_no"}) == "wall"
    assert without_language("name_zh_Hant_TW", {"name_zh_Hant_TW", "name_zh"}) == "name"
    assert without_language("name_of_the_room_x1", ()) == "name_of_the_room_x1"
