"""Catalogues that are larger than any set of pictures at hand: descriptors of real works, dealt out anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalogue.view import View
from vision.extractors.features import LocalFeatures
from vision.identification.index import Part, WorkWords
from vision.identification.plain import Colors
from vision.identification.reference import EXTRACTOR, Reference
from vision.identification.vocabulary import WORDS
from vision.identification.votes import Votes, votes_for, word_weights

KEYPOINTS: Final = EXTRACTOR.max_keypoints
_FLIPPED: Final = 4
"""Bits of each signature that are changed: a descriptor is like the one it was made of, not the same."""


class WithDistractors:
    """A catalogue with works that look like nothing: each has descriptors of many real works, anywhere.

    Args:
        view: The real works.
        count: How many more.
    """

    def __init__(self, view: View, count: int) -> None:
        rng = np.random.default_rng(11)
        self._view, self._first = view, len(view.is_live)
        self.plain: Mapping[int, Colors] = view.plain
        real = [view.reference(number) for number in view.numbers.values()]
        self._descriptors = np.concatenate([each.features.descriptors for each in real])
        self._words = WorkWords(
            *(
                np.concatenate([getattr(each.words, name) for each in real])
                for name in ("words", "signatures", "turns", "octaves")
            )
        )
        self._sources = rng.integers(0, len(self._words), (count, KEYPOINTS), dtype=np.int32)
        self.parts = [*view.parts, self._indexed(rng)]
        self.weights: NDArray[np.float32] = word_weights(self.parts, len(view.numbers) + count)
        self.is_live: NDArray[np.bool_] = np.concatenate([view.is_live, np.ones(count, np.bool_)])

    @property
    def index_bytes(self) -> int:
        """Memory of the inverted file."""
        arrays = [array for part in self.parts for array in vars(part).values()]
        return sum(each.nbytes for each in arrays)

    is_empty = False

    def votes(self, features: LocalFeatures, size_px: tuple[int, int]) -> Votes:
        """Collects the votes of a photo for works."""
        return votes_for(features, max(size_px), self.parts, self.weights, self.is_live)

    def reference(self, number: int) -> Reference:
        """Returns what a work is recognised by; a distractor's keypoints lie anywhere."""
        if number < self._first:
            return self._view.reference(number)
        rng = np.random.default_rng(number)
        sources = self._sources[number - self._first]
        keypoints = np.column_stack(
            [
                rng.uniform(0, 480, (KEYPOINTS, 2)),
                np.exp2(self._words.octaves[sources] / 16) * (480 / 512),
                self._words.turns[sources] * (360 / 256),
            ]
        ).astype(np.float32)
        words = WorkWords(
            *(getattr(self._words, name)[sources] for name in ("words", "signatures", "turns", "octaves"))
        )
        return Reference(LocalFeatures(self._descriptors[sources], keypoints), words, (480, 480), b"")

    def _indexed(self, rng: np.random.Generator) -> Part:
        sources = self._sources.ravel()
        words = self._words.words[sources]
        order = np.argsort(words, kind="stable")
        starts = np.zeros(WORDS + 1, np.int64)
        np.cumsum(np.bincount(words, minlength=WORDS), out=starts[1:])
        sources = sources[order]
        works = (order // KEYPOINTS).astype(np.int32) + np.int32(self._first)
        del order, words
        signatures = self._words.signatures[sources]
        for _ in range(_FLIPPED):
            signatures ^= np.uint64(1) << rng.integers(0, 64, len(sources), dtype=np.uint8).astype(np.uint64)
        return Part(starts, works, signatures, self._words.turns[sources], self._words.octaves[sources])
