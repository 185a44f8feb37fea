"""The image-set check: finds what makes a model bad, or makes its figures look better than it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from training.imagesets.imageset import ImageSet
from training.imagesets.leaks import Leak, aspect_ratio_leak, border_leak
from training.imagesets.overlooked import (
    deeper_files,
    empty_folders,
    files_beside,
    not_files,
    unlabelled_files,
)

Kind: TypeAlias = Literal[
    "unreadable",
    "unlabelled",
    "too_deep",
    "empty_folder",
    "contradiction",
    "exact_duplicates",
    "near_duplicates",
    "small_class",
    "unbalanced",
    "aspect_ratio_leak",
    "border_leak",
    "own_stranger",
    "unreadable_stranger",
]

# Allowed ratio of the largest class to the smallest.
_MAX_RATIO: Final = 5.0
DEFAULT_FOLDS: Final = 5

_ADVICE: Final[Mapping[Kind, str]] = {
    "unreadable": "Replace it if you need it; the others are not affected.",
    "unlabelled": "Nothing need be done, unless they should be learnt: put the label before their name.",
    "too_deep": "Move them up into the folder of their label, if they should be learnt.",
    "empty_folder": "Put pictures into it, or nothing need be done.",
    "contradiction": "One of the labels must be wrong: remove that file.",
    "exact_duplicates": "Nothing need be done: they stay together in every split.",
    "near_duplicates": "Nothing need be done.",
    "small_class": "Add other pictures of it.",
    "unbalanced": "Add pictures of the rare ones.",
    "aspect_ratio_leak": "Crop the pictures alike, or use an extractor of keypoints.",
    "border_leak": 'Crop them, or use an extractor with border = "trim".',
    "own_stranger": "Nothing need be done.",
    "unreadable_stranger": "Nothing need be done.",
}


@dataclass(frozen=True)
class Finding:
    """One problem of an image set.

    Attributes:
        kind: The kind of problem, for machines.
        message: The problem, for people: one sentence without its full stop.
        paths: Affected files, relative to the image set's root, or to the folder of strangers.
        labels: Affected classes.
        value: The measured count, ratio or share; None where nothing is measured.
    """

    kind: Kind
    message: str
    paths: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    value: float | None = None

    @property
    def text(self) -> str:
        """The problem, and whether anything must be done about it: whole sentences."""
        return f"{self.message}. {_ADVICE[self.kind]}"

    def to_json(self) -> dict[str, Any]:
        """Returns plain values for JSON."""
        return {
            **asdict(self),
            "advice": _ADVICE[self.kind],
            "paths": list(self.paths),
            "labels": list(self.labels),
        }


def check_image_set(image_set: ImageSet, folds: int = DEFAULT_FOLDS) -> tuple[Finding, ...]:
    """Finds every problem of an image set; none of them prevents training.

    Args:
        image_set: The pictures.
        folds: Number of folds of the cross-validation; a class with fewer pictures is missing in some.
    """
    return (
        *(
            Finding("unreadable", f"{file.path} is left out: {file.problem}", (file.path,))
            for file in image_set.unreadable
        ),
        *_overlooked(image_set.root, flat=not any("/" in picture.path for picture in image_set.pictures)),
        *(
            Finding("contradiction", f"{one} and {other} are the same picture under two labels", (one, other))
            for one, other in image_set.contradictions
        ),
        *_sizes(image_set, folds),
        *_leaks(image_set),
        *_duplicates(image_set),
    )


def _overlooked(root: Path, *, flat: bool) -> Iterator[Finding]:
    if not root.is_dir():
        return
    for path, problem in not_files(root):
        yield Finding("unreadable", f"{path} is left out: {problem}", (path,))
    if names := unlabelled_files(root) if flat else files_beside(root):
        which = "without a label in their name" if flat else "beside the folders of the labels"
        yield Finding("unlabelled", _left_out(f"files {which}", names), tuple(names), (), len(names))
    if paths := deeper_files(root):
        text = _left_out("files in folders within the folder of a label", paths)
        yield Finding("too_deep", text, tuple(paths), (), len(paths))
    for name in empty_folders(root):
        yield Finding("empty_folder", f"{name} has no files, and is not a label", (name,))


def _left_out(what: str, names: list[str]) -> str:
    return f"{what} are left out: {len(names)}, such as {names[0]}"


def near_duplicates(image_set: ImageSet) -> list[list[str]]:
    """Lists the paths of near duplicates, a list for each group of two or more."""
    members: dict[int, list[str]] = defaultdict(list)
    for picture, group in zip(image_set.pictures, image_set.groups, strict=True):
        members[int(group)].append(picture.path)
    return [paths for paths in members.values() if len(paths) > 1]


def _duplicates(image_set: ImageSet) -> Iterator[Finding]:
    copies: dict[tuple[str, str], list[str]] = defaultdict(list)
    for picture in image_set.pictures:
        copies[picture.label, picture.digest].append(picture.path)
    for (label, _), paths in copies.items():
        if len(paths) > 1:
            listed = _listed(paths)
            yield Finding(
                "exact_duplicates", f"{listed} are the same file", tuple(paths), (label,), len(paths)
            )
    if groups := near_duplicates(image_set):
        repeated = sum(map(len, groups)) - len(groups)
        subject = "1 picture repeats another" if repeated == 1 else f"{repeated} pictures repeat others"
        yield Finding(
            "near_duplicates",
            f"{subject} (the same reproduction, altered or not); copies stay together in every split",
            tuple(path for paths in groups for path in paths),
            value=repeated,
        )


def _sizes(image_set: ImageSet, folds: int) -> Iterator[Finding]:
    counts = Counter(picture.label for picture in image_set.pictures)
    targets = image_set.targets
    for index, label in enumerate(image_set.labels):
        groups = len(np.unique(image_set.groups[targets == index]))
        count = counts[label]
        if groups < 2:
            yield Finding(
                "small_class",
                f"all {count} pictures of {label} are copies of one; its figures mean little",
                labels=(label,),
                value=groups,
            )
        elif count < folds:
            yield Finding(
                "small_class",
                f"{label} has {count} pictures, fewer than the {folds} folds; better ten or more",
                labels=(label,),
                value=count,
            )
    (most, largest), (least, smallest) = counts.most_common(1)[0], counts.most_common()[-1]
    if (ratio := largest / smallest) > _MAX_RATIO:
        yield Finding(
            "unbalanced",
            f"{most} has {largest} pictures, {least} only {smallest}: rare classes will be missed more often",
            labels=(most, least),
            value=ratio,
        )


def _leaks(image_set: ImageSet) -> Iterator[Finding]:
    if leak := aspect_ratio_leak(image_set):
        yield Finding(
            "aspect_ratio_leak",
            f"the proportions of the pictures alone give the class away: right for {_share(leak)}; "
            "an extractor that stretches pictures to a square may learn that instead of what they show",
            value=leak.accuracy,
        )
    if leak := border_leak(image_set):
        yield Finding(
            "border_leak",
            f"borders of one colour alone give the class away: right for {_share(leak)}",
            value=leak.accuracy,
        )


def _share(leak: Leak) -> str:
    share = f"{leak.accuracy:.0%} of a class on average, where guessing gives {leak.chance:.0%}"
    return share.replace("%", " %")


def _listed(paths: list[str], shown: int = 3) -> str:
    if len(paths) <= shown:
        return ", ".join(paths[:-1]) + f" and {paths[-1]}"
    return ", ".join(paths[:shown]) + f" and {len(paths) - shown} more"
