"""Labels of the pictures of a folder: names of subfolders, or the beginning of file names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_NUMBERED: Final = re.compile(r"(?P<label>.*[^_])_+(?P<number>\d+)", re.DOTALL)


def labelled_files(root: Path) -> dict[Path, str]:
    """Finds the label of every file of an image set, in the order of the paths.

    A label is the name of a subfolder; where no subfolder has files, it is what stands before the number in
    names such as `LABEL_3.jpg`. Hidden files and folders are skipped, and in a flat folder other names.

    Args:
        root: The folder.
    """
    folders = [each for each in root.iterdir() if each.is_dir() and not each.name.startswith(".")]
    if found := {path: path.parent.name for folder in folders for path in _visible_files(folder)}:
        return dict(sorted(found.items(), key=lambda each: each[0].relative_to(root).as_posix()))
    named = {path: label_in_name(path.name) for path in sorted(_visible_files(root))}
    return {path: label for path, label in named.items() if label}


def label_in_name(name: str) -> str:
    """Returns the label in the name of a file, `LABEL_NUMBER.ENDING`; empty where there is none.

    >>> label_in_name("7_12.jpg"), label_in_name("Mona_Lisa_3.png"), label_in_name("IMG.jpg")
    ('7', 'Mona_Lisa', '')
    """
    found = _NUMBERED.fullmatch(Path(name).stem)
    return found["label"] if found else ""


def loose_files(root: Path) -> int:
    """Counts the files that lie in the folder itself."""
    return sum(1 for _ in _visible_files(root))


def _visible_files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
