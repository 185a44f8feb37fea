"""The tutorial's procedure as it was taught: full-resolution SIFT, k-means words, counts, an RBF machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

WORDS = 150


@dataclass(frozen=True)
class TutorialModel:
    """What the tutorial keeps after training."""

    words: KMeans
    scaler: StandardScaler
    machine: SVC

    def predict(self, data: bytes) -> str:
        """The label of one picture; every picture gets one."""
        counts = self._counts(descriptors(data))
        return str(self.machine.predict(self.scaler.transform(counts[np.newaxis]))[0])

    def _counts(self, found: NDArray[np.float32]) -> NDArray[np.float64]:
        return word_counts(self.words, found)


def descriptors(data: bytes) -> NDArray[np.float32]:
    """SIFT of the whole picture at the size it came in, float32, (N, 128)."""
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError("not a picture that OpenCV decodes")
    _, found = cv2.SIFT.create().detectAndCompute(grey, None)
    return np.zeros((0, 128), np.float32) if found is None else np.asarray(found, np.float32)


def word_counts(words: KMeans, found: NDArray[np.float32]) -> NDArray[np.float64]:
    """How often each visual word occurs, float64, (WORDS,)."""
    if not len(found):
        return np.zeros(WORDS)
    return np.bincount(words.predict(found), minlength=WORDS).astype(np.float64)


def fit(pictures: Sequence[Path], labels: Sequence[str], seed: int) -> TutorialModel:
    """Trains as the tutorial does, on a sample of the descriptors so that k-means ends."""
    found = [descriptors(path.read_bytes()) for path in pictures]
    stacked = np.vstack(found)
    sample = np.random.default_rng(seed).choice(len(stacked), min(len(stacked), 60_000), replace=False)
    words = KMeans(WORDS, n_init=1, random_state=seed).fit(stacked[sample])
    counts = np.stack([word_counts(words, each) for each in found])
    scaler = StandardScaler().fit(counts)
    machine = SVC(C=10, gamma="scale", random_state=seed).fit(scaler.transform(counts), list(labels))
    return TutorialModel(words, scaler, machine)
