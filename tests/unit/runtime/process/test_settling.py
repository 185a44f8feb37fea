"""What a process loads at its start does not slow down what comes after."""

from __future__ import annotations

import gc

import pytest

from runtime.process.aio_server import settle


@pytest.fixture
def settled() -> int:
    """How many objects the collector no longer looks at, inside a process that has settled."""
    settle()
    return gc.get_freeze_count()


def test_a_full_collection_looks_only_at_what_came_later(settled: int) -> None:
    assert settled > 10_000
    assert len(gc.get_objects()) < settled / 100


def test_garbage_that_comes_later_is_still_collected(settled: int) -> None:
    circle: list[object] = []
    circle.append(circle)
    del circle
    assert gc.collect() >= 1
