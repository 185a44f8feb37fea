from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from runtime.status import StatusError
from runtime.work.slots import Slots


def test_past_the_bound_the_answer_is_no_with_the_reason_and_the_number() -> None:
    slots = Slots(2, "streams are open")
    with slots.slot(), slots.slot(), pytest.raises(StatusError) as caught, slots.slot():
        pass
    assert (caught.value.code.name, caught.value.reason) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
    assert caught.value.message == "Too much to do: 2 streams are open. Try again later."
    assert caught.value.metadata == {"limit": "2"}


def test_a_slot_is_free_again_whatever_happened_in_it() -> None:
    slots = Slots(1, "calls run")
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), slots.slot():
            raise ZeroDivisionError
    with slots.slot():
        pass


def test_threads_never_hold_more_than_there_are() -> None:
    slots, held, most, lock = Slots(3, "calls run"), 0, 0, threading.Lock()

    def take(_: int) -> bool:
        nonlocal held, most
        with ExitStack() as stack:
            try:
                stack.enter_context(slots.slot())
            except StatusError:
                return False
            with lock:
                held += 1
                most = max(most, held)
            with lock:
                held -= 1
            return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(2000)))
    assert any(taken)
    assert most <= 3
