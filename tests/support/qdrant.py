"""A stand-in of a Qdrant server for tests.

Qdrant's own engine (`qdrant-edge-py`, the shard of the server as a library) stores and finds: conditional
updates, filters, orders, payload indexes, search. What stands around it is not Qdrant's: the part of the HTTP
interface that lienzo asks, collections with their metadata, and the key.
"""

from __future__ import annotations

import json
import re
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

VERSION: Final = "1.20.0"
_CONFIG: Final = {
    "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
    "optimizer_config": {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "flush_interval_sec": 5}
    | {"default_segment_number": 0},
}
_KINDS: Final = {"integer": "Integer", "keyword": "Keyword"}


class _Refused(Exception):
    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


@dataclass
class Qdrant:
    """A server.

    Attributes:
        folder: Where the collections lie.
        version: The version it says it has.
        key: The key that it wants; empty for none.
        refusal: A status with which it refuses all changes, and what it says then; None for none.
        most_points: Points of one request, with more of which the disk is full.
        collections: Engine and metadata of each collection, by name.
    """

    folder: Path
    version: str = VERSION
    key: str = ""
    refusal: tuple[int, str] | None = None
    most_points: int = 10_000
    collections: dict[str, tuple[Any, dict[str, Any]]] = field(default_factory=dict)
    port: int = 0
    _server: ThreadingHTTPServer | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: Iterator[int] = field(default_factory=count)

    def start(self) -> None:
        """Listens, at the same port as before."""

        class Handler(_Handler):
            qdrant = self

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def stop(self) -> None:
        """Ends listening; the collections stay."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def url(self, prefix: str) -> str:
        """Returns the address of catalogues."""
        return f"qdrant://127.0.0.1:{self.port}/{prefix}"

    def new_url(self) -> str:
        """Returns the address of a place without catalogues."""
        return self.url(f"test-{next(self._numbers)}")

    def optimize(self) -> None:
        """Builds the indexes, as a server does in the background."""
        for shard, _ in self.collections.values():
            shard.optimize()

    def answer(self, method: str, path: str, asked: dict[str, Any]) -> Any:
        """Answers a request."""
        if path == "/":
            return {"title": "qdrant - vector search engine", "version": self.version}
        with self._lock:
            if path == "/collections":
                return {"collections": [{"name": each} for each in self.collections]}
            _, _, name, *rest = path.split("/")
            if self.refusal and method in ("PUT", "PATCH", "DELETE"):
                raise _Refused(*self.refusal)
            if method == "PUT" and not rest:
                return self._make(name, asked)
            if name not in self.collections:
                raise _Refused(404, f"Not found: Collection `{name}` doesn't exist!")
            if method == "PUT" and rest == ["points"] and len(asked["points"]) > self.most_points:
                raise _Refused(500, "Service internal error: No space left on device")
            if rest:
                return _Engine(self.collections[name][0]).answer(method, "/".join(rest), asked)
            return self._about(method, name, asked)

    def _make(self, name: str, asked: dict[str, Any]) -> bool:
        import qdrant_edge as edge

        if name in self.collections:
            raise _Refused(409, f"Wrong input: Collection `{name}` already exists!")
        vectors = {
            each: edge.EdgeVectorParams(params["size"], getattr(edge.Distance, params["distance"]))
            for each, params in asked["vectors"].items()
        }
        place = self.folder / uuid.uuid4().hex
        shard = edge.EdgeShard.create(str(place), edge.EdgeConfig(vectors=vectors))
        self.collections[name] = shard, {"asked": asked, "metadata": asked.get("metadata") or {}}
        return True

    def _about(self, method: str, name: str, asked: dict[str, Any]) -> Any:
        shard, about = self.collections[name]
        if method == "DELETE":
            del self.collections[name]
            shard.close()
            return True
        if method == "PATCH":
            about["metadata"] |= asked["metadata"]
            return True
        params = {"vectors": about["asked"]["vectors"], "shard_number": 1, "replication_factor": 1}
        return {
            "status": "green",
            "optimizer_status": "ok",
            "segments_count": 1,
            "config": {**_CONFIG, "params": params, "metadata": about["metadata"]},
            "payload_schema": {},
        }


class _Engine:
    """Requests about points, asked of the engine."""

    def __init__(self, shard: Any) -> None:
        import qdrant_edge as edge

        self._shard, self._edge = shard, edge

    def answer(self, method: str, path: str, asked: dict[str, Any]) -> Any:
        edge, shard = self._edge, self._shard
        if path == "index":
            kind = getattr(edge.PayloadSchemaType, _KINDS[asked["field_schema"]])
            return self._update(edge.UpdateOperation.create_field_index(asked["field_name"], kind))
        if path == "points" and method == "PUT":
            points = [
                edge.Point(_id(each["id"]), each["vector"], each["payload"]) for each in asked["points"]
            ]
            condition = self._filter(asked.get("update_filter"))
            return self._update(edge.UpdateOperation.upsert_points(points, condition))
        if path == "points/delete" and "filter" in asked:
            return self._update(edge.UpdateOperation.delete_points_by_filter(self._filter(asked["filter"])))
        if path == "points/delete":
            return self._update(edge.UpdateOperation.delete_points([_id(each) for each in asked["points"]]))
        if path == "points":
            ids = [_id(each) for each in asked["ids"]]
            return _records(shard.retrieve(ids, asked["with_payload"], False))
        if path == "points/count":
            return {"count": shard.count(edge.CountRequest(True, self._filter(asked.get("filter"))))}
        if path == "points/scroll":
            return {"points": self._scroll(asked), "next_page_offset": None}
        if path == "points/query/batch":
            found = shard.query_batch(
                edge.QueryBatchRequest([self._query(each) for each in asked["searches"]])
            )
            return [{"points": [_scored(each) for each in points]} for points in found]
        raise _Refused(404, "")

    def _update(self, operation: Any) -> Any:
        self._shard.update(operation)
        return {"operation_id": 0, "status": "completed"}

    def _scroll(self, asked: dict[str, Any]) -> Any:
        edge, order = self._edge, asked["order_by"]
        direction = edge.Direction.Desc if order.get("direction") == "desc" else edge.Direction.Asc
        request = edge.ScrollRequest(
            limit=asked["limit"],
            filter=self._filter(asked.get("filter")),
            with_payload=asked["with_payload"],
            order_by=edge.OrderBy(order["key"], direction, order.get("start_from")),
        )
        found = self._shard.scroll(request)
        return _records(found[0] if isinstance(found, tuple) else found)

    def _query(self, asked: dict[str, Any]) -> Any:
        edge = self._edge
        return edge.QueryRequest(
            limit=asked["limit"],
            query=edge.Query.Nearest(asked["query"]["nearest"], asked["using"]),
            with_payload=asked["with_payload"],
            params=edge.SearchParams(hnsw_ef=asked["params"]["hnsw_ef"]),
        )

    def _filter(self, asked: dict[str, Any] | None) -> Any:
        if not asked:
            return None
        conditions: Any = {kind: [self._condition(each) for each in of] for kind, of in asked.items()}
        return self._edge.Filter(**conditions)

    def _condition(self, asked: dict[str, Any]) -> Any:
        edge = self._edge
        if "has_id" in asked:
            return edge.HasIdCondition({_id(each) for each in asked["has_id"]})
        if "match" in asked:
            return edge.FieldCondition(asked["key"], match=edge.MatchValue(asked["match"]["value"]))
        return edge.FieldCondition(asked["key"], range=edge.RangeFloat(**asked["range"]))


class _Handler(BaseHTTPRequestHandler):
    qdrant: Qdrant
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def _answer(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        try:
            if self.qdrant.key not in ("", self.headers.get("api-key")):
                raise _Refused(401, "Must provide an API key or an Authorization bearer token")
            path = re.sub(r"\?.*", "", self.path)
            result = self.qdrant.answer(self.command, path, asked)
            status, content = 200, result if path == "/" else {"result": result, "status": "ok", "time": 0.0}
        except _Refused as refusal:
            status, content = refusal.status, {"status": {"error": str(refusal)}, "time": 0.0}
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _answer


@contextmanager
def running_qdrant() -> Iterator[Qdrant]:
    """Starts a server, and ends it; skips where client or engine are not installed."""
    pytest.importorskip("qdrant_client", reason="needs lienzo[qdrant]")
    pytest.importorskip("qdrant_edge", reason="qdrant-edge-py has no wheel for this platform")
    with tempfile.TemporaryDirectory(prefix="qdrant-", ignore_cleanup_errors=True) as folder:
        server = Qdrant(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _id(asked: int | str) -> int | uuid.UUID:
    return asked if isinstance(asked, int) else uuid.UUID(asked)


def _records(found: Any) -> list[dict[str, Any]]:
    return [{"id": _sent(each.id), "payload": each.payload} for each in found]


def _scored(found: Any) -> dict[str, Any]:
    return {"id": _sent(found.id), "version": found.version, "score": found.score, "payload": found.payload}


def _sent(point_id: Any) -> Any:
    return point_id if isinstance(point_id, int) else str(point_id)
