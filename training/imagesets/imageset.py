"""Image sets: pictures by label, read once and checked before any long work."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from training.errors import ImageSetError
from training.imagesets.duplicates import Look, look_at, near_duplicate_groups
from training.imagesets.frames import Frame, frame_of
from training.imagesets.labels import labelled_files, loose_files
from training.imagesets.overlooked import deeper_files
from training.progress import Progress, silent
from vision.errors import PictureError
from vision.picture import decode

# Enough for a perceptual hash, and small enough to decode JPEGs of any size in a few milliseconds.
LOOK_SIDE_PX = 256
_WANTED = "a folder for each of two classes or more, or files named by class, such as cat_1.jpg and dog_1.jpg"
_NAMED = 5
"""Labels that an error names one by one."""


@dataclass(frozen=True)
class LabelledPicture:
    """One readable picture of an image set.

    Attributes:
        path: Relative to the image set's root, with forward slashes.
        label: The name of its folder, or what its own name begins with, see `labelled_files`.
        digest: SHA-256 of the file, hexadecimal.
        look: Perceptual hash, 256 bits, hexadecimal.
    """

    path: str
    label: str
    digest: str
    look: str


@dataclass(frozen=True)
class UnreadablePicture:
    """A file that is left out, and why."""

    path: str
    problem: str


@dataclass(frozen=True)
class ImageSet:
    """The pictures of a folder, by path.

    Attributes:
        root: The folder.
        pictures: Readable pictures in the order of their paths.
        unreadable: Files that were left out.
        groups: Group number of every picture, int64; near duplicates share one.
        contradictions: Pairs of paths that are the same picture under two labels, the first one of its group.
        frames: Size and borders of every picture.
    """

    root: Path
    pictures: tuple[LabelledPicture, ...]
    unreadable: tuple[UnreadablePicture, ...]
    groups: NDArray[np.int64]
    contradictions: tuple[tuple[str, str], ...]
    frames: tuple[Frame, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, sorted."""
        return tuple(sorted({picture.label for picture in self.pictures}))

    @property
    def targets(self) -> NDArray[np.int64]:
        """Index into `labels` of every picture."""
        index = {label: number for number, label in enumerate(self.labels)}
        return np.array([index[picture.label] for picture in self.pictures], np.int64)

    def subset(self, pictures: NDArray[np.int64]) -> ImageSet:
        """Selects some pictures, as a folder that has no others; labels that none of them has are gone."""
        kept = [self.pictures[each] for each in pictures]
        paths = {each.path for each in kept}
        return replace(
            self,
            pictures=tuple(kept),
            unreadable=(),
            groups=self.groups[pictures],
            contradictions=tuple(pair for pair in self.contradictions if paths.issuperset(pair)),
            frames=tuple(self.frames[each] for each in pictures),
        )

    @property
    def near_duplicate_count(self) -> int:
        """Number of pictures that repeat another one."""
        return len(self.pictures) - len(np.unique(self.groups))

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) over label and content of every picture, independent of file names."""
        lines = sorted(f"{picture.label}/{picture.digest}\n" for picture in self.pictures)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_image_set(root: Path, jobs: int = 1, progress: Progress = silent) -> ImageSet:
    """Reads a folder per class, or a flat one of files named by class; lists unreadable files apart.

    Args:
        root: Folder with a folder per class, or with files such as `LABEL_3.jpg`.
        jobs: Number of pictures that are read at a time.
        progress: Called for the stages `reading` and `comparing`.

    Raises:
        ImageSetError: When there are fewer than two classes, two whose names differ only by case
            or by how accents are written, or one with fewer than two readable pictures.
    """
    labels = _checked_labels(root)
    files = list(labels)
    pictures: list[LabelledPicture] = []
    looks: list[Look] = []
    frames: list[Frame] = []
    unreadable: list[UnreadablePicture] = []
    with ThreadPoolExecutor(jobs) as pool:
        for done, read in enumerate(pool.map(lambda path: read_picture(root, path, labels[path]), files), 1):
            progress("reading", done, len(files))
            if isinstance(read, UnreadablePicture):
                unreadable.append(read)
            else:
                pictures.append(read[0])
                looks.append(read[1])
                frames.append(read[2])
    _check_sizes(root, labels, pictures, unreadable)

    def read_again(number: int) -> NDArray[np.uint8]:
        return decode((root / pictures[number].path).read_bytes(), max_side_px=LOOK_SIDE_PX).pixels

    groups, _ = near_duplicate_groups(looks, read_again, jobs, progress)
    contradictions = tuple(_contradictions(pictures, groups))
    return ImageSet(root, tuple(pictures), tuple(unreadable), groups, contradictions, tuple(frames))


def _checked_labels(root: Path) -> dict[Path, str]:
    if not root.is_dir():
        raise ImageSetError(root, "is not a folder")
    files = labelled_files(root)
    labels = sorted(set(files.values()))
    if len(labels) < 2:
        raise ImageSetError(root, f"has {_found(root, labels)}; training needs {_WANTED}")
    spelled: dict[str, str] = {}
    for label in labels:
        other = spelled.setdefault(normalize("NFC", label.casefold()), label)
        if other != label:
            same = normalize("NFC", label) == normalize("NFC", other)
            how = "in how accents are written" if same else "by case"
            raise ImageSetError(root, f"the classes {other} and {label} differ only {how}; rename one")
    return files


def _found(root: Path, labels: list[str]) -> str:
    loose = loose_files(root)
    if labels:
        beside = f", and {loose} files beside its folder" if loose and (root / labels[0]).is_dir() else ""
        return f"only the class {labels[0]}{beside}"
    if deeper := deeper_files(root):
        return f"no folder with pictures, only deeper ones such as {Path(deeper[0]).parent.as_posix()}"
    return f"no folder with pictures{f', only {loose} files without a label in their name' if loose else ''}"


def _contradictions(pictures: list[LabelledPicture], groups: NDArray[np.int64]) -> Iterator[tuple[str, str]]:
    """Yields each picture with the first of its group where that has another label."""
    first: dict[int, LabelledPicture] = {}
    for picture, group in zip(pictures, groups.tolist(), strict=True):
        other = first.setdefault(group, picture)
        if other.label != picture.label:
            yield other.path, picture.path


def read_picture(
    root: Path, path: Path, label: str
) -> tuple[LabelledPicture, Look, Frame] | UnreadablePicture:
    """Reads one picture below a folder.

    Args:
        root: The folder.
        path: The picture.
        label: Its label.
    """
    name = path.relative_to(root).as_posix()
    try:
        data = path.read_bytes()
        picture = decode(data, max_side_px=LOOK_SIDE_PX)
    except PictureError as error:
        return UnreadablePicture(name, str(error))
    except OSError as error:
        return UnreadablePicture(name, f"cannot be read ({error.strerror})")
    frame = frame_of(picture.pixels, picture.info.width_px, picture.info.height_px)
    look = look_at(picture.pixels, frame)
    labelled = LabelledPicture(name, label, hashlib.sha256(data).hexdigest(), look.bits.tobytes().hex())
    return labelled, look, frame


def _check_sizes(
    root: Path, labels: dict[Path, str], pictures: list[LabelledPicture], unreadable: list[UnreadablePicture]
) -> None:
    counts = Counter(picture.label for picture in pictures)
    small = [label for label in sorted(set(labels.values())) if counts[label] < 2]
    if not small:
        return
    named = ", ".join(f"{label} ({counts[label]})" for label in small[:_NAMED])
    more = f" and {len(small) - _NAMED} more" if len(small) > _NAMED else ""
    told = next((each for each in unreadable if labels[root / each.path] in small), None)
    why = f"; {told.path} is left out: {told.problem}" if told else ""
    raise ImageSetError(
        root, f"too few readable pictures in {named}{more}; a class needs two, better ten{why}"
    )
