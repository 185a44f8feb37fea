"""Soft vote: the mean of several classifiers' probabilities (Kittler et al., PAMI 20(3), 1998, 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import softmax

from training.classifiers.registry import Member, SingleClassifier
from training.classifiers.scores import has_margins, score
from training.networks.settings import CnnSettings
from training.strict import Strict

# Factor of margins before the softmax that makes them votes; margins against the rest are about -1 to 1.
MARGIN_SHARPNESS = 5.0


@dataclass(frozen=True)
class SoftVote:
    """Fitted classifiers that vote with equal weights.

    Attributes:
        members: Fitted scikit-learn classifiers.
        classes_: The labels, int64.
    """

    members: tuple[Any, ...]
    classes_: NDArray[np.int64]

    def predict_proba(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Computes the mean probability of every label, shape (N, labels)."""
        return np.asarray(np.mean([_vote(member, features) for member in self.members], axis=0), np.float64)


def _vote(member: Any, features: NDArray[np.float32]) -> NDArray[np.float64]:
    if not has_margins(member):
        return np.asarray(member.predict_proba(features), np.float64)
    return np.asarray(softmax(MARGIN_SHARPNESS * score(member, features), axis=1), np.float64)


class VoteSettings(Strict):
    """Soft vote.

    Attributes:
        members: Settings of the classifiers that vote.
    """

    name: Literal["vote"] = "vote"
    members: tuple[Member, ...] = Field(min_length=2, max_length=9)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return f"vote of {len(self.members)}"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `SoftVote`."""
        members = tuple(member.fit(features, targets, seed) for member in self.members)
        return SoftVote(members, np.unique(targets))


ClassifierSettings: TypeAlias = Annotated[
    SingleClassifier | VoteSettings | CnnSettings, Field(discriminator="name")
]
"""Every classifier that a recipe can name; a network does not vote."""
