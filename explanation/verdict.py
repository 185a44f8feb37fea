"""Explains in plain words, with the figures, why a photo was recognised or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bundle.manifest import Manifest
from drawing.amounts import percent, percents
from explanation.likeness import Compared
from vision.answers import Recognition

_NOT_RECOGNISED: Final = "not recognised"
_HINT: Final = "Try closer, straighter, or with more light."


@dataclass(frozen=True)
class Verdict:
    """The answer in words.

    Attributes:
        answer: The label, or `not recognised`.
        is_recognized: Whether there is an answer.
        sentences: Why, with the figures.
    """

    answer: str
    is_recognized: bool
    sentences: tuple[str, ...]


def verdict_of(
    found: Recognition, manifest: Manifest, names: tuple[str, ...], compared: tuple[Compared, ...]
) -> Verdict:
    """Explains why a photo was recognised or not.

    Args:
        found: The answer.
        manifest: Of the model.
        names: Display name of each label.
        compared: Exemplars of the likeliest labels, best first.
    """
    label = names[found.ranking[0][0]]
    probability, threshold = percents(found.score, manifest.threshold)
    verification = found.verification
    if found.is_recognized and verification is None:
        second = _second(found, names)
        if manifest.threshold == 0:
            return Verdict(
                label, True, (f"{label} has {probability}; this model answers every picture.{second}",)
            )
        return Verdict(label, True, (f"{label} has {probability}; {threshold} is needed.{second}",))
    if found.is_recognized and verification is not None:
        least = manifest.verification.least_points if manifest.verification else 0
        why = (
            f"{label} has {probability}, and {threshold} is needed. But {verification.points} points of the "
            f"photo agree on one view of an exemplar of {label}; {least} are enough. The answer is verified."
        )
        return Verdict(label, True, (why,))
    if found.score == 0:
        nothing = "The extractor finds nothing in this picture: it may be blank, or too blurred."
        return Verdict(_NOT_RECOGNISED, False, (nothing, _HINT))
    sentences = [f"The best label is {label} with {probability}; {threshold} is needed."]
    if found.group:
        together = percent(found.group.probability)
        sentences.append(f"It is some {found.group.name}: the labels of this group have {together} together.")
    return Verdict(_NOT_RECOGNISED, False, (*sentences, _geometry(found, manifest, names, compared), _HINT))


def _second(found: Recognition, names: tuple[str, ...]) -> str:
    if len(found.ranking) < 2:
        return ""
    other, probability = found.ranking[1]
    return f" Second is {names[other]} with {percent(probability, 1)}."


def _geometry(
    found: Recognition, manifest: Manifest, names: tuple[str, ...], compared: tuple[Compared, ...]
) -> str:
    """Says what comparing with exemplars gave, or why nothing was compared."""
    rule = manifest.verification
    if rule is None:
        return "This model keeps no exemplars, so geometry could not help."
    if found.score < rule.lowest_probability:
        lowest = percent(rule.lowest_probability, 1)
        return f"Answers under {lowest} are not compared with exemplars: it would be a guess."
    if not compared:
        return "None of the likeliest labels has an exemplar, so geometry could not help."
    points = compared[0].agreement.points
    if points == 0:
        label = names[found.ranking[0][0]]
        return f"Nothing agrees geometrically with an exemplar of {label} or of the labels after it."
    best = names[compared[0].exemplar.label]
    least = rule.least_points
    return f"At most {points} points agree on one view, with an exemplar of {best}; {least} are needed."
