"""The catalogues below a folder: `<root>/<name>/catalogue.json`."""

from __future__ import annotations

from pathlib import Path

from catalogue.errors import CatalogueNotNamed, UnknownCatalogue
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


def find_catalogue(root: Path, name: str = "") -> Path:
    """Finds the folder of a catalogue; without a name that of the only one there is.

    Raises:
        UnknownCatalogue: When it does not exist; the message lists those that do.
        CatalogueNotNamed: No name, and several catalogues.
    """
    known = list_catalogues(root)
    if not name and len(known) > 1:
        raise CatalogueNotNamed(known)
    chosen = name or (known[0] if known else "")
    if chosen not in known:
        raise UnknownCatalogue(chosen, known)
    return root / chosen
