"""Finds the works of a catalogue in a photo: candidates by words, each verified by geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import LocalFeatures
from vision.identification.confidence import confidence_of
from vision.identification.index import Part, PhotoWords, Votes, photo_words, scored_works, votes_in
from vision.identification.photo import (
    SECOND_LOOK,
    Photo,
    inside,
    look_at,
    mirrored,
    overlap,
    shows_more,
)
from vision.identification.reference import Reference
from vision.identification.vocabulary import fixed_vocabulary
from vision.matching import Agreement, find_agreement
from vision.picture import Picture

LEAST_POINTS: Final = 8
"""Fewer points that agree are chance: works that are not in a photo agreed in up to 7."""
_CLEAR_POINTS: Final = 25
"""So many are never chance, and the search for a better candidate ends."""
_CANDIDATES: Final = 10
_LEAST_SCORE: Final = 1.0
_LOOK_ALIKE: Final = 0.25
"""A work whose score or points are at least this share of the best one's might be meant, too."""
_SAME_PLACE: Final = 0.5
_LEAST_FEATURES: Final = 8
_LEAST_CONFIDENCE: Final = 0.1

NotRecognized: TypeAlias = Literal["", "too few features", "nothing agrees", "implausible"]


class Works(Protocol):
    """The works of a catalogue, by number."""

    @property
    def parts(self) -> Sequence[Part]:
        """Their inverted file."""

    @property
    def weights(self) -> NDArray[np.float32]:
        """How telling each word is."""

    @property
    def is_live(self) -> NDArray[np.bool_]:
        """Which numbers are works."""

    def reference(self, number: int) -> Reference:
        """Returns what a work is recognised by."""


@dataclass(frozen=True)
class FoundWork:
    """A work that was found in a photo.

    Attributes:
        number: Its number.
        confidence: Probability that it is in the photo, 0 to 1.
        points: How many points agree; 0 where it was told by its colours.
        outline: Shape (4, 2), float64: its corners in pixels of the photo as sent, clockwise from its own
            top left;
            None where it was told by its colours.
    """

    number: int
    confidence: float
    points: int
    outline: NDArray[np.float64] | None


@dataclass(frozen=True)
class Identification:
    """The works in a photo.

    Attributes:
        works: By falling confidence.
        reason: Why there are none; empty where there are some.
    """

    works: tuple[FoundWork, ...]
    reason: NotRecognized = ""


def identify(picture: Picture, works: Works, most: int = 3) -> Identification:
    """Finds works in a photo; looks more closely, and into a mirror, where the first look finds none.

    Args:
        picture: The photo, decoded to at least `PHOTO_SIDE_PX` where it has as many pixels.
        works: The catalogue.
        most: How many works at most.
    """
    photo = look_at(picture)
    found = find_works(photo, works, most)
    if found.works or not works.is_live.any():
        return found
    if shows_more(picture, photo):
        photo = look_at(picture, SECOND_LOOK)
        found = find_works(photo, works, most)
        if found.works:
            return found
    turned = find_works(mirrored(photo), works, most)
    if turned.works:
        return Identification(tuple(_turned_back(each, picture.info.width_px) for each in turned.works))
    return found


def find_works(photo: Photo, works: Works, most: int = 3) -> Identification:
    """Finds works in a photo by one look at it.

    After a work has been found, the points within its outline are explained, and the others are asked again.
    """
    if len(photo.features) < _LEAST_FEATURES:
        return Identification((), "too few features")
    words = photo_words(photo.features, photo.longer_side_px, fixed_vocabulary())
    votes = _votes(words, works)
    open_rows = np.ones(len(photo.features), np.bool_)
    found: list[FoundWork] = []
    is_implausible = False
    while len(found) < most and open_rows.sum() >= LEAST_POINTS:
        agreements, problem = _verified(photo, open_rows, votes, works, {each.number for each in found})
        is_implausible |= problem
        if not agreements:
            break
        found += _named(agreements, photo)
        outline = agreements[0][1].outline
        assert outline is not None
        open_rows &= ~inside(outline, photo.features.keypoints)
    ranked = sorted(found, key=lambda each: -each.confidence)[:most]
    if ranked:
        return Identification(tuple(ranked))
    return Identification((), "implausible" if is_implausible else "nothing agrees")


def _votes(words: PhotoWords, works: Works) -> Votes:
    """Collects the votes for all works that have not been removed."""
    parts = [votes_in(part, words, works.weights) for part in works.parts]
    if not parts:
        nothing = np.empty(0, np.int32)
        return Votes(nothing, nothing, nothing, np.empty(0, np.float32))
    columns = {
        name: np.concatenate([getattr(each, name) for each in parts])
        for name in ("rows", "works", "cells", "weights")
    }
    live = works.is_live[columns["works"]]
    return Votes(**{name: column[live] for name, column in columns.items()})


def _verified(
    photo: Photo, open_rows: NDArray[np.bool_], votes: Votes, works: Works, known: set[int]
) -> tuple[list[tuple[int, Agreement]], bool]:
    """Returns the best candidate with those that look like it, and whether any was implausible."""
    features = LocalFeatures(photo.features.descriptors[open_rows], photo.features.keypoints[open_rows])
    agreeing: list[tuple[int, Agreement]] = []
    is_implausible = False
    clear_score = np.inf
    for number, score in scored_works(votes, open_rows, _CANDIDATES + len(known)):
        if number in known:
            continue
        if score < _LEAST_SCORE or score < _LOOK_ALIKE * clear_score < np.inf:
            break
        reference = works.reference(number)
        agreement = find_agreement(reference.features, reference.size_px, features, photo.size_px, "uint8")
        is_implausible |= bool(agreement.problem)
        if agreement.points >= LEAST_POINTS:
            agreeing.append((number, agreement))
            if agreement.points >= _CLEAR_POINTS:
                clear_score = min(clear_score, score)
    agreeing.sort(key=lambda each: -each[1].points)
    return [each for each in agreeing if _is_like(each[1], agreeing[0][1])], is_implausible


def _is_like(agreement: Agreement, best: Agreement) -> bool:
    """Tells whether an agreement competes with the best one: in its place, with nearly as many points."""
    if agreement is best:
        return True
    assert agreement.outline is not None
    assert best.outline is not None
    return (
        agreement.points >= _LOOK_ALIKE * best.points
        and overlap(agreement.outline, best.outline) > _SAME_PLACE
    )


def _named(agreements: list[tuple[int, Agreement]], photo: Photo) -> list[FoundWork]:
    """Shares the confidence of a place among the works that agree with it."""
    squares = np.array([agreement.points for _, agreement in agreements], float) ** 2
    found = []
    for (number, agreement), share in zip(agreements, squares / squares.sum(), strict=True):
        confidence = confidence_of(agreement.points) * float(share)
        if confidence >= _LEAST_CONFIDENCE:
            found.append(FoundWork(number, confidence, agreement.points, agreement.outline))
    return found


def _turned_back(found: FoundWork, width_px: int) -> FoundWork:
    if found.outline is None:
        return found
    outline = found.outline.copy()
    outline[:, 0] = width_px - outline[:, 0]
    return replace(found, outline=outline)
