"""Strangers that the user gives: a folder of pictures that show none of the labels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.errors import ImageSetError
from training.imagesets.imageset import ImageSet, UnreadablePicture, read_picture
from training.imagesets.seen import MAX_DIFFERENT_BITS


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
    def findings(self) -> tuple[str, ...]:
        """What was left out, and why: a sentence for each picture."""
        root = self.pictures.root
        return (
            *(
                f"{root / path} is the labels' own picture {other}; left out, nothing need be done"
                for path, other in self.own
            ),
            *(
                f"{root / each.path}: {each.problem}; left out, nothing need be done"
                for each in self.unreadable
            ),
        )


def read_outsiders(root: Path, image_set: ImageSet, jobs: int = 1) -> Outsiders:
    """Reads a folder of strangers with its subfolders, and leaves out the labels' own pictures.

    Args:
        root: The folder.
        image_set: The labels' pictures; a stranger that is one of them, re-encoded or resized, is left out.
        jobs: Number of pictures that are read at a time.

    Raises:
        ImageSetError: When it is not a folder, or no picture of it is a stranger.
    """
    if not root.is_dir():
        raise ImageSetError(root, "is not a folder")
    files = sorted(path for path in root.rglob("*") if path.is_file() and not _is_hidden(path, root))
    with ThreadPoolExecutor(jobs) as pool:
        read = list(pool.map(lambda path: read_picture(root, path, ""), files))
    found = [each for each in read if not isinstance(each, UnreadablePicture)]
    looks = np.stack([np.frombuffer(bytes.fromhex(each.look), np.uint64) for each in image_set.pictures])
    strangers: list[int] = []
    own: list[tuple[str, str]] = []
    for number, (picture, look, _) in enumerate(found):
        different = np.bitwise_count(looks ^ look.bits).sum(axis=1)
        nearest = int(different.argmin())
        if different[nearest] <= MAX_DIFFERENT_BITS:
            own.append((picture.path, image_set.pictures[nearest].path))
        else:
            strangers.append(number)
    if not strangers:
        raise ImageSetError(root, f"has no pictures of strangers; {_reason(len(own), len(files))}")
    pictures = ImageSet(
        root,
        tuple(found[each][0] for each in strangers),
        (),
        np.arange(len(strangers)),
        (),
        tuple(found[each][2] for each in strangers),
    )
    unreadable = tuple(each for each in read if isinstance(each, UnreadablePicture))
    return Outsiders(pictures, tuple(own), unreadable)


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _reason(own: int, files: int) -> str:
    if not files:
        return "it has no files"
    return f"{own} of its {files} files are the labels' own pictures, the others cannot be read"
