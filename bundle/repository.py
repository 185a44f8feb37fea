"""The model repository on disk: `<root>/<name>/<version>/manifest.json`, and `<root>/.default`."""

from __future__ import annotations

from pathlib import Path

from bundle import layout
from bundle.errors import UnknownModel
from bundle.modes import make_readable

DEFAULT = ".default"
"""File with the name of the model for requests that name none: the first one that was written here."""


def list_versions(root: Path) -> dict[str, list[int]]:
    """Lists names and versions of all bundles in a model repository, ascending; empty where there are none.

    Only folders with a number for a name and a manifest count. So bundles that are still being written, under
    a name with a leading dot, are left out, and those that are just being removed.
    """
    found: dict[str, list[int]] = {}
    for model in _folders(root):
        numbers = [int(each.name) for each in _folders(model) if _is_version(each)]
        if numbers:
            found[model.name] = sorted(numbers)
    return dict(sorted(found.items()))


def find_bundle(root: Path, name: str, version: int = 0) -> Path:
    """Finds the folder of one version of a model; version 0 is the newest.

    Raises:
        UnknownModel: When it does not exist; the message lists the models that do.
    """
    known = list_versions(root)
    numbers = known.get(name, [])
    chosen = version or max(numbers, default=0)
    if chosen not in numbers:
        raise UnknownModel(name, version, known)
    return root / name / str(chosen)


def next_version(root: Path, name: str) -> int:
    """Returns the version for the next bundle of a model: 1, or one more than the newest."""
    return max(list_versions(root).get(name, []), default=0) + 1


def default_model(root: Path) -> str:
    """Returns the name of the model for requests that name none; empty where none is recorded."""
    try:
        return (root / DEFAULT).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def record_default(root: Path) -> None:
    """Records the only model of a repository as its default; it stays, whatever models come later.

    A recorded one is kept, and so is a repository of several models, of which none was the first.
    """
    names = list(list_versions(root))
    if len(names) != 1:
        return
    try:
        with (root / DEFAULT).open("x", encoding="utf-8") as file:
            file.write(f"{names[0]}\n")
    except FileExistsError:
        return
    make_readable(root / DEFAULT)


def _folders(parent: Path) -> list[Path]:
    try:
        return [each for each in parent.iterdir() if not each.name.startswith(".") and each.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_version(folder: Path) -> bool:
    return folder.name.isdecimal() and int(folder.name) >= 1 and (folder / layout.MANIFEST).is_file()
