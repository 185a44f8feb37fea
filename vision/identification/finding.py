"""Finds the works of a catalogue in a photo: candidates by words, each verified by geometry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import numpy as np

from vision.extractors.features import LocalFeatures
from vision.identification.appearance import LEAST_LIKENESS, likeness
from vision.identification.confidence import confidence_of
from vision.identification.contradiction import contradiction
from vision.identification.found import SAME_PLACE, FoundWork, Identification, covered, turned_back
from vision.identification.photo import (
    QUICK_LOOK,
    Photo,
    inside,
    look_again_at,
    look_at,
    mirrored,
    overlap,
    shows_more,
)
from vision.identification.plain import PLAIN_KEYPOINTS, Colors, areas_of, plain_confidence
from vision.identification.reference import Reference
from vision.identification.votes import Votes, scored_works
from vision.matching import SURE_POINTS, Agreement, find_agreement
from vision.picture import Picture

_CLEAR_POINTS: Final = 25
"""So many are never chance, and the search for a better candidate ends."""
_SURE: Final = 0.9
_MANY_POINTS: Final = 40
_FULL: Final = 0.4
"""Of the photo: what is left of it is wall, and not looked at more closely."""
CANDIDATES: Final = 10
_LEAST_SCORE: Final = 1.0
_TRIED: Final = 3
_LIKELY_SCORE: Final = 20.0
"""Behind so many candidates that do not agree, only those with such a score are compared. Works in a photo
have 40 and more, but for one with 13, which came first; of others, half have less."""
_PROMISING: Final = 25.0
"""Where a first look finds nothing and no candidate has such a score, a closer look is not worth its time. Of
works at 3 to 10 % of the frame that it missed on simulated walls, the best candidate had 29 and more; of 89
photos of something else, it has less in 60."""
_BARE: Final = 250
"""Keypoints of a photo with fewer: a bare wall, on which a small work may hang without such a candidate."""
_LOOK_ALIKE: Final = 0.25
"""A work whose score or points are at least this share of the best one's might be meant, too."""
_SIMILAR: Final = 3
_SIMILAR_SCORE: Final = 20.0
_LEAST_FEATURES: Final = 8
_LEAST_CONFIDENCE: Final = 0.1


class Works(Protocol):
    """The works of a catalogue, by number."""

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""

    @property
    def plain(self) -> Mapping[int, Colors]:
        """Colours of those that are nearly featureless."""

    def votes(self, features: LocalFeatures, size_px: tuple[int, int]) -> Votes:
        """Collects the votes of a photo, of that width and height, for works."""

    def reference(self, number: int) -> Reference | None:
        """Returns what a work is recognised by; None where it has been removed since."""


def identify(picture: Picture, works: Works, most: int = 3) -> Identification:
    """Finds works in a photo; looks more closely where a quick look leaves doubt or much of the photo, and
    into a mirror where there is none.

    Args:
        picture: The photo, decoded to at least `PHOTO_SIDE_PX` where it has as many pixels.
        works: The catalogue.
        most: How many works at most.

    Returns:
        Works with outlines in pixels of the photo as sent, or of its region.
    """
    if works.is_empty:
        return Identification((), "no works")
    photo = look_at(picture, QUICK_LOOK)
    found = find_works(photo, works, most)
    if _is_clear(found.works, photo, most):
        return found
    photo = look_at(picture)
    found = find_works(photo, works, most)
    if len(found.works) >= most or covered(found.works, photo) > _FULL:
        return found
    if shows_more(picture, photo) and _is_promising(found, photo):
        closer = look_again_at(picture, [each.outline for each in found.works if each.outline is not None])
        found = find_works(closer, works, most, found.works)
    if found.works:
        return found
    turned = find_works(mirrored(photo), works, most)
    if turned.works:
        return Identification(tuple(turned_back(each, picture.info.seen.width) for each in turned.works))
    plain = find_plain_works(photo, works, most)
    return Identification(plain) if plain else found


def find_plain_works(photo: Photo, works: Works, most: int) -> tuple[FoundWork, ...]:
    """Finds nearly featureless works by colours and shape, in a photo that has hardly any features either."""
    if len(photo.features) >= PLAIN_KEYPOINTS or not works.plain:
        return ()
    areas = areas_of(photo.pixels)
    sure = {
        number: max(plain_confidence(area, colors) for area in areas)
        for number, colors in works.plain.items()
    }
    best = sorted(sure, key=lambda number: -sure[number])[:most]
    return tuple(FoundWork(each, sure[each], 0, None) for each in best if sure[each] >= _LEAST_CONFIDENCE)


def find_works(photo: Photo, works: Works, most: int = 3, before: Sequence[FoundWork] = ()) -> Identification:
    """Finds works in a photo by one look at it.

    After a work has been found, the points within its outline are explained, and the others are asked again.

    Args:
        photo: The photo.
        works: The catalogue.
        most: How many works at most.
        before: Works that were found in it before; they are in the answer, too.
    """
    if len(photo.features) < _LEAST_FEATURES:
        return Identification(tuple(before), "" if before else "too few features")
    votes = works.votes(photo.features, photo.size_px)
    is_open = np.ones(len(photo.features), np.bool_)
    found, best_score = list(before), 0.0
    for each in found:
        if each.outline is not None:
            is_open &= ~inside(each.outline, photo.features.keypoints)
    is_implausible = False
    while len(found) < most and is_open.sum() >= SURE_POINTS:
        features = LocalFeatures(photo.features.descriptors[is_open], photo.features.keypoints[is_open])
        known = {each.number for each in found}
        ranked = scored_works(votes, is_open, CANDIDATES + len(known))
        candidates = [each for each in ranked if each[0] not in known]
        best_score = max((score for _, score in candidates), default=0.0)
        agreements, problem = _verified(photo, features, candidates, works)
        is_implausible |= problem
        if not agreements:
            break
        found += _named(agreements, features)
        outline = agreements[0][1].outline
        assert outline is not None
        is_open &= ~inside(outline, photo.features.keypoints)
    if found:
        return Identification(tuple(sorted(found, key=lambda each: -each.confidence)[:most]))
    return Identification((), "implausible" if is_implausible else "nothing agrees", best_score)


