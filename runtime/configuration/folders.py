"""Folders that settings name, looked at before a process starts."""

from __future__ import annotations

from pathlib import Path


def check_folder(path: Path) -> Path:
    """Returns a folder that can be listed, or one that is not there yet.

    Raises:
        ValueError: For a file, and for a folder that is closed to this process.
    """
    try:
        next(path.iterdir(), None)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ValueError(f"{path} cannot be read as a folder: {error.strerror}") from error
    return path
