from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from tests.support.signs import sign, write_signs
from training.augmentation.moving import Moving, moved
from training.graphs.extractors.registry import create_graph_extractor


def test_a_sign_is_moved_on_a_larger_sheet_of_its_paper() -> None:
    for seed in range(20):
        copy = moved(sign("S", 0), np.random.default_rng(seed))
        assert copy.shape == (96, 96, 3)
        edge = np.concatenate([copy[0], copy[-1], copy[:, 0], copy[:, -1]]).astype(float)
        assert edge.mean() > 215
        assert (copy.mean(axis=2) < 128).sum() > 60


def test_the_same_picture_is_moved_in_the_same_way(tmp_path: Path) -> None:
    data = (write_signs(tmp_path / "signs", 1) / "A_0.png").read_bytes()
    extractor, digest = create_graph_extractor("ink"), hashlib.sha256(data).hexdigest()
    first, again, other = (Moving(seed).applied(data, extractor, digest) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
