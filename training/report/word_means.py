"""The mean histogram of visual words of each label, to compare a photo with."""

from __future__ import annotations

import json
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.report.words import codebook_of
from training.trainer import TrainedModel
from vision.inspection.words import nearest_words, word_shares

_MOST_PICTURES: Final = 40
"""Of a label: the mean of more differs little, and takes time."""
_DIGITS: Final = 5


def word_means_file(model: TrainedModel, targets: NDArray[np.int64]) -> bytes | None:
    """Makes the JSON file of the means; None for an encoder without a codebook.

    `labels` has the labels in order, `means` for each the mean share of every word, and `pictures` the number
    of pictures that it is the mean of.

    Args:
        model: The trained model.
        targets: Label index of every picture.
    """
    codebook = codebook_of(model.encoder)
    if codebook is None:
        return None
    chosen = [np.flatnonzero(targets == label)[:_MOST_PICTURES] for label in range(len(model.labels))]
    means = [_mean(model.descriptors, pictures, codebook) for pictures in chosen]
    facts = {
        "labels": list(model.labels),
        "pictures": [len(pictures) for pictures in chosen],
        "means": [mean.round(_DIGITS).tolist() for mean in means],
    }
    return (json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _mean(
    descriptors: DescriptorSet, pictures: NDArray[np.int64], codebook: NDArray[np.float32]
) -> NDArray[np.float64]:
    shares = np.zeros(len(codebook))
    for picture in pictures:
        rows = descriptors.values[descriptors.offsets[picture] : descriptors.offsets[picture + 1]]
        words = nearest_words(rows, codebook, binary=descriptors.binary)
        shares += word_shares(words, len(codebook)) / len(pictures)
    return shares
