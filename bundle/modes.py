"""Modes of a bundle's files: servers run as another user than the one who trained."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FILE_MODE: Final = 0o644
FOLDER_MODE: Final = 0o755


def make_readable(path: Path) -> None:
    """Lets every user read a file, or a folder and all below it, whatever the umask.

    A bundle has no secrets. Whoever wants to hide one sets the mode of the model repository, which stays as
    it is.
    """
    for each in (path, *path.rglob("*")) if path.is_dir() else (path,):
        each.chmod(FOLDER_MODE if each.is_dir() else FILE_MODE)
