"""Compares the photo with the exemplars of the likeliest labels, and draws what they have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from drawing.keypoints import with_dots
from drawing.matches import draw_matches
from drawing.pictures import Pixels
from explanation.part import Part, picture_drawing
from explanation.recognizer import Recognizer, Seen
from vision.answers import Recognition
from vision.extractors.features import scaled_keypoints
from vision.matching import Agreement, Exemplar, MatchingSettings, find_agreement
from vision.verification import LIKELIEST

_DRAWN: Final = 3
_PAPER: Final = 244
_INK: Final = (90, 96, 108)


@dataclass(frozen=True)
class Compared:
    """An exemplar and what it has in common with the photo.

    Attributes:
        number: Its number among the bundle's exemplars.
        exemplar: The exemplar.
        agreement: In pixels of the photo at its original size.
        is_mirrored: Whether this is its mirror image.
    """

    number: int
    exemplar: Exemplar
    agreement: Agreement
    is_mirrored: bool = False

    @property
    def title(self) -> str:
        """Its number, and that it is mirrored."""
        return f"{self.number}, mirrored," if self.is_mirrored else str(self.number)


def compare_exemplars(seen: Seen, found: Recognition, recognizer: Recognizer) -> tuple[Compared, ...]:
    """Compares a photo with all exemplars of its likeliest labels, best first; empty where there are none.

    As for the answer, the first exemplar of the likeliest label is also compared mirrored. Unlike the answer,
    which compares doubtful photos only, this always compares.
    """
    photo = seen.to_photo()
    if recognizer.verifier is None or photo is None or not len(photo.features):
        return ()
    exemplars = recognizer.verifier.exemplars
    settings = replace(exemplars.settings or MatchingSettings(), guided=True)
    likeliest = {label for label, _ in found.ranking[:LIKELIEST]}
    asked = [(number, each, False) for number, each in enumerate(exemplars.all) if each.label in likeliest]
    best = found.ranking[0][0]
    if mirrored := exemplars.mirrored(best):
        asked.append((next(number for number, each, _ in asked if each.label == best), mirrored, True))
    compared = [
        Compared(
            number,
            each,
            find_agreement(
                each.features, each.size_px, photo.features, photo.size_px, exemplars.kind, settings
            ),
            is_mirrored,
        )
        for number, each, is_mirrored in asked
    ]
    return tuple(sorted(compared, key=lambda each: -each.agreement.points))


def likeness_part(seen: Seen, compared: tuple[Compared, ...], recognizer: Recognizer) -> Part | None:
    """Draws the exemplars that agree best beside the photo, with lines to what they share."""
    verifier = recognizer.verifier
    photo = seen.to_photo()
    if verifier is None or photo is None or not compared:
        return None
    labels, needed = recognizer.names, verifier.least_points
    factor = seen.size_px[0] / photo.size_px[0]
    placed = scaled_keypoints(photo.features.keypoints, factor)
    drawings = []
    for place, each in enumerate(compared[:_DRAWN], 1):
        reduced = replace(
            each.agreement,
            outline=None if each.agreement.outline is None else each.agreement.outline * factor,
            pairs=each.agreement.pairs[each.agreement.agrees],
            agrees=each.agreement.agrees[each.agreement.agrees],
        )
        drawn = draw_matches(
            _points_of(each.exemplar),
            seen.picture.pixels,
            each.exemplar.features.keypoints,
            placed,
            reduced,
            needed,
        )
        caption = (
            f"Exemplar {each.title} of {labels[each.exemplar.label]}: {each.agreement.points} points agree"
        )
        drawings.append(picture_drawing(f"exemplar_{place}", drawn.pixels, caption))
    rows = [("exemplar", "label", "points kept", "points that agree")]
    rows += [
        (
            e.title.rstrip(","),
            labels[e.exemplar.label],
            str(len(e.exemplar.features)),
            str(e.agreement.points),
        )
        for e in compared[:12]
    ]
    text = (
        "The bundle keeps points of a few pictures of each label, not the pictures: dots on the left. Lines "
        f"lead to the points of the photo that agree on one view. {needed} must agree to verify an answer; "
        "other things agree in fewer."
    )
    facts = {
        "needed": needed,
        "exemplars": [
            {
                "number": e.number,
                "mirrored": e.is_mirrored,
                "label": labels[e.exemplar.label],
                "points": e.agreement.points,
                "problem": e.agreement.problem,
                "outline": None if e.agreement.outline is None else e.agreement.outline.round(1).tolist(),
            }
            for e in compared
        ],
    }
    return Part("likeness", "Nearest exemplars", (text,), tuple(drawings), facts, tuple(rows))


def _points_of(exemplar: Exemplar) -> Pixels:
    """Draws an exemplar's keypoints on paper of its size."""
    width, height = (max(1, round(each)) for each in exemplar.size_px)
    paper = np.full((height, width, 3), _PAPER, np.uint8)
    return with_dots(paper, exemplar.features.keypoints, _INK, 1)
