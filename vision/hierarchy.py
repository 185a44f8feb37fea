"""What several labels have in common: the answer where no single label is sure.

The deepest group that is sure is answered, as in Deng et al., "Hedging Your Bets: Optimizing
Accuracy-Specificity Trade-offs in Large Scale Visual Recognition", CVPR 2012.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.answers import Group, Probabilities, reaches


@dataclass(frozen=True)
class Hierarchy:
    """The groups of a model's labels.

    Attributes:
        names: Of the groups. A label that others belong to is a group, too.
        members: Which labels belong to each, directly or by another group, bool, shape (groups, labels).
        parents: Index of the group that each belongs to; -1 for none.
    """

    names: tuple[str, ...]
    members: NDArray[np.bool_]
    parents: tuple[int, ...]

    @classmethod
    def of(cls, parents: Mapping[str, str], labels: Sequence[str]) -> Hierarchy:
        """Collects the groups.

        Args:
            parents: Parent of each label and group that has one, without circles.
            labels: The model's labels, in order.
        """
        names = tuple(sorted(set(parents.values())))
        number = {name: index for index, name in enumerate(names)}
        members = np.zeros((len(names), len(labels)), np.bool_)
        for index, label in enumerate(labels):
            group: str | None = label if label in number else parents.get(label)
            while group is not None:
                members[number[group], index] = True
                group = parents.get(group)
        return cls(names, members, tuple(number.get(parents.get(name, ""), -1) for name in names))

    def surest(self, probabilities: Probabilities, threshold: float) -> Group | None:
        """Returns the deepest group that is sure; of several the most probable one, None where none is.

        Of equally probable ones it is the first by name.

        A group has the probabilities of its labels together, and is sure when that is as far above its share
        of the labels as a label's must be above 0: a group of all labels is right by itself and says nothing.

        Args:
            probabilities: Of every label, shape (labels,).
            threshold: Probability below which a label is not recognised.

        >>> hierarchy = Hierarchy.of({"tabby": "cat", "lynx": "cat"}, ["tabby", "lynx", "truck", "bus"])
        >>> hierarchy.surest(np.array([0.5, 0.4, 0.1, 0.0]), 0.7)
        Group(name='cat', probability=0.9)
        """
        together = self.members @ probabilities.astype(np.float64)
        share = self.members.mean(axis=1)
        above = np.divide(together - share, 1 - share, out=np.zeros_like(share), where=share < 1)
        sure = reaches(above, threshold) & (share < 1)
        for index in np.flatnonzero(sure):
            parent = self.parents[index]
            while parent >= 0:
                sure[parent] = False
                parent = self.parents[parent]
        if not sure.any():
            return None
        best = int(np.where(sure, together, -1).argmax())
        return Group(self.names[best], min(1.0, float(together[best])))
