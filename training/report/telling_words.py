"""The visual words that tell a label from the others, drawn as patches of the label's own pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drawing.pictures import jpeg_uri, strip
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.report.pictures import picture_pixels
from training.report.sight import ExtractedPicture
from training.report.words import AssignedWords, codebook_of
from vision.extractors import LocalFeatures

_WORDS: Final = 5
_MOST_DRAWN: Final = 60
"""Words on the whole page that are drawn: it stays small enough to be sent."""
_MOST_PICTURES: Final = 96
"""From which patches are cut, on the whole page; each is decoded once more."""
_OF_LABEL: Final = 6


@dataclass(frozen=True)
class TellingWord:
    """A visual word that is more frequent in a label than in the others.

    Attributes:
        number: Its index in the codebook.
        share: Mean share of the label's descriptors, 0 to 1.
        elsewhere: Mean share of those of the other labels.
        strip: Its nearest patches in pictures of the label side by side, a `data:` URI; empty where none are
            drawn.
        patches: Number of patches.
    """

    number: int
    share: float
    elsewhere: float
    strip: str = ""
    patches: int = 0


def telling_words(
    model: TrainedModel,
    image_set: ImageSet,
    means: NDArray[np.float64],
    label: int,
    seen: Sequence[ExtractedPicture] = (),
) -> tuple[TellingWord, ...]:
    """Selects up to five words of a label, the most telling first, with patches where room is left for them.

    Args:
        model: The trained model; its encoder has a codebook.
        image_set: The image set that it was trained on; a few pictures of the label are read again.
        means: Mean share of every visual word, shape (labels, words).
        label: Index of the label.
        seen: Pictures that need not be extracted again.
    """
    elsewhere = np.delete(means, label, axis=0).mean(axis=0) if len(means) > 1 else np.zeros(means.shape[1])
    order = np.argsort(elsewhere - means[label], kind="stable")[:_WORDS]
    chosen = [int(each) for each in order if means[label, each] > elsewhere[each]]
    drawn = max(1, min(_WORDS, _MOST_DRAWN // len(model.labels)))
    strips = _strips(model, image_set, label, chosen[:drawn], seen)
    return tuple(
        TellingWord(each, float(means[label, each]), float(elsewhere[each]), *strips.get(each, ("", 0)))
        for each in chosen
    )


def _strips(
    model: TrainedModel,
    image_set: ImageSet,
    label: int,
    words: list[int],
    seen: Sequence[ExtractedPicture],
) -> dict[int, tuple[str, int]]:
    """Draws the patches of each word: a `data:` URI, and how many they are."""
    codebook, pictures = codebook_of(model.encoder), _pictures(model, image_set, label, seen)
    if codebook is None or not pictures or not words:
        return {}
    assigned = AssignedWords.of(pictures, codebook, model.descriptors.binary)
    found = {word: assigned.patches(word) for word in words}
    return {
        word: (jpeg_uri(strip(patches, len(patches))), len(patches))
        for word, patches in found.items()
        if patches
    }


def _pictures(
    model: TrainedModel, image_set: ImageSet, label: int, seen: Sequence[ExtractedPicture]
) -> list[ExtractedPicture]:
    """Reads a few pictures of a label, one of each group, those with most keypoints first."""
    counts = np.diff(model.descriptors.offsets)
    own = np.flatnonzero((image_set.targets == label) & (counts > 0))
    richest = own[np.argsort(-counts[own], kind="stable")]
    _, first = np.unique(image_set.groups[richest], return_index=True)
    most = max(2, min(_OF_LABEL, _MOST_PICTURES // len(model.labels)))
    known = {each.index: each for each in seen}
    return [
        known.get(each) or _extracted(model, image_set, each)
        for each in richest[np.sort(first)][:most].tolist()
    ]


def _extracted(model: TrainedModel, image_set: ImageSet, picture: int) -> ExtractedPicture:
    """Reads a picture, with the keypoints that were kept, or extracted once more where none were."""
    extractor = model.recipe.create_extractor()
    pixels = picture_pixels(image_set, picture, extractor.max_side_px)
    if model.descriptors.keypoints is None:
        found = extractor.extract(pixels)
        if not isinstance(found, LocalFeatures):
            raise TypeError(f"{extractor.name} has no keypoints")
    else:
        found = model.descriptors.view(picture).features
    return ExtractedPicture(picture, int(image_set.groups[picture]), pixels, found)
