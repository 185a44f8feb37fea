"""The page of each label: its pictures, what became of them when they were held out, and its visual words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drawing.pictures import jpeg_uri
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.report.pictures import picture_pixels
from training.report.sight import ExtractedPicture
from training.report.telling_words import TellingWord, telling_words
from vision.answers import reaches

_MOST_PICTURES: Final = 240
"""On the whole page: it stays small enough to be sent."""
_MOST_OF_LABEL: Final = 24
_SIDE_PX: Final = 88


@dataclass(frozen=True)
class Thumbnail:
    """One picture of a label.

    Attributes:
        uri: The picture, small, a `data:` URI.
        path: Its file.
        outcome: What was answered about it when it was held out, in a few words; empty where that was right,
            and for a picture that was never held out.
    """

    uri: str
    path: str
    outcome: str


@dataclass(frozen=True)
class LabelPage:
    """What there is to see of a label.

    Attributes:
        label: The label.
        count: Number of its pictures.
        pictures: Those that were answered wrongly, then those that were not recognised, then others.
        taken_for: Labels that its pictures were taken for, with how often; the most frequent first.
        mistaken_for_it: Labels whose pictures were taken for it, likewise.
        words: Its most telling words, the most telling first; empty for an encoder without a codebook.
    """

    label: str
    count: int
    pictures: tuple[Thumbnail, ...]
    taken_for: tuple[tuple[str, int], ...]
    mistaken_for_it: tuple[tuple[str, int], ...]
    words: tuple[TellingWord, ...]


def label_pages(
    model: TrainedModel,
    image_set: ImageSet,
    means: NDArray[np.float64] | None,
    seen: Sequence[ExtractedPicture] = (),
) -> tuple[LabelPage, ...]:
    """Makes the page of every label.

    Args:
        model: The trained model.
        image_set: The image set that it was trained on; some of its pictures are read again.
        means: Mean share of every visual word, shape (labels, words); None for an encoder without a codebook.
        seen: Pictures that need not be extracted again.
    """
    targets, labels = image_set.targets, model.labels
    answers, refused = targets.copy(), np.zeros(len(targets), np.bool_)
    probabilities = model.probabilities[model.asked]
    answers[model.asked] = probabilities.argmax(axis=1)
    refused[model.asked] = ~reaches(probabilities.max(axis=1), model.open_set.threshold)
    if model.verification:
        is_verified = model.verification.verified
        verified = model.asked[is_verified]
        answers[verified], refused[verified] = model.verification.verified_labels[is_verified], False
    most = max(1, min(_MOST_OF_LABEL, _MOST_PICTURES // len(labels)))
    confusion = np.array(model.metrics.confusion)
    pages = []
    for target, label in enumerate(labels):
        own = np.flatnonzero(targets == target)
        order = own[np.lexsort((~refused[own], answers[own] == target))]
        shown = {
            int(each): _outcome(labels[answers[each]], label, bool(refused[each])) for each in order[:most]
        }
        pages.append(
            LabelPage(
                label,
                len(own),
                _thumbnails(image_set, shown),
                _others(labels, confusion[target], target),
                _others(labels, confusion[:, target], target),
                () if means is None else telling_words(model, image_set, means, target, seen),
            )
        )
    return tuple(pages)


def _thumbnails(image_set: ImageSet, outcomes: Mapping[int, str]) -> tuple[Thumbnail, ...]:
    return tuple(
        Thumbnail(jpeg_uri(picture_pixels(image_set, each, _SIDE_PX)), image_set.pictures[each].path, outcome)
        for each, outcome in outcomes.items()
    )


def _outcome(answer: str, label: str, is_refused: bool) -> str:
    if answer == label:
        return "not recognised" if is_refused else ""
    return f"{answer}?" if is_refused else f"taken for {answer}"


def _others(labels: tuple[str, ...], counts: NDArray[np.int64], target: int) -> tuple[tuple[str, int], ...]:
    order = np.argsort(-counts, kind="stable")
    return tuple((labels[each], int(counts[each])) for each in order if counts[each] and each != target)
