"""One line for one picture."""

from __future__ import annotations

from dataclasses import replace

from cli.results.lines import answer_line, to_json
from lienzo_client import Classification
from lienzo_client.models import Meaning, ModelVersion
from lienzo_client.results import Group, ImageInfo, Label

OUTLINE = ((1.0, 2.0), (9.0, 2.0), (9.0, 8.0), (1.0, 8.0))


def answer(label: str | None, points: int | None) -> Classification:
    return Classification(
        label,
        0.48,
        None if label else 0.8,
        (Label("coffee", 0.48),),
        ModelVersion("works", 1),
        ImageInfo("jpeg", 10, 10),
        {"total": 30.0},
        verified=bool(label and points),
        agreeing_points=points,
        outline=OUTLINE if points else (),
    )


def line(found: Classification) -> str:
    return answer_line("photo.jpg", found, 9).plain


def test_a_label_that_steers_terminals_is_written_out() -> None:
    assert "  two\\nlines\\x1b[2J" in line(answer("two\nlines\x1b[2J", None))
    unsure = replace(answer(None, None), labels=(Label("\x1b[31mred", 0.48),))
    assert "(best: \\x1b[31mred 48 %, threshold 80 %)" in line(unsure)


def test_says_how_many_points_verified_an_answer() -> None:
    assert "coffee" in line(answer("coffee", 23))
    assert "verified, 23 points agree" in line(answer("coffee", 23))


def test_says_nothing_of_points_where_nothing_was_compared() -> None:
    assert "points" not in line(answer("coffee", None))
    assert "points" not in line(answer(None, None))


def test_says_how_many_points_were_not_enough() -> None:
    assert line(answer(None, 3)).endswith("(best: coffee 48 %, threshold 80 %, 3 points agree)")


def test_the_best_label_and_the_threshold_never_look_the_same() -> None:
    close = replace(
        answer(None, None), threshold=0.998, labels=(Label("coffee", 0.9972),), probability=0.9972
    )
    assert line(close).endswith("(best: coffee 99.7 %, threshold 99.8 %)")
    full = replace(answer(None, None), threshold=1.0, labels=(Label("coffee", 0.996),), probability=0.996)
    assert line(full).endswith("(best: coffee 99.6 %, threshold 100 %)")


def test_json_has_the_comparison() -> None:
    found = to_json("photo.jpg", answer("coffee", 23))
    assert (found["verified"], found["agreeing_points"], found["outline"]) == (True, 23, OUTLINE)
    clear = to_json("photo.jpg", answer("coffee", None))
    assert (clear["verified"], clear["agreeing_points"], clear["outline"]) == (False, None, ())


def test_shows_the_name_with_the_label_behind_it() -> None:
    named = Meaning("Un café", "", "", {})
    found = replace(answer("coffee", None), meaning=named)
    assert "Un café (coffee) " in line(found)
    doubtful = replace(answer(None, None), labels=(Label("coffee", 0.48, named),))
    assert "best: Un café 48 %" in line(doubtful)


def test_shows_the_group_that_is_sure_where_no_label_is() -> None:
    group = Group("hot_drinks", 0.93, Meaning("Hot drinks", "", "", {}))
    shown = line(replace(answer(None, None), group=group))
    assert "Hot drinks (hot_drinks)  93 %" in shown
    assert shown.endswith("which of them is not sure (best: coffee 48 %, threshold 80 %)")
    assert "not recognised" not in shown
    found = to_json("photo.jpg", replace(answer(None, None), group=group))
    assert (found["label"], found["recognized"]) == (None, False)
    assert found["group"] == {
        "name": "hot_drinks",
        "probability": 0.93,
        "meaning": {"name": "Hot drinks", "description": "", "link": "", "fields": {}, "parent": ""},
    }
