"""The encoded vector, scores and probabilities of each label, votes, and what supports the winner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drawing.amounts import percent
from drawing.pictures import Pixels, fitted
from drawing.plot import ACCENT, FAINT, SECOND, finished, new_axes
from explanation.part import Drawing, Part, picture_drawing, plot_drawing
from explanation.pixels import SHOWN_SIDE_PX
from explanation.recognizer import Recognizer, Seen
from explanation.stages import Stages
from explanation.words import Words, word_patches
from vision.answers import Recognition
from vision.extractors import LocalFeatures
from vision.inspection.support import cells_of, support_of_rows, support_of_squares

_SHOWN_LABELS: Final = 12
_GRID: Final = 6
_FOR: Final = (40, 200, 90)
_AGAINST: Final = (235, 110, 40)
_WORDS: Final = 4


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
        kind = (
            "its margin, above 0 on the label's side of the boundary"
            if stages.are_margins
            else "its own probability"
        )
        text.append(
            f"The score is what the classifier {manifest.classifier.name} says before calibration: {kind}."
        )
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


def support_part(seen: Seen, found: Recognition, recognizer: Recognizer, words: Words | None) -> Part | None:
    """Draws which parts of the picture speak for the best label and which for the second; None for one label.

    Args:
        seen: The photo.
        found: The answer.
        recognizer: The model.
        words: Visual words of the photo; None without.
    """
    if len(found.ranking) < 2 or not len(seen.features.rows):
        return None
    (label, _), (other, _) = found.ranking[:2]
    best, second = (recognizer.names[each] for each in (label, other))
    pixels = seen.picture.pixels
    if isinstance(seen.features, LocalFeatures) and seen.features.vector is None:
        cells = cells_of(seen.features.keypoints, seen.size_px, _GRID)
        parts = [cells == each for each in range(_GRID**2)]
        classify = recognizer.classifier.probabilities
        grid = support_of_rows(classify, seen.rows, parts, label, other).reshape(_GRID, _GRID)
        how = "without the descriptors of each square"
    else:
        grid = support_of_squares(recognizer.probabilities, pixels, _GRID, label, other)
        how = "with each square blurred"
    drawings = [_map(pixels, grid, best, second)]
    facts: dict[str, Any] = {"for": best, "against": second, "grid": grid.round(4).tolist()}
    if words is not None and isinstance(seen.features, LocalFeatures):
        by_word = _support_of_words(seen, recognizer, words, label, other)
        facts["words"] = {str(word): round(value, 4) for word, value in by_word.items()}
        drawings += _telling_words(pixels, seen.features, words, by_word, best, second)
    text = (
        f"The model was asked again {how}. Green squares speak for {best}: without them its lead over "
        f"{second} is smaller. Orange ones speak for {second}. The numbers are changes of the logarithm of "
        "the odds: 0.7 doubles them, 2.3 makes them ten times as large."
    )
    return Part("support", f"What speaks for {best}", (text,), tuple(drawings), facts)


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


def _map(pixels: Pixels, grid: NDArray[np.float64], best: str, second: str) -> Drawing:
    drawn = fitted(pixels, SHOWN_SIDE_PX)
    height, width = drawn.shape[:2]
    gray = cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY)[..., None].repeat(3, axis=2).astype(np.float64)
    most = max(1e-9, float(np.abs(grid).max()))
    size = len(grid)
    for row, column in np.ndindex(grid.shape):
        value = float(grid[row, column])
        rows = slice(row * height // size, (row + 1) * height // size)
        columns = slice(column * width // size, (column + 1) * width // size)
        depth = 0.65 * abs(value) / most
        tint = np.array(_FOR if value > 0 else _AGAINST)
        gray[rows, columns] = (1 - depth) * gray[rows, columns] + depth * tint
    shown = np.asarray(gray, np.uint8)
    for row, column in np.ndindex(grid.shape):
        if abs(grid[row, column]) >= 0.1 * most:
            place = (column * width // size + 4, row * height // size + 14)
            cv2.putText(
                shown,
                f"{grid[row, column]:+.1f}",
                place,
                cv2.FONT_HERSHEY_SIMPLEX,
                0.4,
                (255, 255, 255),
                1,
                cv2.LINE_AA,
            )
    row, column = divmod(int(grid.argmax()), size)
    where = f"row {row + 1}, column {column + 1} of {size}"
    caption = f"For {best} (green) and for {second} (orange); most for {best}: {where}"
    return picture_drawing("support", shown, caption)


def _support_of_words(
    seen: Seen, recognizer: Recognizer, words: Words, label: int, other: int
) -> Mapping[int, float]:
    present = np.flatnonzero(words.shares > 0)
    first = np.zeros(len(seen.rows) - len(words.of), np.bool_)  # of a vector, which has no words
    parts = [np.concatenate([first, words.of == each]) for each in present]
    values = support_of_rows(recognizer.classifier.probabilities, seen.rows, parts, label, other)
    return {int(word): float(value) for word, value in zip(present, values, strict=True)}


def _telling_words(
    pixels: Pixels,
    features: LocalFeatures,
    words: Words,
    by_word: Mapping[int, float],
    best: str,
    second: str,
) -> list[Drawing]:
    """Draws patches of the words that say most for either label."""
    ranked = sorted(by_word, key=lambda each: -by_word[each])
    chosen = [*((each, best) for each in ranked[:_WORDS] if by_word[each] > 0)]
    chosen += [(each, second) for each in ranked[::-1][:2] if by_word[each] < 0]
    found = []
    for word, name in chosen:
        caption = f"Word {word} speaks for {name}: {by_word[word]:+.2f}"
        patches = word_patches(pixels, features, words, word)
        found.append(picture_drawing(f"support_word_{word}", patches, caption))
    return found
