"""The catalogues below a folder: `<root>/<name>/catalogue.json`."""

from __future__ import annotations

import stat
from pathlib import Path

from catalogue.manifest import MANIFEST, is_name


def list_catalogues(root: Path) -> list[str]:
    """Lists the names of all catalogues, ascending; empty where there are none.

    A folder that is closed to this user is among them: whoever reads it learns why that cannot be done.
    """
    try:
        return sorted(each.name for each in root.iterdir() if _is_catalogue(each))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_catalogue(folder: Path) -> bool:
    if folder.name.startswith("."):
        return False
    try:
        return stat.S_ISREG((folder / MANIFEST).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return is_name(folder.name)  # not lost+found, which every volume has
