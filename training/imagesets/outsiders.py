"""Strangers that the user gives: a folder of pictures that show none of the labels."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.errors import ImageSetError
from training.imagesets.check import Finding
from training.imagesets.duplicates import Look, look_at, near_duplicate_groups
from training.imagesets.imageset import LOOK_SIDE_PX, ImageSet, UnreadablePicture, read_picture
from training.progress import Progress, silent
from vision.picture import decode


@dataclass(frozen=True)
class Outsiders:
    """Pictures of a folder of strangers.

    Attributes:
        pictures: Those that are strangers, all under the label "".
        own: Those that are left out because they are pictures of the labels, each with the path of the
            labels' picture that it is.
        unreadable: Files that are left out because they cannot be read.
    """

    pictures: ImageSet
    own: tuple[tuple[str, str], ...]
    unreadable: tuple[UnreadablePicture, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was left out, and why: one for each file."""
        root = self.pictures.root
        return (
            *(
                Finding(
                    "own_stranger",
                    f"{root / path} is the labels' own picture {other}, and left out of the strangers",
                    (path,),
                )
                for path, other in self.own
            ),
            *(
                Finding(
                    "unreadable_stranger",
                    f"{root / each.path} is left out of the strangers: {each.problem}",
                    (each.path,),
                )
                for each in self.unreadable
            ),
        )


def read_outsiders(root: Path, image_set: ImageSet, jobs: int = 1, progress: Progress = silent) -> Outsiders:
    """Reads a folder of strangers with its subfolders, and leaves out the labels' own pictures.

    Args:
        root: The folder.
        image_set: The labels' pictures; a stranger that is a near duplicate of one of them is left out.
        jobs: Number of pictures that are read at a time.
        progress: Called for the stage `comparing`.

    Raises:
        ImageSetError: When it is not a folder, or no picture of it is a stranger.
    """
    if not root.is_dir():
        raise ImageSetError(root, "is not a folder")
    files = sorted(path for path in root.rglob("*") if path.is_file() and not _is_hidden(path, root))
    with ThreadPoolExecutor(jobs) as pool:
        read = list(pool.map(lambda path: read_picture(root, path, ""), files))
    found = [each for each in read if not isinstance(each, UnreadablePicture)]
    paths, looks = [root / each.path for each, _, _ in found], [look for _, look, _ in found]
    groups = _groups(image_set, paths, looks, jobs, progress)
    count = len(image_set.pictures)
    is_own = np.isin(groups[count:], groups[:count])
    own = tuple(
        (found[each][0].path, _nearest(found[each][1], image_set, groups[:count] == groups[count + each]))
        for each in np.flatnonzero(is_own)
    )
    strangers = np.flatnonzero(~is_own)
    if not len(strangers):
        raise ImageSetError(root, f"has no pictures of strangers; {_reason(len(own), len(files))}")
    pictures = ImageSet(
        root,
        tuple(found[each][0] for each in strangers),
        (),
        np.unique(groups[count:][strangers], return_inverse=True)[1],
        (),
        tuple(found[each][2] for each in strangers),
    )
    unreadable = tuple(each for each in read if isinstance(each, UnreadablePicture))
    return Outsiders(pictures, own, unreadable)


def _groups(
    image_set: ImageSet, paths: Sequence[Path], looks: Sequence[Look], jobs: int, progress: Progress
) -> NDArray[np.int64]:
    """Groups near duplicates among the labels' pictures, which come first, and others together."""
    files = [*(image_set.root / each.path for each in image_set.pictures), *paths]

    def read_again(number: int) -> NDArray[np.uint8]:
        return decode(files[number].read_bytes(), max_side_px=LOOK_SIDE_PX).pixels

    known = range(len(image_set.pictures))
    with ThreadPoolExecutor(jobs) as pool:
        own = list(pool.map(lambda number: look_at(read_again(number)), known))
    groups, _ = near_duplicate_groups([*own, *looks], read_again, jobs, progress, image_set.groups)
    return groups


def _nearest(look: Look, image_set: ImageSet, chosen: NDArray[np.bool_]) -> str:
    """Returns the path of the picture, among those chosen, that looks most like another one."""
    own = [image_set.pictures[each] for each in np.flatnonzero(chosen)]
    looks = [np.frombuffer(bytes.fromhex(each.look), np.uint64) for each in own]
    different = np.bitwise_count(np.stack(looks) ^ look.bits).sum(axis=1)
    return own[int(different.argmin())].path


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _reason(own: int, files: int) -> str:
    if not files:
        return "it has no files"
    rest = ", the others cannot be read" if own < files else ""
    return f"{own} of its {files} files are the labels' own pictures{rest}"
