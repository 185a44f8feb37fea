from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError

import pytest

from runtime.work.workers import Workers
from tests.support.waiting import eventually


@pytest.fixture
def held() -> Iterator[tuple[Workers, threading.Event]]:
    """One worker, which is busy until it is let go."""
    workers, go = Workers(1), threading.Event()
    workers.submit(lambda: go.wait(10), is_item=False)
    yield workers, go
    go.set()
    workers.close()


def test_results_and_failures_come_back(held: tuple[Workers, threading.Event]) -> None:
    workers, go = held
    go.set()
    assert workers.submit(lambda: 42, is_item=False).result(5) == 42
    with pytest.raises(ZeroDivisionError):
        workers.submit(lambda: 1 // 0, is_item=True).result(5)
    assert workers.submit(lambda: "alive", is_item=True).result(5) == "alive"


def test_calls_and_items_are_served_in_turn(held: tuple[Workers, threading.Event]) -> None:
    workers, go = held
    done: list[str] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: done.append(name)

    items = [workers.submit(note(f"item {n}"), is_item=True) for n in range(4)]
    calls = [workers.submit(note(f"call {n}"), is_item=False) for n in range(2)]
    go.set()
    for each in items + calls:
        each.result(5)
    assert done == ["item 0", "call 0", "item 1", "call 1", "item 2", "item 3"]


def test_work_that_is_taken_back_is_not_done_and_not_kept(held: tuple[Workers, threading.Event]) -> None:
    workers, go = held
    done: list[int] = []
    waiting = [workers.submit(lambda: done.append(1), is_item=is_item) for is_item in (False, True)]
    for each in waiting:
        workers.cancel(each)
        with pytest.raises(CancelledError):
            each.result(0)
    go.set()
    workers.submit(lambda: None, is_item=False).result(5)
    assert done == []


def test_work_that_has_begun_cannot_be_taken_back() -> None:
    workers, begun, go = Workers(1), threading.Event(), threading.Event()
    future = workers.submit(lambda: (begun.set(), go.wait(10)), is_item=False)
    assert begun.wait(5)
    workers.cancel(future)
    go.set()
    assert future.result(5)
    workers.close()


def test_time_without_a_move_counts_only_while_there_is_work(held: tuple[Workers, threading.Event]) -> None:
    workers, go = held
    eventually(lambda: workers.stalled_seconds() >= 0.1)
    workers.submit(lambda: None, is_item=False)  # that more comes in is no move
    assert workers.stalled_seconds() >= 0.1
    go.set()
    eventually(lambda: workers.stalled_seconds() == 0.0)
    time.sleep(0.1)
    workers.submit(lambda: None, is_item=False)
    assert workers.stalled_seconds() < 0.1


def test_the_end_drops_what_waits_and_lets_what_runs_finish(held: tuple[Workers, threading.Event]) -> None:
    workers, _ = held
    waiting = workers.submit(lambda: None, is_item=True)
    workers.close()
    with pytest.raises(CancelledError):
        waiting.result(5)
