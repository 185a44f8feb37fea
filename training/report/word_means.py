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


def word_means(model: TrainedModel, targets: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Computes the mean share of every visual word in the pictures of each label, shape (labels, words).

    None for an encoder without a codebook.

    Args:
        model: The trained model.
        targets: Label index of every picture.
    """
    codebook = codebook_of(model.encoder)
    if codebook is None:
        return None
    return np.stack([_mean(model.descriptors, each, codebook) for each in _chosen(model, targets)])


def word_means_file(model: TrainedModel, targets: NDArray[np.int64], means: NDArray[np.float64]) -> bytes:
    """Makes the JSON file of the means.

    `labels` has the labels in order, `means` for each the mean share of every word, and `pictures` the number
    of pictures that it is the mean of.

    Args:
        model: The trained model.
        targets: Label index of every picture.
        means: Of `word_means`.
    """
    facts = {
        "labels": list(model.labels),
        "pictures": [len(pictures) for pictures in _chosen(model, targets)],
        "means": means.round(_DIGITS).tolist(),
    }
    return (json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _chosen(model: TrainedModel, targets: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(targets == label)[:_MOST_PICTURES] for label in range(len(model.labels))]


def _mean(
    descriptors: DescriptorSet, pictures: NDArray[np.int64], codebook: NDArray[np.float32]
) -> NDArray[np.float64]:
    shares = np.zeros(len(codebook))
    for picture in pictures:
        rows = descriptors.values[descriptors.offsets[picture] : descriptors.offsets[picture + 1]]
        words = nearest_words(rows, codebook, binary=descriptors.binary)
        shares += word_shares(words, len(codebook)) / len(pictures)
    return shares
