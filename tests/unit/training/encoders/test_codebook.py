"""Visual words are all different, so that no descriptor is equally near to two of them by construction."""

from __future__ import annotations

import numpy as np

from training.encoders.codebook import learn_codebook


def test_equal_words_count_once_and_keep_their_order() -> None:
    distinct = np.random.default_rng(0).integers(0, 256, (5, 8)).astype(np.float32)
    sample = np.repeat(distinct, 20, axis=0)
    words = learn_codebook(sample, 12, seed=0, whole=True)
    assert len(words) == len(np.unique(words, axis=0)) <= 5
    assert {tuple(word) for word in words} <= {tuple(row) for row in distinct}


def test_words_that_differ_all_stay() -> None:
    sample = np.random.default_rng(1).normal(size=(400, 8)).astype(np.float32)
    assert learn_codebook(sample, 12, seed=0, whole=False).shape == (12, 8)
