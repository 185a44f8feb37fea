"""Linear problems that are solved in the span of their pictures."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from training.classifiers.span import span_of

RANDOM = np.random.default_rng(11)
TALL = RANDOM.normal(size=(40, 7))
WIDE = RANDOM.normal(size=(12, 90))
REPEATED = np.concatenate([WIDE, WIDE[:5]])


@pytest.mark.parametrize(("rows", "rank"), [(TALL, 7), (WIDE, 12), (REPEATED, 12)])
def test_coordinates_are_as_far_apart_as_the_vectors(rows: NDArray[np.float64], rank: int) -> None:
    span = span_of(rows)
    assert span.coordinates.shape == (len(rows), rank)
    np.testing.assert_allclose(span.coordinates @ span.coordinates.T, rows @ rows.T, atol=1e-9)


@pytest.mark.parametrize("rows", [TALL, WIDE, REPEATED])
def test_weights_tell_of_vectors_what_they_tell_of_coordinates(rows: NDArray[np.float64]) -> None:
    span = span_of(rows)
    learnt = RANDOM.normal(size=(3, span.coordinates.shape[1]))
    weights = span.weights(learnt)
    np.testing.assert_allclose(rows @ weights.T, span.coordinates @ learnt.T, atol=1e-9)
    # Their length, which is what a machine pays for, is the same, too.
    np.testing.assert_allclose(np.linalg.norm(weights, axis=1), np.linalg.norm(learnt, axis=1))
