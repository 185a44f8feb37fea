"""Readers with the buckets of a real S3 server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sources.allowlist import AllowList
from sources.reader import Reader
from tests.support.object_store import ObjectStore

MakeReader = Callable[..., Reader]


@pytest.fixture
def reader(store: ObjectStore) -> Iterator[MakeReader]:
    """Makes readers for an allow-list, with small limits, and closes them."""
    made: list[Reader] = []

    def make(allowed: str, *, max_bytes: int = 100_000, timeout_s: float = 10, at_once: int = 8) -> Reader:
        made.append(
            Reader(AllowList.parse(allowed), max_bytes=max_bytes, timeout_s=timeout_s, at_once=at_once)
        )
        return made[-1]

    yield make
    for each in made:
        each.close()
