"""Visual words are all different, so that no descriptor is equally near to two of them by construction."""

from __future__ import annotations

import numpy as np

from training.encoders.codebook import learn_codebook, principal_components


def test_equal_words_count_once_and_keep_their_order() -> None:
    distinct = np.random.default_rng(0).integers(0, 256, (5, 8)).astype(np.float32)
    sample = np.repeat(distinct, 20, axis=0)
    words = learn_codebook(sample, 12, seed=0, whole=True)
    assert len(words) == len(np.unique(words, axis=0)) <= 5
    assert {tuple(word) for word in words} <= {tuple(row) for row in distinct}


def test_words_that_differ_all_stay() -> None:
    sample = np.random.default_rng(1).normal(size=(400, 8)).astype(np.float32)
    assert learn_codebook(sample, 12, seed=0, whole=False).shape == (12, 8)


def test_plain_parts_of_pictures_have_a_word_of_their_own_and_no_part_in_the_components() -> None:
    random = np.random.default_rng(0)
    seen = random.integers(1, 256, (200, 8)).astype(np.float32)
    plain = np.vstack([seen, np.zeros((300, 8), np.float32)])
    words = learn_codebook(plain, 12, seed=0, whole=True)
    assert len(words) == 12
    assert (~words.any(axis=1)).sum() == 1
    assert words[:-1].min() > 20  # none lies between the zeros and the rest
    np.testing.assert_allclose(principal_components(plain, 3, True), principal_components(seen, 3, True))
    nothing = np.zeros((20, 8), np.float32)
    assert principal_components(nothing, 3, True).shape == (3, 8)
