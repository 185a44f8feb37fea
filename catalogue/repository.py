"""The catalogues below a folder: `<root>/<name>/catalogue.json`."""

from __future__ import annotations

from pathlib import Path

from catalogue.manifest import MANIFEST


def list_catalogues(root: Path) -> list[str]:
    """Lists the names of all catalogues, ascending; empty where there are none."""
    try:
        return sorted(
            each.name
            for each in root.iterdir()
            if not each.name.startswith(".") and (each / MANIFEST).is_file()
        )
    except (FileNotFoundError, NotADirectoryError):
        return []
