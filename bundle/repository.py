"""The model repository on disk: `<root>/<name>/<version>/manifest.json`."""

from __future__ import annotations

from pathlib import Path

from bundle import layout
from bundle.errors import UnknownModel


def list_versions(root: Path) -> dict[str, list[int]]:
    """Names and versions of all bundles below a model repository, rising; empty where there is none.

    Only folders that are named by a number and hold a manifest count, so a bundle that is still being
    written, under a name that begins with a dot, is not seen, nor is one that is just being taken away.
    """
    found: dict[str, list[int]] = {}
    for model in _folders(root):
        numbers = [int(each.name) for each in _folders(model) if _is_version(each)]
        if numbers:
            found[model.name] = sorted(numbers)
    return dict(sorted(found.items()))


def find_bundle(root: Path, name: str, version: int = 0) -> Path:
    """The folder of one version of a model; version 0 is the newest.

    Raises:
        UnknownModel: When it is not there; the message lists what is.
    """
    known = list_versions(root)
    numbers = known.get(name, [])
    chosen = version or max(numbers, default=0)
    if chosen not in numbers:
        raise UnknownModel(name, version, known)
    return root / name / str(chosen)


def next_version(root: Path, name: str) -> int:
    """The version that the next bundle of a model gets: 1, or one more than the newest."""
    return max(list_versions(root).get(name, []), default=0) + 1


def _folders(parent: Path) -> list[Path]:
    try:
        return [each for each in parent.iterdir() if not each.name.startswith(".") and each.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_version(folder: Path) -> bool:
    return folder.name.isdecimal() and int(folder.name) >= 1 and (folder / layout.MANIFEST).is_file()
