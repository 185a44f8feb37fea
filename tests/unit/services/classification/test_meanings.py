"""Meanings as messages: a model with many long ones still fits into an answer."""

from __future__ import annotations

from services.classification.meanings import ANSWER_BYTES, to_meanings

LONG = {f"label {number}": {"name": "A name", "description": "é" * 4000} for number in range(1000)}


def test_the_most_important_labels_are_told_as_far_as_an_answer_goes() -> None:
    labels = [f"label {number}" for number in reversed(range(1000))]
    got = to_meanings(LONG, labels, ["en"])
    assert list(got) == labels[: len(got)]
    assert 100 < len(got) < 1000
    assert sum(each.ByteSize() for each in got.values()) <= ANSWER_BYTES


def test_labels_of_which_nothing_is_said_have_none() -> None:
    got = to_meanings({"a": {}, "b": {"year": "1831"}}, ["a", "b", "c"], [])
    assert [(label, [(field.name, field.text) for field in each.fields]) for label, each in got.items()] == [
        ("b", [("year", "1831")])
    ]
