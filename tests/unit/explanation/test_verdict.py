"""Why an answer was given or refused, in words that have the figures."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pytest

from bundle.manifest import Verification
from explanation.explain import explain_answer
from explanation.likeness import Compared, compare_exemplars, likeness_part
from explanation.recognizer import Recognizer, Seen, open_recognizer
from explanation.verdict import Verdict, verdict_of
from tests.support.verified import CORNERS, RULE


@dataclass(frozen=True)
class Answered:
    """The answer about one of the photos."""

    recognizer: Recognizer
    seen: Seen
    compared: tuple[Compared, ...]
    verdict: Verdict


@pytest.fixture(scope="module")
def answered(verifying: Any) -> Callable[..., Answered]:
    """Asks about one of the photos, with a rule of verification."""
    photos, write = verifying

    @functools.cache
    def answer(photo: str, rule: Verification | None = RULE) -> Answered:
        name = "none" if rule is None else f"{rule.least_points}-{rule.lowest_probability:g}"
        recognizer = open_recognizer(write(name, rule=rule))
        seen = recognizer.look(getattr(photos, photo).read_bytes())
        found = recognizer.recognize(seen)
        compared = compare_exemplars(seen, found, recognizer)
        return Answered(
            recognizer, seen, compared, verdict_of(found, recognizer.manifest, recognizer.names, compared)
        )

    return answer


def test_a_clear_answer_says_what_was_needed(answered: Any) -> None:
    verdict = answered("clear").verdict
    assert (verdict.answer, verdict.is_recognized) == ("coffee", True)
    assert verdict.sentences[0].startswith("coffee has 89 %; ")
    assert "80 % is needed. Second is " in verdict.sentences[0]


def test_labels_are_called_what_people_call_them(answered: Any) -> None:
    asked = answered("clear")
    found = asked.recognizer.recognize(asked.seen)
    names = ("Astronaut", "Chelsea", "A cup of coffee")
    verdict = verdict_of(found, asked.recognizer.manifest, names, asked.compared)
    assert verdict.answer == "A cup of coffee"
    assert verdict.sentences[0].startswith("A cup of coffee has 89 %; 80 % is needed. Second is Astronaut")
    every = asked.recognizer.manifest.model_copy(update={"threshold": 0.0})
    [why] = verdict_of(found, every, names, asked.compared).sentences
    assert "this model answers every picture" in why


def test_a_verified_answer_says_how_many_points_agree(answered: Any) -> None:
    doubtful = answered("doubtful")
    points = doubtful.compared[0].agreement.points
    assert points >= 8
    [why] = doubtful.verdict.sentences
    assert why.startswith("coffee has ")
    assert f"80 % is needed. But {points} points of the photo agree on one view" in why
    assert "8 are enough. The answer is verified." in why


def test_the_exemplar_lies_where_the_picture_hangs(answered: Any) -> None:
    doubtful = answered("doubtful")
    likeness = likeness_part(doubtful.seen, doubtful.compared, doubtful.recognizer)
    best = likeness.facts["exemplars"][0]
    assert best["label"] == "coffee"
    assert np.abs(np.array(best["outline"]) - np.array(CORNERS)).max() < 12
    assert "Exemplar 2 of coffee" in likeness.drawings[0].caption
    drawn = cv2.imdecode(np.frombuffer(likeness.drawings[0].png, np.uint8), cv2.IMREAD_COLOR)
    green = (np.abs(drawn.astype(int) - [60, 220, 60]) < 40).all(axis=2)
    # The outline is drawn into the photo, at the right: 480 for the exemplar and a gap.
    assert green[:, 500:].sum() > 500


def test_a_mirrored_photo_is_compared_with_a_mirrored_exemplar(verifying: Any, answered: Any) -> None:
    photos, _ = verifying
    recognizer = answered("doubtful").recognizer
    turned = cv2.flip(
        cv2.imdecode(np.frombuffer(photos.doubtful.read_bytes(), np.uint8), cv2.IMREAD_COLOR), 1
    )
    seen = recognizer.look(cv2.imencode(".png", turned)[1].tobytes())
    found = recognizer.recognize(seen)
    coffee = next(each for each in found.ranking if recognizer.names[each[0]] == "coffee")
    best, *_ = compare_exemplars(seen, replace(found, ranking=(coffee, *found.ranking)), recognizer)
    assert (best.title, best.agreement.points >= 8) == ("2, mirrored,", True)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            Verification(least_points=4000, lowest_probability=0.2, ratio=0.85, tolerance=0.01),
            "4000 are needed.",
        ),
        (
            Verification(least_points=8, lowest_probability=0.75, ratio=0.85, tolerance=0.01),
            "Answers under 75",
        ),
        (None, "This model keeps no exemplars"),
    ],
)
def test_a_refusal_says_why(answered: Any, rule: Verification | None, said: str) -> None:
    verdict = answered("doubtful", rule).verdict
    assert (verdict.answer, verdict.is_recognized) == ("not recognised", False)
    assert verdict.sentences[0].startswith("The best label is coffee with ")
    assert said in verdict.sentences[1]
    assert verdict.sentences[2] == "Try closer, straighter, or with more light."


def test_a_stranger_agrees_with_nothing(answered: Any) -> None:
    low = RULE.model_copy(update={"lowest_probability": 0.0})
    verdict = answered("stranger", low).verdict
    assert not verdict.is_recognized
    assert "agree" in verdict.sentences[1]


def test_a_blank_picture_is_told(verifying: Any) -> None:
    _, write = verifying
    blank = cv2.imencode(".png", np.full((64, 64, 3), 128, np.uint8))[1].tobytes()
    explanation = explain_answer(blank, "blank", open_recognizer(write("blank")))
    assert "finds nothing in this picture" in explanation.verdict.sentences[0]  # type: ignore[union-attr]
    assert [each.name for each in explanation.parts][-2:] == ["keypoints", "labels"]
    assert explanation.parts[-2].words[0].startswith("rootsift finds no keypoints here")
