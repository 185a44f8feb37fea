"""Training data: descriptors with labels, and those of distorted copies, photographs and strangers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.imagesets.folds import Split

_RARE: Final = 0.05
"""How much a copy counts that shows a picture as hardly anybody does. In full, such copies make machines take
more strangers and fewer photographs; with a twentieth they are recognised, and nothing else changes."""


def counting_fully(pictures: NDArray[np.int64], weights: NDArray[np.float64] | None) -> NDArray[np.int64]:
    """Returns those of some pictures that count fully by `LabelledDescriptors.weights`."""
    return pictures if weights is None else pictures[weights[pictures] == 1]


@dataclass(frozen=True)
class Photographs:
    """Photographs of pictures, or moved or turned copies, which go with the pictures that they show.

    Attributes:
        pictures: Which picture each one shows, int64.
        descriptors: Of each photograph.
        title: What they are.
    """

    pictures: NDArray[np.int64]
    descriptors: DescriptorSet
    title: str = "photographs"

    def subset(self, pictures: NDArray[np.int64]) -> Photographs:
        """Selects the photographs of some pictures, which are then numbered in the order given."""
        number = {int(picture): each for each, picture in enumerate(pictures)}
        kept = [each for each, picture in enumerate(self.pictures) if int(picture) in number]
        shown = [number[int(self.pictures[each])] for each in kept]
        return replace(
            self,
            pictures=np.array(shown, np.int64),
            descriptors=self.descriptors.subset(np.array(kept, np.int64)),
        )


@dataclass(frozen=True)
class LabelledDescriptors:
    """Descriptors of every picture, with its label and its group.

    Attributes:
        descriptors: Of all pictures.
        targets: Label index of every picture, int64.
        groups: Group of every picture, int64; near duplicates share one.
        labels: Names of the labels, by index.
        copies: Descriptors of all pictures again, each time distorted in another way. Copies are trained on
            with their picture, and never tested.
        strangers: Descriptors of drawn strangers; None where left-out classes alone serve as strangers.
        photographs: Photographs of the pictures, or of some; None where none were taken.
        outsiders: Descriptors of strangers that the user gives, asked about and never trained on; None
            where there are none.
        outsider_groups: Group of each of these, int64; near duplicates share one. None: all differ.
        turned: Pictures as nobody hangs them, which classifiers learn to refuse where they learn from the
            picture; never tested. None where there are none.
        rare: How many of the copies, the last ones, show a picture as hardly anybody does: they count little.
        weights: How much each of `unfolded()` counts for a classifier, float64; None: all count alike.
    """

    descriptors: DescriptorSet
    targets: NDArray[np.int64]
    groups: NDArray[np.int64]
    labels: tuple[str, ...]
    copies: tuple[DescriptorSet, ...] = ()
    strangers: DescriptorSet | None = None
    photographs: Photographs | None = None
    outsiders: DescriptorSet | None = None
    outsider_groups: NDArray[np.int64] | None = None
    turned: Photographs | None = None
    rare: int = 0
    weights: NDArray[np.float64] | None = None

    def subset(self, pictures: NDArray[np.int64]) -> LabelledDescriptors:
        """Selects some pictures with their copies; labels that none of them has are dropped."""
        kept, targets = np.unique(self.targets[pictures], return_inverse=True)
        return LabelledDescriptors(
            self.descriptors.subset(pictures),
            targets,
            self.groups[pictures],
            tuple(self.labels[each] for each in kept),
            tuple(each.subset(pictures) for each in self.copies),
            self.strangers,
            self.photographs.subset(pictures) if self.photographs else None,
            self.outsiders,
            self.outsider_groups,
            self.turned.subset(pictures) if self.turned else None,
            self.rare,
        )

    def with_photographs_of(self, pictures: NDArray[np.int64]) -> LabelledDescriptors:
        """Leaves out the photographs of other pictures: models were trained on these."""
        taken = self.photographs
        if taken is None:
            return self
        kept = np.flatnonzero(np.isin(taken.pictures, pictures))
        if len(kept) == len(taken.pictures):
            return self
        if not len(kept):
            return replace(self, photographs=None)
        descriptors = taken.descriptors.subset(kept)
        return replace(
            self, photographs=replace(taken, pictures=taken.pictures[kept], descriptors=descriptors)
        )

    def with_questions(self) -> LabelledDescriptors:
        """Appends photographs, outsiders, then drawn strangers, under the first label, to be asked about.

        Copies are trained on and questions are not: in the copies, nothing is in their place.
        """
        asked = [self.photographs.descriptors] if self.photographs else []
        asked += [self.outsiders] if self.outsiders is not None else []
        asked += [self.strangers] if self.strangers is not None else []
        count = sum(map(len, asked))
        return replace(
            self,
            descriptors=DescriptorSet.joined((self.descriptors, *asked)),
            targets=np.concatenate([self.targets, np.zeros(count, np.int64)]),
            groups=np.concatenate([self.groups, self.groups.max() + 1 + np.arange(count)]),
            copies=tuple(DescriptorSet.joined((each, each.blank(count))) for each in self.copies),
            photographs=None,
            outsiders=None,
        )

    def unfolded(self) -> LabelledDescriptors:
        """Appends the copies to the pictures: of n pictures, copy c of number i becomes number i + c·n.

        Drawn strangers follow, then turned pictures, without targets and groups.
        """
        others = [self.strangers] if self.strangers is not None else []
        others += [self.turned.descriptors] if self.turned else []
        if not self.copies and not others:
            return self
        times, count = 1 + len(self.copies), len(self.targets)
        weights = np.ones(times * count + sum(map(len, others)))
        weights[(times - self.rare) * count : times * count] = _RARE
        return replace(
            self,
            descriptors=DescriptorSet.joined((self.descriptors, *self.copies, *others)),
            targets=np.tile(self.targets, times),
            groups=np.tile(self.groups, times),
            copies=(),
            rare=0,
            weights=weights if self.rare else None,
        )

    def unfolded_split(self, split: Split) -> Split:
        """Turns a split of the pictures into one of `unfolded()`.

        Copies are trained on with the picture, and where it is turned it is refused with it.
        """
        others = [split.others]
        if self.turned:
            drawn = len(self.strangers) if self.strangers is not None else 0
            others.append(drawn + np.flatnonzero(np.isin(self.turned.pictures, split.train)))
        begin = len(self.targets) * (1 + len(self.copies))
        return Split(self.with_copies(split.train), split.test, begin + np.concatenate(others))

    def with_copies(self, pictures: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns the numbers in `unfolded()` of pictures, then of their first copies, and so on."""
        starts = len(self.targets) * np.arange(1 + len(self.copies))
        return np.asarray((starts[:, None] + pictures).ravel(), np.int64)
