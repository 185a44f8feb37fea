"""Codebooks of visual words and principal components, fitted on descriptors."""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning

from training.errors import TrainingError
from training.threads import one_thread

_BATCH: Final = 2048
_FEW_WORDS: Final = 20


def learn_codebook(sample: NDArray[np.float32], words: int, seed: int, whole: bool) -> NDArray[np.float32]:
    """Finds visual words by k-means (Sculley, "Web-Scale K-Means Clustering", WWW 2010).

    Where there are descriptors of nothing but zeros, as dense extractors give for plain parts of a picture,
    one word is kept for them: a wall then counts for nothing in sums of residuals.

    Args:
        sample: Descriptors, float32, shape (N, D).
        words: Number of words, K.
        seed: Seed of the k-means start.
        whole: Whether to round codewords to whole numbers, as descriptors of uint8 are.

    Returns:
        float32, shape (K, D); fewer words where some were equal.

    Raises:
        TrainingError: When there are fewer descriptors than words.
    """
    plain = not bool(sample.any(axis=1).all())
    sample, words = _visible(sample), words - plain
    if len(sample) < words:
        raise TrainingError(f"{len(sample)} descriptors in all pictures are too few for {words} visual words")
    # Only for a few words does the start matter so much that the best of three is worth its time.
    starts = 3 if words <= _FEW_WORDS else 1
    begun_with = max(_BATCH, 3 * words)
    clustering = MiniBatchKMeans(
        words, batch_size=_BATCH, init_size=begun_with, n_init=starts, random_state=seed
    )
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # Fewer distinct descriptors than words.
        centers = clustering.fit(sample).cluster_centers_
    codebook = np.asarray(np.rint(centers) if whole else centers, np.float32)
    if plain:
        codebook = np.vstack([codebook, np.zeros_like(codebook[:1])])
    # Of equal words only the first would ever count, if every run time broke ties the same way.
    _, first = np.unique(codebook, axis=0, return_index=True)
    return codebook[np.sort(first)]


def principal_components(sample: NDArray[np.float32], count: int, whiten: bool) -> NDArray[np.float32]:
    """Computes the directions of the largest variance, by rows; whitened ones give unit variance.

    Args:
        sample: Descriptors, float32, shape (N, D); those of nothing but zeros are left out.
        count: Number of components, P, at most D.
        whiten: Whether to divide by the standard deviation along each.

    Returns:
        float32, shape (P, D).
    """
    seen = _visible(sample)
    with one_thread():
        variances, directions = np.linalg.eigh(np.cov(seen.astype(np.float64), rowvar=False))
    largest = np.argsort(variances)[::-1][:count]
    components = directions[:, largest].T
    # A direction's sign is arbitrary; it is fixed so that every machine writes the same bundle.
    components *= np.sign(components[np.arange(len(components)), np.abs(components).argmax(axis=1)])[:, None]
    if whiten:
        floor = max(1e-12, variances[largest[0]] * 1e-6)
        components /= np.sqrt(np.maximum(variances[largest], floor))[:, None]
    return components.astype(np.float32)


def _visible(sample: NDArray[np.float32]) -> NDArray[np.float32]:
    """Leaves out descriptors of nothing but zeros, unless that leaves none."""
    seen = sample[sample.any(axis=1)]
    return seen if len(seen) else sample
