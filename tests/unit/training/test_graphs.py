from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from training.graphs.bovw import Weighting, build_bovw
from training.graphs.fisher import Mixture, build_fisher
from training.graphs.session import GraphSession
from training.graphs.vlad import build_vlad

RANDOM = np.random.default_rng(0)
CODEBOOK = RANDOM.integers(0, 256, (20, 128)).astype(np.float32)
IDF = RANDOM.uniform(1, 3, 20).astype(np.float32)
COMPONENTS = RANDOM.normal(size=(8, 128)).astype(np.float32)
SIZES = [0, 1, 2, 17, 500, 3000]


def descriptors(count: int) -> NDArray[np.float32]:
    return RANDOM.integers(0, 256, (count, 128)).astype(np.float32)


def nearest_words(values: NDArray[np.float32]) -> NDArray[np.int64]:
    exact = values.astype(np.int64)[:, None] - CODEBOOK.astype(np.int64)
    return np.asarray((exact**2).sum(axis=2).argmin(axis=1))


def unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / max(np.linalg.norm(vector), 1e-6))


def expected_bovw(values: NDArray[np.float32], weighting: Weighting) -> NDArray[np.float64]:
    counts = np.bincount(nearest_words(values), minlength=20).astype(np.float64)
    share = counts / max(1, len(values))
    return {"counts": counts, "l1": share, "hellinger": np.sqrt(share), "tfidf": unit(share * IDF)}[weighting]


@pytest.mark.parametrize("weighting", ["counts", "l1", "hellinger", "tfidf"])
def test_a_bag_of_words_is_what_numpy_counts(weighting: Weighting) -> None:
    session = GraphSession(build_bovw(CODEBOOK, weighting, IDF))
    for size in SIZES:
        values = descriptors(size)
        np.testing.assert_allclose(session.run(values)[0], expected_bovw(values, weighting), atol=1e-6)


def test_vlad_is_the_sum_of_projected_residuals() -> None:
    session = GraphSession(build_vlad(CODEBOOK, COMPONENTS))
    for size in SIZES:
        values = descriptors(size)
        words = nearest_words(values)
        blocks = np.zeros((20, 8))
        for word in range(20):
            residuals = values[words == word].astype(np.float64) - CODEBOOK[word]
            blocks[word] = unit((residuals @ COMPONENTS.T.astype(np.float64)).sum(axis=0))
        np.testing.assert_allclose(session.run(values)[0], unit(blocks.ravel()), atol=2e-6)


def test_a_fisher_vector_is_the_gradient_of_the_mixture() -> None:
    values = descriptors(400)
    center = values.mean(axis=0, dtype=np.float64)
    components = (COMPONENTS / 500).astype(np.float32)
    points = (values - center) @ components.T.astype(np.float64)
    gaussians = GaussianMixture(5, covariance_type="diag", random_state=0).fit(points)
    weights, means, variances = gaussians.weights_, gaussians.means_, gaussians.covariances_
    session = GraphSession(build_fisher(Mixture(weights, means, variances), center, components))

    shares = gaussians.predict_proba(points)
    apart = (points[:, None] - means) / np.sqrt(variances)
    by_mean = (shares[..., None] * apart).mean(axis=0) / np.sqrt(weights)[:, None]
    by_deviation = (shares[..., None] * (apart**2 - 1)).mean(axis=0) / np.sqrt(2 * weights)[:, None]
    vector = np.hstack([by_mean, by_deviation]).ravel()
    expected = unit(vector / np.sqrt(np.abs(vector) + 1e-6))
    np.testing.assert_allclose(session.run(values)[0], expected, atol=2e-4)
    assert not session.run(values[:0]).any()


def test_the_nearest_word_is_exact_even_where_two_are_almost_as_near() -> None:
    close = np.zeros((2, 128), np.float32)
    close[0], close[1] = 255, 255
    close[1, 0] = 254
    picture = np.full((1, 128), 255, np.float32)
    picture[0, 0] = 254
    session = GraphSession(build_bovw(close, "counts"))
    assert session.run(picture)[0].tolist() == [0, 1]


def test_packed_bits_go_to_the_word_of_least_hamming_distance() -> None:
    packed = RANDOM.integers(0, 256, (200, 32)).astype(np.float32)
    words = RANDOM.integers(0, 2, (20, 256)).astype(np.float32)
    bits = np.unpackbits(packed.astype(np.uint8), axis=1)
    nearest = (bits[:, None] != words).sum(axis=2).argmin(axis=1)
    session = GraphSession(build_bovw(words, "counts", binary=True))
    assert session.run(packed)[0].tolist() == np.bincount(nearest, minlength=20).tolist()
    assert session.run(packed[:0])[0].tolist() == [0] * 20


def test_soft_assignment_spreads_a_descriptor_by_distance() -> None:
    session = GraphSession(build_bovw(CODEBOOK, "l1", sharpness=1e-5))
    for size in SIZES:
        values = descriptors(size)
        squares = ((values.astype(np.float64)[:, None] - CODEBOOK) ** 2).sum(axis=2)
        shares = np.exp(-(squares - squares.min(axis=1, initial=np.inf, keepdims=True)) * 0.5e-5)
        shares /= shares.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(session.run(values)[0], shares.sum(axis=0) / max(1, size), atol=1e-5)


def test_tfidf_without_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="inverse document frequency"):
        build_bovw(CODEBOOK, "tfidf")
