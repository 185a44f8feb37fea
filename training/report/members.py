"""The members of a vote: how each answers alone about held-out pictures, beside all of them together."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.classifiers import learn_classifier, score
from training.classifiers.vote import SoftVote, VoteSettings
from training.threads import one_thread
from training.trainer import TrainedModel

_BUDGET_S: Final = 5.0
"""Members that would take longer for all folds, in seconds of one core, are not compared."""


@dataclass(frozen=True)
class MemberScore:
    """A member of a vote.

    Attributes:
        title: Its name; that of the vote in the last one.
        accuracy: Share of held-out pictures that it answers rightly, 0 to 1.
        agreement: Share of them about which it answers as the vote does, 0 to 1.
        rescued: Pictures that it has wrong and the vote right.
        spoilt: Pictures that it has right and the vote wrong.
    """

    title: str
    accuracy: float
    agreement: float
    rescued: int
    spoilt: int


def member_scores(model: TrainedModel, targets: NDArray[np.int64]) -> tuple[MemberScore, ...]:
    """Cross-validates the members of a vote, and the vote itself as the last one.

    The vectors are those of the final encoder, as for the learning curve. None for other classifiers, and for
    members that would take too long.

    Args:
        model: Gives classifier, vectors and folds.
        targets: Label index of every picture.
    """
    settings = model.candidate.classifier
    if not isinstance(settings, VoteSettings):
        return ()
    answers = np.full((len(settings.members) + 1, len(targets)), -1)
    folds = np.unique(model.folds[model.asked])
    begun = time.process_time()
    with one_thread():
        for number, fold in enumerate(folds, 1):
            held_out, taught = model.folds == fold, model.taught(fold)
            vote = learn_classifier(settings, model.features[taught], targets[taught], model.seed)
            answers[:, held_out] = _answers(vote, model.features[held_out])
            if (time.process_time() - begun) / number * len(folds) > _BUDGET_S:
                return ()
    titles = (*(each.title for each in settings.members), settings.title)
    answers, right = answers[:, model.asked], answers[:, model.asked] == targets[model.asked]
    together = right[-1]
    return tuple(
        MemberScore(
            title,
            float(right[number].mean()),
            float((answers[number] == answers[-1]).mean()),
            int((~right[number] & together).sum()),
            int((right[number] & ~together).sum()),
        )
        for number, title in enumerate(titles)
    )


def _answers(vote: SoftVote, features: NDArray[np.float32]) -> NDArray[np.int64]:
    """Returns the answers of every member, and of all together in the last row."""
    scores = [score(member, features) for member in vote.members]
    every = [*scores, vote.predict_proba(features)]
    return np.stack([vote.classes_[each.argmax(axis=1)] for each in every])
