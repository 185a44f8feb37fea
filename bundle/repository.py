"""The model repository on disk: `<root>/<name>/<version>/manifest.json`, and `<root>/.default`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from bundle import layout
from bundle.errors import UnknownModel
from bundle.modes import make_readable

DEFAULT = ".default"
"""File with the name of the model for requests that name none: the first one that was written here."""


def list_versions(root: Path) -> dict[str, list[int]]:
    """Lists names and versions of all bundles in a model repository, ascending; empty where there are none.

    Only folders with a number for a name and a manifest count. So bundles that are still being written, under
    a name with a leading dot, are left out, and those that are just being removed. A version whose folder is
    closed to this user counts: reading it says so. Of a model whose own folder is closed nothing is known.
    """
    found: dict[str, list[int]] = {}
    for model in _folders(root):
        with suppress(PermissionError):
            if numbers := [int(each.name) for each in _folders(model) if _is_version(each)]:
                found[model.name] = sorted(numbers)
    return dict(sorted(found.items()))


def closed_models(root: Path) -> list[str]:
    """Lists the names of models whose folders this user cannot look into."""
    found = []
    for model in _folders(root):
        try:
            _folders(model)
        except PermissionError:
            found.append(model.name)
    return sorted(found)


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
    if not folder.name.isdecimal() or int(folder.name) < 1:
        return False
    try:
        return (folder / layout.MANIFEST).is_file()
    except PermissionError:
        return True
