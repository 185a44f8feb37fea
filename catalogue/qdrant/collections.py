"""The collections in Qdrant: one for each catalogue, with its manifest as metadata.

A collection is made in several steps. It is *ready* after the last one, and not a catalogue before: one whose
maker was killed is made anew by the next.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from qdrant_client import QdrantClient, models

from catalogue.errors import CatalogueNotWritten, CatalogueUnreachable, IncompatibleCatalogue
from catalogue.qdrant.client import NOT_QDRANT, CollectionMissing, Server
from catalogue.shortlist import database_manifest, problem_of_manifest

FORMAT: Final = 1
VECTOR: Final = "whole"
"""Name of the vector that describes all of a reference; works without features have none."""
LEASE_ID: Final = 0
"""Id of the one point that is not a work: who writes (`catalogue.qdrant.lease`)."""
WORKS: Final = models.Filter(must_not=[models.HasIdCondition(has_id=[LEASE_ID])])
_DIMENSION: Final = 1024
_INDEXED: Final = {
    "kind": models.PayloadSchemaType.KEYWORD,
    "number": models.PayloadSchemaType.INTEGER,
    "until": models.PayloadSchemaType.INTEGER,
    "writer": models.PayloadSchemaType.KEYWORD,
}
"""Fields that are asked for; a server in strict mode refuses to look for others."""


def names_of(server: Server) -> list[str]:
    """Lists the names of all catalogues, ascending."""
    try:
        listed = server.ask(lambda client: client.get_collections()).collections
    except CollectionMissing as error:
        raise CatalogueUnreachable(server.place, NOT_QDRANT) from error
    found = [each.name.removeprefix(server.prefix) for each in listed if each.name.startswith(server.prefix)]
    return sorted(name for name in found if name in server.ready or _is_ready(server, name))


def is_ready(server: Server, name: str) -> bool:
    """Returns whether a catalogue is there, and complete.

    Raises:
        IncompatibleCatalogue: When another version made it.
        CatalogueUnreachable: When the server does not answer.
    """
    metadata = _metadata(server, name)
    if metadata is None:
        return False
    manifest = metadata.get("manifest")
    if not isinstance(manifest, dict):
        raise IncompatibleCatalogue(server.path(name), "lienzo did not make its collection")
    if problem := problem_of_manifest(manifest, FORMAT):
        raise IncompatibleCatalogue(server.path(name), problem)
    return _known(server, name, metadata)


def make_collection(server: Server, name: str) -> None:
    """Makes a collection without works, or completes one; it is not ready yet."""
    collection, refused = server.collection(name), partial(CatalogueNotWritten, server.path(name))
    if _metadata(server, name) is None:
        try:
            server.ask(lambda client: _make(client, collection), refused)
        except CatalogueNotWritten:
            if _metadata(server, name) is None:  # or another process was faster
                raise
    server.ask(lambda client: _make_indexes(client, collection), refused)


def make_ready(server: Server, name: str) -> None:
    """Makes a collection a catalogue, for all who ask from now on."""
    server.ask(
        lambda client: client.update_collection(server.collection(name), metadata=_about(is_ready=True)),
        partial(CatalogueNotWritten, server.path(name)),
    )


def drop_collection(server: Server, name: str) -> None:
    """Deletes a catalogue."""
    server.ready.discard(name)
    server.ask(lambda client: client.delete_collection(server.collection(name)))


def count_works(server: Server, name: str) -> int:
    """Counts the works of a catalogue."""
    collection = server.collection(name)
    return int(server.ask(lambda client: client.count(collection, WORKS, exact=True)).count)


def _make(client: QdrantClient, collection: str) -> None:
    client.create_collection(
        collection,
        vectors_config={VECTOR: models.VectorParams(size=_DIMENSION, distance=models.Distance.DOT)},
        on_disk_payload=True,
        metadata=_about(is_ready=False),
    )


def _make_indexes(client: QdrantClient, collection: str) -> None:
    for field, kind in _INDEXED.items():
        client.create_payload_index(collection, field, kind)


def _about(*, is_ready: bool) -> dict[str, object]:
    return {"manifest": database_manifest(FORMAT), "ready": is_ready}


def _is_ready(server: Server, name: str) -> bool:
    metadata = _metadata(server, name)
    return metadata is not None and _known(server, name, metadata)


def _known(server: Server, name: str, metadata: dict[str, Any]) -> bool:
    if metadata.get("ready", True):
        server.ready.add(name)
        return True
    return False


def _metadata(server: Server, name: str) -> dict[str, Any] | None:
    try:
        info = server.ask(lambda client: client.get_collection(server.collection(name)))
    except CollectionMissing:
        server.ready.discard(name)
        return None
    return info.config.metadata or {}