def _is_promising(found: Identification, photo: Photo) -> bool:
    """Tells whether a closer look may find something: beside works, where one nearly was, on a bare wall."""
    return bool(found.works) or found.best_score >= _PROMISING or len(photo.features) < _BARE


def _is_clear(found: Sequence[FoundWork], photo: Photo, most: int) -> bool:
    """Tells whether a closer look would find nothing else: works beyond doubt, and little but them."""
    is_sure = all(each.points >= _CLEAR_POINTS and each.confidence >= _SURE for each in found)
    return bool(found) and is_sure and (len(found) >= most or covered(found, photo) > _FULL)


def similar_works(number: int, works: Works) -> list[tuple[int, int]]:
    """Finds works whose references agree with that of another one.

    Args:
        number: The work.
        works: The catalogue.

    Returns:
        Numbers and points that agree, the most similar first.
    """
    reference = works.reference(number)
    if reference is None or len(reference.features) < _LEAST_FEATURES:
        return []
    features, size_px = reference.features, reference.size_px
    votes = works.votes(features, size_px)
    found = []
    for other, score in scored_works(votes, np.ones(len(features), np.bool_), _SIMILAR + 1):
        if other == number or score < _SIMILAR_SCORE:
            continue
        candidate = works.reference(other)
        if candidate is None:
            continue
        agreement = find_agreement(candidate.features, candidate.size_px, features, size_px, "uint8")
        if agreement.points >= SURE_POINTS:
            found.append((other, agreement.points))
    return sorted(found, key=lambda each: -each[1])


def _verified(
    photo: Photo, features: LocalFeatures, candidates: list[tuple[int, float]], works: Works
) -> tuple[list[tuple[int, Agreement]], bool]:
    """Returns the best candidate with those that look like it, and whether any was implausible."""
    agreeing: list[tuple[int, Agreement]] = []
    is_implausible = False
    clear_score = np.inf
    for tried, (number, score) in enumerate(candidates):
        if score < _LEAST_SCORE or score < _LOOK_ALIKE * clear_score < np.inf:
            break
        if tried >= _TRIED and not agreeing and score < _LIKELY_SCORE:
            break
        reference = works.reference(number)
        if reference is None:
            continue
        agreement = find_agreement(reference.features, reference.size_px, features, photo.size_px, "uint8")
        is_like = agreement.outline is None or _looks_like(agreement, photo, reference)
        is_implausible |= bool(agreement.problem) or not is_like
        if agreement.points >= SURE_POINTS and is_like:
            agreeing.append((number, agreement))
            if agreement.points >= _CLEAR_POINTS:
                clear_score = min(clear_score, score)
    agreeing.sort(key=lambda each: -each[1].points)
    return [each for each in agreeing if _is_like(each[1], agreeing[0][1])], is_implausible


def _looks_like(agreement: Agreement, photo: Photo, reference: Reference) -> bool:
    """Tells whether points are borne out by what is to be seen: few by all of it, many by every place."""
    if agreement.points < SURE_POINTS or agreement.outline is None:
        return True
    seen = photo.pixels, agreement.outline, photo.size_px[0], reference
    if agreement.points < _MANY_POINTS and likeness(*seen) < LEAST_LIKENESS:
        return False
    return contradiction(*seen) == 0.0


def _is_like(agreement: Agreement, best: Agreement) -> bool:
    """Tells whether an agreement competes with the best one: in its place, with nearly as many points."""
    if agreement is best:
        return True
    assert agreement.outline is not None
    assert best.outline is not None
    return (
        agreement.points >= _LOOK_ALIKE * best.points
        and overlap(agreement.outline, best.outline) > SAME_PLACE
    )


def _agreeing_share(agreement: Agreement, features: LocalFeatures) -> float:
    """Returns how many of the pairs within the outline agree with the view, 0 to 1."""
    assert agreement.outline is not None
    within = inside(agreement.outline, features.keypoints[agreement.pairs[:, 1]])
    return float(agreement.agrees[within].mean()) if within.any() else 0.0


def _named(agreements: list[tuple[int, Agreement]], features: LocalFeatures) -> list[FoundWork]:
    """Shares the confidence of a place among the works that agree with it."""
    squares = np.array([agreement.points for _, agreement in agreements], float) ** 2
    found = []
    for (number, agreement), share in zip(agreements, squares / squares.sum(), strict=True):
        confidence = confidence_of(agreement.points, _agreeing_share(agreement, features)) * float(share)
        if confidence >= _LEAST_CONFIDENCE:
            found.append(FoundWork(number, confidence, agreement.points, agreement.outline))
    return found
