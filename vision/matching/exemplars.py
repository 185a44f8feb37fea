"""Exemplars: a few pictures of each label, kept with a model so that doubtful answers can be verified.

A probability says that a photo looks like what a label was trained on; points that agree on one view say that
it shows the very thing. An exemplar keeps the descriptors that were found again in other pictures of its
label.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.errors import InvalidExemplars
from vision.extractors.features import DescriptorType, LocalFeatures
from vision.matching.agreement import Agreement, MatchingSettings, agreement_of
from vision.matching.descriptors import nearest_in_each

_ARRAYS: Final = {"labels": 1, "counts": 1, "sizes": 2, "descriptors": 2, "keypoints": 2}
"""Names in the file, and how many axes each has."""

_PLENTY: Final = 20
"""Points that agree: no other exemplar needs to be looked at."""


Mirror: TypeAlias = Callable[[LocalFeatures, float], LocalFeatures]
"""Features of a picture and its width in pixels, to those of its mirror image."""


@dataclass(frozen=True)
class Exemplar:
    """One picture of a label.

    Attributes:
        label: Index of the label.
        features: Of the picture, at the size given.
        size_px: Width and height.
    """

    label: int
    features: LocalFeatures
    size_px: tuple[float, float]


@dataclass(frozen=True)
class Exemplars:
    """The exemplars of a model.

    Attributes:
        all: Any number of each label, those first that cover most of it; a label may have none, and is then
            never verified.
        kind: How their descriptors are stored.
        settings: How strictly photos are compared with them; None takes the defaults.
        mirror: What the extractor would find in a mirrored picture; None where it cannot tell. Photos are
            compared with the first exemplar's mirror image, too: some reproductions are mirrored, and so is
            what a phone's front camera takes.
    """

    all: tuple[Exemplar, ...]
    kind: DescriptorType
    settings: MatchingSettings | None = None
    mirror: Mirror | None = None

    def verify(
        self, label: int, photo: LocalFeatures, photo_px: tuple[float, float], most: int | None = None
    ) -> Agreement | None:
        """Compares a photo with the exemplars of a label.

        Args:
            label: Index of the label that a classifier thinks best.
            photo: Its features, from the extractor that the exemplars were made with.
            photo_px: Its width and height, in the pixels that the keypoints are given in.
            most: How many to compare with, the first ones; None for all.

        Returns:
            What the exemplar that agrees in most points, or in plenty, has in common with it; None for a
            label without any.
        """
        chosen = replace(self.settings or MatchingSettings(), guided=True)
        of_label = [each for each in self.all if each.label == label][:most]
        if most is None and (mirrored := self.mirrored(label)):
            of_label.append(mirrored)
        descriptors = [each.features.descriptors for each in of_label]
        nearest = nearest_in_each(photo.descriptors, descriptors, self.kind, ratio=chosen.ratio)
        best: Agreement | None = None
        # Most points that pass the ratio test first: it mostly agrees in most, too.
        for number in sorted(range(len(of_label)), key=lambda each: -int(nearest[each][1].sum())):
            shown = of_label[number]
            found = agreement_of(nearest[number], shown.features, shown.size_px, photo, photo_px, chosen)
            best = found if best is None or found.points > best.points else best
            if best.points >= _PLENTY:
                break
        return best

    def mirrored(self, label: int) -> Exemplar | None:
        """Returns the mirror image of a label's first exemplar; None where there is none to compare with."""
        first = next((each for each in self.all if each.label == label), None)
        if first is None or self.mirror is None:
            return None
        return replace(first, features=self.mirror(first.features, first.size_px[0]))

    def to_bytes(self) -> bytes:
        """Writes them as a NumPy archive without pickled objects; the same exemplars are the same bytes."""
        stream = io.BytesIO()
        np.savez_compressed(
            stream,
            allow_pickle=False,
            labels=np.array([each.label for each in self.all], np.int32),
            counts=np.array([len(each.features) for each in self.all], np.int32),
            sizes=np.array([each.size_px for each in self.all], np.float32).reshape(-1, 2),
            descriptors=np.concatenate([each.features.descriptors for each in self.all]),
            keypoints=np.concatenate([each.features.keypoints for each in self.all]).astype(np.float32),
        )
        return stream.getvalue()


def read_exemplars(
    data: bytes,
    *,
    labels: int,
    dimension: int,
    kind: DescriptorType,
    settings: MatchingSettings | None = None,
    mirror: Mirror | None = None,
) -> Exemplars:
    """Reads what `Exemplars.to_bytes` wrote, and trusts nothing in it.

    Args:
        data: The file.
        labels: How many labels the model has.
        dimension: Elements of one descriptor of the model's extractor.
        kind: How the extractor stores descriptors.
        settings: How strictly to compare.
        mirror: What the extractor would find in a mirrored picture; None where it cannot tell.

    Raises:
        InvalidExemplars: When it is another kind of file, or does not fit the model.
    """
    arrays = _arrays(data)
    counts, wanted = arrays["counts"], np.float32 if kind == "float32" else np.uint8
    rows = int(counts.sum())
    fits = {
        "a count below zero": (counts >= 0).all(),
        "a label that the model does not have": ((arrays["labels"] >= 0) & (arrays["labels"] < labels)).all(),
        "labels, counts and sizes of different lengths": len(arrays["labels"])
        == len(counts)
        == len(arrays["sizes"]),
        f"descriptors that are not {rows} rows of {dimension} {np.dtype(wanted)}": arrays["descriptors"].shape
        == (rows, dimension)
        and arrays["descriptors"].dtype == wanted,
        f"keypoints that are not {rows} rows of 4": arrays["keypoints"].shape == (rows, 4),
        "sizes that are not widths and heights": arrays["sizes"].shape[1:] == (2,)
        and (arrays["sizes"] > 0).all(),
        "numbers that are not finite": all(np.isfinite(each).all() for each in arrays.values()),
    }
    for problem, holds in fits.items():
        if not holds:
            raise InvalidExemplars(f"have {problem}")
    return Exemplars(tuple(_split(arrays, counts)), kind, settings, mirror)


def _arrays(data: bytes) -> dict[str, NDArray[Any]]:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name]) for name in _ARRAYS}
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for a damaged file
        raise InvalidExemplars("are not a NumPy archive") from error
    for name, axes in _ARRAYS.items():
        if arrays[name].ndim != axes or arrays[name].dtype.kind not in "iuf":
            raise InvalidExemplars(f"have {name} that are not numbers in {axes} axes")
    return arrays


def _split(arrays: dict[str, NDArray[Any]], counts: NDArray[Any]) -> Sequence[Exemplar]:
    ends = np.cumsum(counts)
    found = []
    for number, (end, count) in enumerate(zip(ends.tolist(), counts.tolist(), strict=True)):
        features = LocalFeatures(
            arrays["descriptors"][end - count : end],
            arrays["keypoints"][end - count : end].astype(np.float32),
        )
        width, height = arrays["sizes"][number].tolist()
        found.append(Exemplar(int(arrays["labels"][number]), features, (width, height)))
    return found
