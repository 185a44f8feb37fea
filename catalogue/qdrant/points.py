"""Points in Qdrant: a work is one, so that record and vector change together.

Its id is made of the work's, so that adding a work twice makes one point. Every change gives it a new number:
a number that was read means the same work as then, or nothing.
"""

from __future__ import annotations

import uuid
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from qdrant_client import QdrantClient, models

from catalogue.columns import colors_to_bytes, words_to_column
from catalogue.qdrant.client import Server
from catalogue.qdrant.collections import VECTOR
from catalogue.work import Record, Work, to_bytes
from vision.identification.windows import reference_vector

Payload: TypeAlias = dict[str, Any]

PLAIN: Final = "plain"
"""Kind of the works that are nearly featureless."""
_SPACE: Final = uuid.UUID("8f1a8a42-4f7e-5d0b-9a51-6c69656e7a6f")


def point_id(work_id: str) -> str:
    """Returns the id of the point of a work."""
    return str(uuid.uuid5(_SPACE, work_id))


def to_point(work: Work, number: int) -> models.PointStruct:
    """Makes the point of a work."""
    vector = reference_vector(work.reference.features)
    colors = colors_to_bytes(work.reference)
    payload: Payload = {
        "id": work.record.id,
        "number": number,
        "record": asdict(work.record),
        "words": _to_text(words_to_column(work.reference.words)),
        "body": _to_text(to_bytes(work)),
    }
    if colors is not None:
        payload |= {"kind": PLAIN, "colors": _to_text(colors)}
    return models.PointStruct(
        id=point_id(work.record.id),
        vector={} if vector is None else {VECTOR: vector.tolist()},
        payload=payload,
    )


def bytes_of(payload: Payload, field: str) -> bytes:
    """Reads the words, the colours or the bytes of a work."""
    return b64decode(payload[field])


def record_of(payload: Payload) -> Record:
    """Reads the record of a work."""
    return Record(**payload["record"])


def works_by_id(
    server: Server, catalogue: str, ids: Sequence[str], fields: Sequence[str]
) -> list[tuple[str, Payload]]:
    """Reads fields of points that are there, by their ids."""
    found = server.ask(
        lambda client: client.retrieve(server.collection(catalogue), ids, with_payload=list(fields))
    )
    return [(str(each.id), each.payload or {}) for each in found]


def works_in_order(
    server: Server, catalogue: str, fields: Sequence[str], most: int, only_plain: bool = False
) -> Iterator[tuple[str, Payload]]:
    """Yields fields of all works in the order in which they were added, `most` at a time."""
    condition = models.FieldCondition(key="kind", match=models.MatchValue(value=PLAIN))
    wanted = models.Filter(must=[condition]) if only_plain else None
    collection, last = server.collection(catalogue), -1

    def next_works(client: QdrantClient) -> list[models.Record]:
        order = models.OrderBy(key="number", start_from=last + 1)
        found, _ = client.scroll(
            collection, wanted, limit=most, order_by=order, with_payload=["number", *fields]
        )
        return list(found)

    while found := server.ask(next_works):
        for each in found:
            payload = each.payload or {}
            last = payload["number"]
            yield str(each.id), payload
        if len(found) < most:
            return


def last_number(server: Server, catalogue: str) -> int:
    """Returns the highest number of a work; 0 where there are none."""
    order = models.OrderBy(key="number", direction=models.Direction.DESC)
    found, _ = server.ask(
        lambda client: client.scroll(
            server.collection(catalogue), limit=1, order_by=order, with_payload=["number"]
        )
    )
    return int(found[0].payload["number"]) if found and found[0].payload else 0


def _to_text(content: bytes) -> str:
    return b64encode(content).decode()
