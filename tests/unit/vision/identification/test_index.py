"""The inverted file and its vocabulary: the same in one part or several, and the right work first."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.works import work
from vision.extractors.features import LocalFeatures
from vision.identification.index import Part, WorkWords, indexed, joined
from vision.identification.vocabulary import WORDS, fixed_vocabulary, read_vocabulary
from vision.identification.votes import care_for, photo_words, scored_works, votes_in, word_weights

SEEDS = range(5)
_ARRAYS = ("descriptors", "keypoints")


@pytest.fixture(scope="module")
def words() -> dict[int, WorkWords]:
    return {seed: work(seed).reference.words for seed in SEEDS}


def test_two_parts_joined_are_one_part(words: dict[int, WorkWords]) -> None:
    whole = indexed(words)
    parts = [indexed({seed: words[seed] for seed in some}) for some in ((0, 1), (2, 3, 4))]
    both = joined(*parts)
    for name in vars(whole):
        np.testing.assert_array_equal(getattr(both, name), getattr(whole, name))
    assert len(both) == sum(map(len, words.values()))


def test_the_work_itself_has_most_votes(words: dict[int, WorkWords]) -> None:
    part = indexed(words)
    weights = word_weights([part], len(words))
    for seed in SEEDS:
        features = work(seed).reference.features
        photo = photo_words(features, 320, fixed_vocabulary(), 4)
        ranked = scored_works(votes_in(part, photo, weights, 20), np.ones(len(features), np.bool_), 3)
        assert ranked[0][0] == seed
        assert ranked[0][1] > 10 * ranked[1][1]


def test_a_pattern_all_over_the_photo_does_not_outvote_a_work(words: dict[int, WorkWords]) -> None:
    part, some, other = indexed(words), work(1).reference.features, work(3).reference.features
    rows = np.concatenate([np.arange(40), np.full(100, 40)])
    both = [np.concatenate([getattr(some, name)[:40], getattr(other, name)[:1]])[rows] for name in _ARRAYS]
    photo = photo_words(LocalFeatures(*both), 320, fixed_vocabulary(), 4)
    votes = votes_in(part, photo, word_weights([part], len(words)), 20)
    assert scored_works(votes, np.ones(len(rows), np.bool_), 1)[0][0] == 1


def test_rows_that_are_explained_vote_no_more(words: dict[int, WorkWords]) -> None:
    part, features = indexed(words), work(1).reference.features
    photo = photo_words(features, 320, fixed_vocabulary(), 4)
    votes = votes_in(part, photo, word_weights([part], len(words)), 20)
    assert scored_works(votes, np.zeros(len(features), np.bool_), 3) == []


def test_a_larger_index_is_asked_for_less() -> None:
    def of(entries: int) -> Part:
        nothing = np.broadcast_to(np.uint8(0), entries)
        return Part(np.zeros(WORDS + 1, np.int64), nothing, nothing, nothing, nothing)  # type: ignore[arg-type]

    care = [care_for([of(entries)]) for entries in (1_000, 10_000_000, 20_000_000)]
    assert care == sorted(care, reverse=True)
    assert len(set(care)) == 3


def test_the_vocabulary_is_read_as_it_was_written_and_known_by_its_digest() -> None:
    vocabulary = fixed_vocabulary()
    again = read_vocabulary(vocabulary.to_bytes())
    np.testing.assert_array_equal(again.centres, vocabulary.centres)
    assert (vocabulary.centres.shape, vocabulary.projection.shape) == ((2, 256, 32), (128, 64))
    assert len(vocabulary.digest) == 64


def test_the_nearest_word_comes_first_and_equal_descriptors_have_equal_signatures() -> None:
    descriptors = work(2).reference.features.descriptors
    vocabulary = fixed_vocabulary()
    words, signatures = vocabulary.words(np.asarray(descriptors, np.uint8))
    several, towards = vocabulary.nearest_words(np.asarray(descriptors, np.uint8), 8)
    np.testing.assert_array_equal(several[:, 0], words)
    np.testing.assert_array_equal(towards[:, 0], signatures)
    assert all(len(set(row)) == 8 for row in several.tolist())
    nothing, none = vocabulary.words(np.empty((0, 128), np.uint8))
    assert (len(nothing), len(none)) == (0, 0)
