"""Shows the answer of the classifier: the encoded vector, every label with its scores, and votes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from drawing.amounts import percent
from drawing.plot import ACCENT, FAINT, SECOND, finished, new_axes
from explanation.part import Drawing, Part, plot_drawing
from explanation.recognizer import Recognizer
from explanation.stages import Stages
from vision.answers import Recognition

_SHOWN_LABELS: Final = 12
_MARGIN: Final = "its margin, above 0 on the label's side of the boundary"
_SCORES: Final = {
    "templates": "points for ink in common, less one for each cell that differs, as a share of the cells",
    "naive_bayes": "how dense the label's pictures are there, the logarithm as a mean over the vector",
}
"""What a score is that is neither a margin nor a probability, by the classifier's name."""


def vector_part(stages: Stages, recognizer: Recognizer, words: int) -> Part | None:
    """Draws the encoded vector; None where it is not known.

    Args:
        stages: The values of the classifier.
        recognizer: The model.
        words: Number of visual words, to lay out a vector that has several numbers for each; 0 without.
    """
    vector = stages.vector
    if vector is None:
        return None
    encoder = recognizer.manifest.encoder
    name = encoder.name if encoder else "the extractor"
    each = len(vector) // words if words and len(vector) % words == 0 else 1
    figure, axes = new_axes(7.0, 3.2 if each > 1 else 2.6)
    if each > 1:
        largest = max(1e-9, float(np.abs(vector).max()))
        axes.grid(False)
        axes.imshow(
            vector.reshape(words, each),
            aspect="auto",
            cmap="RdBu_r",
            vmin=-largest,
            vmax=largest,
            interpolation="none",
        )
        axes.set_xlabel("component")
        axes.set_ylabel("visual word")
    else:
        axes.stairs(vector, np.arange(len(vector) + 1), fill=True, color=ACCENT)
        axes.set_xlim(0, len(vector))
        axes.set_xlabel("element")
        axes.set_ylabel("value")
    alt = f"The {len(vector)} numbers that {name} makes of this picture"
    plot = finished(figure, "vector", alt)
    text = f"{alt}: all that the classifier sees of it. {int((vector == 0).sum())} of them are 0."
    facts = {"encoder": name, "values": vector.astype(float).round(6).tolist()}
    return Part("vector", "The encoded vector", (text,), (plot_drawing(plot, alt, "wide"),), facts)


def labels_part(found: Recognition, stages: Stages, recognizer: Recognizer) -> Part:
    """Draws the probability of each label against the threshold, and its score before calibration."""
    manifest = recognizer.manifest
    by_label = dict(found.ranking)
    order = sorted(by_label, key=lambda each: -by_label[each])
    shown = order[:_SHOWN_LABELS]
    drawings = [
        _probabilities(
            [recognizer.names[each] for each in shown], [by_label[e] for e in shown], manifest.threshold
        )
    ]
    rows = [("label", "probability", "score")]
    for each in shown:
        score = "–" if stages.scores is None else f"{stages.scores[each]:.3f}"
        rows.append((recognizer.names[each], percent(by_label[each], 1), score))
    text = ["Probabilities of all labels sum to 100 %. Under the threshold the answer is “not recognised”."]
    if stages.scores is not None:
        name = manifest.classifier.name
        kind = _SCORES.get(name, _MARGIN) if stages.are_margins else "its own probability"
        text.append(f"The score is what the classifier {name} says before calibration: {kind}.")
    if len(order) > len(shown):
        text.append(f"The best {len(shown)} of {len(order)} labels.")
    facts = {
        "threshold": manifest.threshold,
        "classifier": manifest.classifier.name,
        "labels": [
            {
                "label": recognizer.names[each],
                "probability": by_label[each],
                "score": None if stages.scores is None else float(stages.scores[each]),
            }
            for each in order
        ],
    }
    return Part("labels", "Every label", tuple(text), tuple(drawings), facts, tuple(rows))


def votes_part(stages: Stages, labels: tuple[str, ...]) -> Part | None:
    """Shows how members, trees or neighbours vote; None for a classifier without votes."""
    rows: list[tuple[str, ...]] = []
    text: list[str] = []
    facts: dict[str, Any] = {}
    if stages.members is not None:
        text.append(
            f"{len(stages.members)} classifiers vote; the score of a label is the mean of their "
            "probabilities."
        )
        rows.append(("member", "its best label", "probability"))
        for number, member in enumerate(stages.members, 1):
            best = int(member.argmax())
            rows.append((str(number), labels[best], percent(float(member[best]), 1)))
        facts["members"] = stages.members.round(6).tolist()
    if stages.trees is not None:
        text.append(f"{int(stages.trees.sum())} trees vote for one label each.")
        rows.append(("label", "trees", "share"))
        total = max(1, int(stages.trees.sum()))
        rows += [
            (labels[each], str(stages.trees[each]), percent(float(stages.trees[each] / total)))
            for each in np.argsort(-stages.trees, kind="stable")[:_SHOWN_LABELS]
            if stages.trees[each]
        ]
        facts["trees"] = {labels[each]: int(count) for each, count in enumerate(stages.trees)}
    if stages.neighbours:
        text.append(f"The {len(stages.neighbours)} training pictures with the nearest vectors vote.")
        rows.append(("neighbour", "its label", "distance"))
        for number, each in enumerate(stages.neighbours, 1):
            rows.append((str(number), labels[each.label], f"{each.distance:.3f}"))
        facts["neighbours"] = [{"label": labels[e.label], "distance": e.distance} for e in stages.neighbours]
    return Part("votes", "Votes", tuple(text), (), facts, tuple(rows)) if rows else None


def _probabilities(names: list[str], values: list[float], threshold: float) -> Drawing:
    figure, axes = new_axes(6.0, 0.9 + 0.28 * len(names))
    places = np.arange(len(names))
    colors = [ACCENT if place == 0 else FAINT for place in places]
    axes.barh(places, values, color=colors)
    for place, value in zip(places, values, strict=True):
        axes.annotate(
            percent(value, 1), (value, place), (4, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.axvline(threshold, color=SECOND, linewidth=1.4)
    axes.annotate(
        f"threshold {percent(threshold, 1)}",
        (threshold, len(names) - 0.4),
        (3, 0),
        textcoords="offset points",
        color=SECOND,
        fontsize=8,
    )
    axes.set_yticks(places, [each[:28] for each in names])
    axes.set_ylim(len(names) - 0.3, -0.6)
    axes.set_xlim(0, 1.12)
    axes.set_xlabel("probability")
    alt = "; ".join(f"{name} {percent(value, 1)}" for name, value in zip(names, values, strict=True))
    return plot_drawing(
        finished(figure, "probabilities", f"Probabilities: {alt}"), "Probability of each label"
    )
