"""What labels mean, in the caller's languages, as messages of a bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bundle.hierarchy import PARENT
from bundle.languages import texts_in
from bundle.meanings import Meanings
from lienzo.image.v1 import recognition_pb2

ANSWER_BYTES: Final = 2**20
"""Of the meanings in one answer: any client takes a message of 4 MiB."""


def to_meanings(
    meanings: Meanings, labels: Iterable[str], languages: Sequence[str]
) -> dict[str, recognition_pb2.LabelMeaning]:
    """Makes the messages of some labels, by label; of those of which nothing is said there is none.

    Args:
        meanings: What the labels of a model mean.
        labels: The most important first: those after `ANSWER_BYTES` are left out.
        languages: Of the caller, the preferred one first.
    """
    found: dict[str, recognition_pb2.LabelMeaning] = {}
    size = 0
    for label in labels:
        if not (columns := meanings.get(label)):
            continue
        texts = texts_in(columns, languages)
        known = {name: texts.pop(name, "") for name in ("name", "description", "link", PARENT)}
        further = [recognition_pb2.LabelField(name=name, text=text) for name, text in texts.items()]
        meaning = recognition_pb2.LabelMeaning(**known, fields=further)
        size += meaning.ByteSize()
        if size > ANSWER_BYTES:
            break
        found[label] = meaning
    return found
