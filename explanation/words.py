"""The visual words of a photo: where they lie, how often each occurs, and the mean of its label."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundle import layout
from drawing.amounts import percent
from drawing.keypoints import with_dots
from drawing.pictures import Pixels, dimmed, fitted, strip
from drawing.plot import ACCENT, SECOND, SERIES, finished, new_axes
from explanation.part import Drawing, Part, picture_drawing, plot_drawing
from explanation.pixels import SHOWN_SIDE_PX
from explanation.recognizer import Recognizer
from vision.extractors import LocalFeatures
from vision.extractors.features import scaled_keypoints
from vision.inspection.patches import keypoint_patch
from vision.inspection.words import nearest_words, word_shares

_COLORED: Final = len(SERIES)
"""Words with a colour of their own: the most common of the photo."""
_PATCHES: Final = 6
_PATCH_PX: Final = 56
_REST: Final = (150, 150, 150)


@dataclass(frozen=True)
class Words:
    """The visual words of a photo.

    Attributes:
        of: The word of each descriptor, shape (N,).
        shares: Share of each word, shape (K,).
        means: Mean shares over pictures of each label, shape (C, K), NaN for a label without; None where the
            bundle has neither the mean nor exemplars.
        source: Where the means come from: `training`, `exemplars`, or empty.
    """

    of: NDArray[np.int64]
    shares: NDArray[np.float64]
    means: NDArray[np.float64] | None
    source: str


def find_words(recognizer: Recognizer, features: LocalFeatures, codebook: NDArray[np.float32]) -> Words:
    """Finds the word of each descriptor, and the mean histogram of each label that the bundle knows."""
    binary = recognizer.extractor.descriptor_type == "binary"
    found = nearest_words(features.descriptors, codebook, binary=binary)
    shares = word_shares(found, len(codebook))
    if layout.WORDS in recognizer.manifest.files:
        written = json.loads((recognizer.folder / layout.WORDS).read_text("utf-8"))
        return Words(found, shares, np.array(written["means"], np.float64), "training")
    if recognizer.verifier is None:
        return Words(found, shares, None, "")
    means = np.full((len(recognizer.manifest.labels), len(codebook)), np.nan)
    for label in range(len(means)):
        rows = [
            each.features.descriptors for each in recognizer.verifier.exemplars.all if each.label == label
        ]
        if rows:
            words = np.concatenate([nearest_words(each, codebook, binary=binary) for each in rows])
            means[label] = word_shares(words, len(codebook))
    return Words(found, shares, means, "exemplars")


def words_part(
    pixels: Pixels, features: LocalFeatures, words: Words, label: int, labels: tuple[str, ...]
) -> Part:
    """Draws the words where they lie, patches of the most common, and the histogram beside its label's mean.

    Args:
        pixels: The picture that the keypoints are in.
        features: Of the picture.
        words: Its words.
        label: Index of the label to compare with.
        labels: All labels.
    """
    common = np.argsort(-words.shares, kind="stable")[:_COLORED]
    common = common[words.shares[common] > 0]
    drawings = [
        _placed(pixels, features, words, common),
        _histogram(words, label, labels),
    ]
    for rank, word in enumerate(common[:4], 1):
        count = int((words.of == word).sum())
        caption = f"Word {word}: {count} × in this picture, its largest patches"
        drawings.append(
            picture_drawing(f"word_{rank}", word_patches(pixels, features, words, int(word)), caption)
        )
    distinct = int((words.shares > 0).sum())
    text = [
        f"Each descriptor is replaced by the nearest of {len(words.shares)} visual words, which training "
        f"found as cluster centres. This picture has {len(words.of)} descriptors of {distinct} different "
        "words."
    ]
    mean = None if words.means is None else words.means[label]
    if mean is None or np.isnan(mean).any():
        text.append(f"This bundle does not have the mean histogram of {labels[label]}, so none is drawn.")
        mean = None
    elif words.source == "exemplars":
        text.append(
            f"The mean of {labels[label]} is that of its exemplars, which keep only points that were found "
            "again: this bundle does not have the mean over its training pictures."
        )
    facts = {
        "words": len(words.shares),
        "descriptors": words.of.tolist(),
        "shares": words.shares.round(6).tolist(),
        "compared_with": labels[label],
        "mean": None if mean is None else mean.round(6).tolist(),
        "mean_source": words.source if mean is not None else "",
        "nearest_labels": _nearest(words, labels),
    }
    return Part("words", "Visual words", tuple(text), tuple(drawings), facts)


def word_patches(pixels: Pixels, features: LocalFeatures, words: Words, word: int) -> Pixels:
    """Lays the largest patches of a visual word side by side, six at most, RGB.

    Args:
        pixels: The picture that the keypoints are in.
        features: Of the picture.
        words: Its words.
        word: One that occurs in it.
    """
    rows = np.flatnonzero(words.of == word)
    largest = rows[np.argsort(-features.keypoints[rows, 2], kind="stable")][:_PATCHES]
    patches = [keypoint_patch(pixels, features.keypoints[each], _PATCH_PX) for each in largest]
    return strip(patches, _PATCHES)


def _shared(means: NDArray[np.float64], words: Words) -> NDArray[np.float64]:
    """Computes what each label's mean and the photo have in common (histogram intersection), shape (C,)."""
    return np.asarray(np.minimum(means, words.shares).sum(axis=1), np.float64)


def _nearest(words: Words, labels: tuple[str, ...]) -> list[dict[str, object]]:
    """Lists the labels by what their mean and the photo have in common, best first."""
    if words.means is None:
        return []
    common = _shared(words.means, words)
    order = np.argsort(-np.nan_to_num(common, nan=-1), kind="stable")
    return [
        {"label": labels[each], "shared": round(float(common[each]), 4)}
        for each in order
        if not np.isnan(common[each])
    ]


def _placed(pixels: Pixels, features: LocalFeatures, words: Words, common: NDArray[np.int64]) -> Drawing:
    factor = SHOWN_SIDE_PX / max(pixels.shape[:2])
    drawn = dimmed(dimmed(fitted(pixels, SHOWN_SIDE_PX)))
    places = scaled_keypoints(features.keypoints, factor)
    drawn = with_dots(drawn, places[~np.isin(words.of, common)], _REST, 1)
    for rank, word in enumerate(common):
        drawn = with_dots(drawn, places[words.of == word], _rgb(SERIES[rank]), 4)
    named = ", ".join(str(each) for each in common)
    return picture_drawing("words", drawn, f"Where words lie; in colour the most common: {named}")


def _histogram(words: Words, label: int, labels: tuple[str, ...]) -> Drawing:
    figure, axes = new_axes(7.0, 2.8)
    edges = np.arange(len(words.shares) + 1) - 0.5
    axes.stairs(words.shares, edges, fill=True, color=ACCENT, alpha=0.8, label="this picture")
    alt = f"Shares of {len(words.shares)} visual words in this picture"
    if words.means is not None and not np.isnan(words.means[label]).any():
        of = "exemplars" if words.source == "exemplars" else "pictures"
        axes.stairs(words.means[label], edges, color=SECOND, linewidth=1.2, label=f"mean of {labels[label]}")
        shared = float(_shared(words.means, words)[label])
        alt += f", and their mean over {of} of {labels[label]}; they share {percent(shared)}"
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel("visual word")
    axes.set_ylabel("share of the descriptors")
    axes.legend(frameon=False)
    return plot_drawing(finished(figure, "word_histogram", alt), alt, "wide")


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color[1:])
    # Lighter than on paper: they lie on a dark picture.
    return min(255, red + 90), min(255, green + 90), min(255, blue + 90)
