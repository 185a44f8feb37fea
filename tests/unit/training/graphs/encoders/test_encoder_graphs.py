from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from training.graphs.encoders.bovw import Weighting, build_bovw
from training.graphs.encoders.fisher import Mixture, build_fisher
from training.graphs.encoders.pyramid import Pyramid
from training.graphs.encoders.vlad import build_vlad
from training.graphs.session import GraphSession

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


@pytest.mark.parametrize("pyramid", [None, Pyramid(2)])
def test_sums_of_residuals_read_both_sides_of_a_product_in_the_order_of_memory(
    pyramid: Pyramid | None,
) -> None:
    operators = {each.op_type for each in build_vlad(CODEBOOK, COMPONENTS, pyramid).graph.node}
    assert "MatMul" in operators
    assert not operators & {"Transpose", "ScatterND", "ScatterElements"}


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


def placed(count: int) -> NDArray[np.float32]:
    return np.hstack([descriptors(count), RANDOM.integers(0, 256, (count, 2)).astype(np.float32)])


def in_cells(rows: NDArray[np.float32], finest: int) -> list[tuple[int, NDArray[np.float32]]]:
    """Level and descriptors of every cell, the whole picture first, row by row."""
    found = []
    for level in range(finest + 1):
        across, down = (rows[:, 128:] // (256 / 2**level)).T
        for row, column in np.ndindex(2**level, 2**level):
            inside = (across == column) & (down == row)
            found.append((level, rows[inside, :128]))
    return found


@pytest.mark.parametrize("finest", [0, 1, 2, 3])
def test_a_pyramid_counts_words_in_every_cell_with_the_weight_of_its_level(finest: int) -> None:
    session = GraphSession(build_bovw(CODEBOOK, "l1", pyramid=Pyramid(finest)))
    for size in (0, 1, 500):
        rows = placed(size)
        expected = []
        for level, inside in in_cells(rows, finest):
            weight = 0.5**finest if level == 0 else 0.5 ** (finest - level + 1)
            counts = np.bincount(nearest_words(inside), minlength=20)
            expected.append(weight * counts / max(1, size))
        np.testing.assert_allclose(session.run(rows)[0], np.concatenate(expected), atol=1e-6)


def test_a_pyramid_of_residuals_is_vlad_in_every_cell() -> None:
    rows = placed(700)
    blocks = []
    for level, inside in in_cells(rows, 2):
        alone = GraphSession(build_vlad(CODEBOOK, COMPONENTS)).run(inside)[0].reshape(20, 8)
        lengths = np.maximum(np.linalg.norm(alone, axis=1, keepdims=True), 1e-6)
        weight = (0.25 if level == 0 else 0.5 ** (3 - level)) / 4**level
        blocks.append(np.sqrt(weight) * alone / lengths)
    found = GraphSession(build_vlad(CODEBOOK, COMPONENTS, Pyramid(2))).run(rows)[0]
    np.testing.assert_allclose(found, unit(np.concatenate(blocks).ravel().astype(np.float64)), atol=1e-5)


def test_a_pyramid_of_gradients_is_a_fisher_vector_in_every_cell() -> None:
    rows = placed(300)
    components = (COMPONENTS / 500).astype(np.float32)
    mixture = Mixture(np.full(3, 1 / 3), RANDOM.normal(size=(3, 8)), RANDOM.uniform(0.5, 2, (3, 8)))
    center = rows[:, :128].mean(axis=0, dtype=np.float64)
    whole = GraphSession(build_fisher(mixture, center, components)).run(rows[:, :128])[0]
    found = GraphSession(build_fisher(mixture, center, components, Pyramid(1))).run(rows)[0]
    assert found.shape == (5 * whole.size,)
    np.testing.assert_allclose(unit(found[: whole.size].astype(np.float64)), whole, atol=1e-5)
    alone = in_cells(rows, 1)[3][1]
    expected = GraphSession(build_fisher(mixture, center, components)).run(alone)[0]
    block = unit(found[3 * whole.size : 4 * whole.size].astype(np.float64))
    np.testing.assert_allclose(block, expected, atol=2e-3)  # The root's floor weighs more in a cell.


def test_places_do_not_change_a_vector_of_the_whole_picture() -> None:
    rows = placed(60)
    plain = GraphSession(build_vlad(CODEBOOK, COMPONENTS)).run(rows[:, :128])
    np.testing.assert_array_equal(GraphSession(build_vlad(CODEBOOK, COMPONENTS, Pyramid(0))).run(rows), plain)
