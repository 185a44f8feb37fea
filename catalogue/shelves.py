"""Opens places of catalogues, and finds catalogues in them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from catalogue.errors import CatalogueNotNamed, InvalidPlace, UnknownCatalogue
from catalogue.folders import FolderShelf
from catalogue.sharded import ShardedShelf
from catalogue.shelf import Shelf

_BETWEEN: Final = ";"


def open_shelf(place: str | Path) -> Shelf:
    """Opens the place of catalogues: a folder, `postgresql://…` or `qdrant://…`; asks it nothing yet.

    Several places with semicolons between them share the works of each catalogue.

    Raises:
        InvalidPlace: When it is empty, an address of something else, a file, or a folder that is closed
            to us.
        EngineNotInstalled: When what it needs is not installed.
    """
    parts = [each.strip() for each in str(place).split(_BETWEEN) if each.strip()]
    if not parts:
        raise InvalidPlace(f'"{place}"', "no place of catalogues: is a variable not set?")
    if len(parts) > 1:
        return ShardedShelf([open_shelf(each) for each in parts])
    address = parts[0]
    scheme, is_address, _ = address.partition("://")
    if not is_address:
        return FolderShelf(_readable(Path(address)))
    if scheme in ("postgresql", "postgres"):
        from catalogue.postgres.shelf import PostgresShelf

        return PostgresShelf(address)
    if scheme in ("qdrant", "qdrants"):
        from catalogue.qdrant.shelf import QdrantShelf

        return QdrantShelf(address)
    raise InvalidPlace(f"{scheme}://…", "catalogues are kept in a folder, at postgresql://… or at qdrant://…")


def _readable(folder: Path) -> Path:
    try:
        next(folder.iterdir(), None)
    except FileNotFoundError:
        pass  # the first import makes it
    except OSError as error:
        raise InvalidPlace(str(folder), f"cannot be read as a folder: {error.strerror}") from error
    return folder


def find_catalogue(shelf: Shelf, name: str = "") -> str:
    """Finds a catalogue; without a name the only one there is. Returns its name.

    Raises:
        UnknownCatalogue: When it does not exist; the message lists those that do.
        CatalogueNotNamed: No name, and several catalogues.
        CatalogueUnreachable: When the place does not answer.
    """
    known = shelf.names()
    if not name and len(known) > 1:
        raise CatalogueNotNamed(known)
    chosen = name or (known[0] if known else "")
    if chosen not in known:
        raise UnknownCatalogue(chosen, known)
    return chosen
