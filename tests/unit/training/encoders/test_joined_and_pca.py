"""Encoders that stand on others: a vector beside encoded descriptors, principal components of any vector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from training.descriptors.extraction import DescriptorSet
from training.encoders.bovw import BovwSettings
from training.encoders.joined import JoinedSettings
from training.encoders.pca import PcaSettings
from training.encoders.vector import VectorSettings
from training.encoders.vlad import VladSettings
from training.errors import TrainingError

PICTURES = np.arange(30)
VLAD = VladSettings(words=4, components=6)


def described(vectors: NDArray[np.float32] | None = None) -> DescriptorSet:
    """Thirty pictures of 0 to 29 descriptors."""
    random = np.random.default_rng(0)
    rows = [random.integers(0, 256, (number, 16)).astype(np.uint8) for number in range(30)]
    return replace(DescriptorSet.packed(rows, 16), vectors=vectors)


@pytest.fixture
def vectors() -> NDArray[np.float32]:
    """With a constant element, and others of very different size."""
    drawn = np.random.default_rng(1).normal(size=(30, 21)) * np.logspace(-2, 3, 21)
    drawn[:, 3] = 7
    return drawn.astype(np.float32)


@pytest.mark.parametrize("scaling", ["standard", "none"])
def test_a_vector_stands_beside_the_encoded_descriptors(vectors: NDArray[np.float32], scaling: str) -> None:
    both = described(vectors)
    joined = JoinedSettings(
        local=VLAD, vector=VectorSettings.model_validate({"scaling": scaling}), weight=0.5
    )
    found = joined.fit(both, PICTURES, 0).encode(both)
    alone = VLAD.fit(described(), PICTURES, 0).encode(described())
    np.testing.assert_allclose(found[:, : alone.shape[1]], alone, atol=1e-6)
    beside = found[:, alone.shape[1] :].astype(np.float64)
    if scaling == "standard":
        deviation = np.where(vectors.std(axis=0) > 1e-6, vectors.std(axis=0), np.inf)
        wanted = (vectors - vectors.mean(axis=0)) / deviation
    else:
        wanted = vectors.astype(np.float64)
    ratio = beside[wanted != 0] / wanted[wanted != 0]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-3)
    lengths = [np.sqrt((each.astype(np.float64) ** 2).sum(axis=1).mean()) for each in (beside, alone)]
    assert lengths[0] / lengths[1] == pytest.approx(0.5, rel=1e-3)


def test_a_picture_without_descriptors_keeps_its_vector(vectors: NDArray[np.float32]) -> None:
    both = described(vectors)
    first = JoinedSettings(local=VLAD).fit(both, PICTURES, 0).encode(both)[0]
    assert not first[: 4 * 6].any()
    assert np.abs(first[4 * 6 :]).max() > 0.01
    assert both.has_features.all()
    assert described().has_features.tolist() == [False, *[True] * 29]


def test_joining_needs_a_vector() -> None:
    with pytest.raises(TrainingError, match="needs an extractor that joins a vector"):
        JoinedSettings(local=VLAD).fit(described(), PICTURES, 0)


@pytest.mark.parametrize("whiten", [False, True])
def test_components_of_a_vector_are_those_of_scikit_learn(vectors: NDArray[np.float32], whiten: bool) -> None:
    packed = DescriptorSet.packed(list(vectors[:, None]), 21)
    settings = PcaSettings(behind=VectorSettings(), components=5, whiten=whiten)
    found = settings.fit(packed, PICTURES[:25], 0).encode(packed)
    scaled = VectorSettings().fit(packed, PICTURES[:25], 0).encode(packed)
    wanted = PCA(5, whiten=whiten, svd_solver="full").fit(scaled[:25]).transform(scaled)
    signs = np.sign((found * wanted).sum(axis=0))
    np.testing.assert_allclose(found, wanted * signs, atol=2e-4)


def test_there_are_fewer_components_than_pictures(vectors: NDArray[np.float32]) -> None:
    packed = DescriptorSet.packed(list(vectors[:, None]), 21)
    few = PcaSettings(behind=VectorSettings(), components=64).fit(packed, PICTURES[:6], 0)
    assert few.encode(packed).shape == (30, 5)
    same = DescriptorSet.packed([vectors[:1]] * 4, 21)
    plain = (
        PcaSettings(behind=VectorSettings(scaling="none"), whiten=True)
        .fit(same, PICTURES[:4], 0)
        .encode(same)
    )
    assert np.isfinite(plain).all()


@pytest.mark.parametrize("behind", [BovwSettings(words=8), VLAD, JoinedSettings(local=BovwSettings(words=8))])
def test_components_of_encoded_descriptors_keep_most_of_their_variance(
    behind: BovwSettings | VladSettings | JoinedSettings, vectors: NDArray[np.float32]
) -> None:
    both = described(vectors if isinstance(behind, JoinedSettings) else None)
    whole = behind.fit(both, PICTURES, 0).encode(both)
    found = PcaSettings(behind=behind, components=7).fit(both, PICTURES, 0).encode(both)
    assert found.shape == (30, 7)
    assert found.var(axis=0).sum() > 0.4 * whole.var(axis=0).sum()
    assert (np.diff(found.var(axis=0)) < 1e-6).all()


def test_a_colour_that_no_training_picture_has_does_not_drown_the_rest() -> None:
    shares = np.full((30, 8), 0.1, np.float32) + np.linspace(0, 0.05, 30, dtype=np.float32)[:, None]
    shares[:, 7] = np.arange(30) * 1e-5
    both = described(shares)
    other = replace(both, vectors=np.tile(np.array([0.1] * 7 + [0.9], np.float32), (30, 1)))
    encoder = JoinedSettings(local=VLAD).fit(both, PICTURES, 0)
    usual, unusual = (np.abs(encoder.encode(each)[:, 4 * 6 :]).max() for each in (both, other))
    assert unusual < 5 * usual
