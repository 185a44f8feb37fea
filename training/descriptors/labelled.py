"""What a model is learnt from and asked about: descriptors with labels, copies, photographs and strangers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.imagesets.folds import Split


@dataclass(frozen=True)
class Photographs:
    """Photographs of pictures, which are asked about and never learnt from.

    Attributes:
        pictures: Which picture each one shows, int64.
        descriptors: Of each photograph.
    """

    pictures: NDArray[np.int64]
    descriptors: DescriptorSet

    def subset(self, pictures: NDArray[np.int64]) -> Photographs:
        """Returns the photographs of some pictures, which are then counted in the order given."""
        number = {int(picture): each for each, picture in enumerate(pictures)}
        kept = [each for each, picture in enumerate(self.pictures) if int(picture) in number]
        shown = [number[int(self.pictures[each])] for each in kept]
        return Photographs(np.array(shown, np.int64), self.descriptors.subset(np.array(kept, np.int64)))


@dataclass(frozen=True)
class LabelledDescriptors:
    """Descriptors of every picture, and what else is known of it.

    Attributes:
        descriptors: Of all pictures.
        targets: Label index of every picture, int64.
        groups: Group of every picture, int64; near duplicates share one.
        labels: By index.
        copies: Descriptors of all pictures once more, each time distorted in another way. They are learnt
            from with their picture, and never asked about.
        strangers: Descriptors of drawn strangers, which are asked about and never learnt from; None where
            classes that are left out must do.
        photographs: Photographs of the pictures, or of some of them; None where none were taken.
    """

    descriptors: DescriptorSet
    targets: NDArray[np.int64]
    groups: NDArray[np.int64]
    labels: tuple[str, ...]
    copies: tuple[DescriptorSet, ...] = ()
    strangers: DescriptorSet | None = None
    photographs: Photographs | None = None

    def subset(self, pictures: NDArray[np.int64]) -> LabelledDescriptors:
        """Some of the pictures with their copies; labels that none of them has are left out."""
        kept, targets = np.unique(self.targets[pictures], return_inverse=True)
        return LabelledDescriptors(
            self.descriptors.subset(pictures),
            targets,
            self.groups[pictures],
            tuple(self.labels[each] for each in kept),
            tuple(each.subset(pictures) for each in self.copies),
            self.strangers,
            self.photographs.subset(pictures) if self.photographs else None,
        )

    def with_questions(self) -> LabelledDescriptors:
        """Returns the pictures and, behind them, photographs and then drawn strangers.

        All of these are under the first label, because no split may learn from them.
        """
        asked = [self.photographs.descriptors] if self.photographs else []
        asked += [self.strangers] if self.strangers is not None else []
        count = sum(map(len, asked))
        return replace(
            self,
            descriptors=DescriptorSet.joined((self.descriptors, *asked)),
            targets=np.concatenate([self.targets, np.zeros(count, np.int64)]),
            groups=np.concatenate([self.groups, self.groups.max() + 1 + np.arange(count)]),
            copies=tuple(DescriptorSet.joined((each, *asked)) for each in self.copies),
            strangers=None,
            photographs=None,
        )

    def unfolded(self) -> LabelledDescriptors:
        """Pictures and copies in one row: what is number i of n pictures is, as copy c, number i + c·n."""
        if not self.copies:
            return self
        times = 1 + len(self.copies)
        return replace(
            self,
            descriptors=DescriptorSet.joined((self.descriptors, *self.copies)),
            targets=np.tile(self.targets, times),
            groups=np.tile(self.groups, times),
            copies=(),
        )

    def unfolded_split(self, split: Split) -> Split:
        """A split of the pictures as one of `unfolded()`: copies are learnt from with their picture."""
        starts = len(self.targets) * np.arange(1 + len(self.copies))
        return Split((starts[:, None] + split.train).ravel(), split.test)
