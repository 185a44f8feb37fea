"""The classifiers by name: one settings model each, whose `fit` gives a fitted scikit-learn estimator."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from training.classifiers.single import SingleClassifier
from training.classifiers.vote import VoteSettings

ClassifierSettings: TypeAlias = Annotated[SingleClassifier | VoteSettings, Field(discriminator="name")]
