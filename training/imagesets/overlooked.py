"""What lies in the folder of an image set and is not read: nobody should look for it in the model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from training.imagesets.labels import label_in_name

_TEXTS: Final = frozenset((".toml", ".csv", ".txt", ".md", ".json", ""))
"""Endings of what people lay beside pictures."""


def unlabelled_files(root: Path) -> list[str]:
    """Lists the names of files in a flat folder that look like pictures and are of no label."""
    return [name for name in files_beside(root) if not label_in_name(name)]


def files_beside(root: Path) -> list[str]:
    """Lists the names of files in the folder itself that look like pictures."""
    return sorted(
        each.name for each in _visible(root) if each.is_file() and each.suffix.lower() not in _TEXTS
    )


def deeper_files(root: Path) -> list[str]:
    """Lists files in folders below the folder of a label, relative to the root."""
    found = [
        Path(folder, name).relative_to(root).as_posix()
        for of_label in label_folders(root)
        for below in _visible(of_label)
        if below.is_dir() and not below.is_symlink()
        for folder, names in _walked(below)
        for name in names
    ]
    return sorted(found)


def empty_folders(root: Path) -> list[str]:
    """Lists the names of folders that are not a label, because they have no files."""
    return [each.name for each in label_folders(root) if not any(map(Path.is_file, _visible(each)))]


def not_files(root: Path) -> list[tuple[str, str]]:
    """Lists what is neither a file nor a folder, relative to the root, each with what it is."""
    return [
        (each.relative_to(root).as_posix(), "a link to nothing" if each.is_symlink() else "not a file")
        for folder in (root, *label_folders(root))
        for each in _visible(folder)
        if not each.is_file() and not each.is_dir()
    ]


def label_folders(root: Path) -> list[Path]:
    """Lists the folders that name a label, in the order of their names."""
    return [each for each in _visible(root) if each.is_dir()]


def _visible(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if not each.name.startswith("."))


def _walked(folder: Path) -> Iterator[tuple[str, list[str]]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".")]
        yield place, [each for each in names if not each.startswith(".")]
