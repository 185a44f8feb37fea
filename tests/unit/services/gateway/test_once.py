from __future__ import annotations

import asyncio
import time

import pytest

from runtime.reasons.calls import DEADLINE_EXCEEDED
from runtime.reasons.reason import refused
from runtime.status import StatusError
from services.gateway.deadline import Deadline
from services.gateway.once import Once


def within(seconds: float) -> Deadline:
    return Deadline(time.monotonic() + seconds)


@pytest.fixture
def once() -> Once[int]:
    return Once(60, 10, 1000, lambda _: 1)


class Work:
    """Counts how often it is begun, and answers that number."""

    def __init__(self, seconds: float = 0.0, failures: tuple[Exception, ...] = ()) -> None:
        self.begun = 0
        self._seconds = seconds
        self._failures = list(failures)

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        await asyncio.sleep(self._seconds)
        if self._failures:
            raise self._failures.pop(0)
        return number


async def test_computes_a_repeated_key_once_even_side_by_side(once: Once[int]) -> None:
    work = Work(0.01)

    answers = await asyncio.gather(*(once.answer(b"key", work, within(9)) for _ in range(5)))

    assert answers == [1] * 5


async def test_finishes_for_a_caller_who_left_and_comes_back(once: Once[int]) -> None:
    work = Work(0.02)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(once.answer(b"key", work, within(9)), 0.005)

    assert await once.answer(b"key", work, within(9)) == 1


async def test_each_caller_waits_for_its_own_time(once: Once[int]) -> None:
    work = Work(0.1)
    hasty = asyncio.create_task(once.answer(b"key", work, within(0.01)))
    patient = asyncio.create_task(once.answer(b"key", work, within(9)))

    with pytest.raises(StatusError, match="deadline"):
        await hasty

    assert await patient == 1
    assert await once.answer(b"key", work, within(0.01)) == 1


async def test_begins_again_where_the_time_of_the_work_was_shorter_than_the_callers(once: Once[int]) -> None:
    work = Work(0.01, (refused(DEADLINE_EXCEEDED),))
    first = asyncio.create_task(once.answer(b"key", work, within(9)))
    second = asyncio.create_task(once.answer(b"key", work, within(9)))

    with pytest.raises(StatusError, match="deadline"):
        await first

    assert await second == 2


async def test_tries_again_after_a_failure(once: Once[int]) -> None:
    work = Work(failures=(ValueError("no"),))
    with pytest.raises(ValueError, match="no"):
        await once.answer(b"key", work, within(9))

    assert await once.answer(b"key", work, within(9)) == 2


async def test_a_failure_that_nobody_waits_for_is_not_reported_as_a_fault(once: Once[int]) -> None:
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
    work = Work(0.01, (ValueError("no"),))
    with pytest.raises(StatusError):
        await once.answer(b"key", work, within(0.001))
    await asyncio.sleep(0.03)

    assert await once.answer(b"key", work, within(9)) == 2
    assert not unhandled


async def test_forgets_after_its_time_and_beyond_its_capacity() -> None:
    now = [0.0]
    work = Work()
    once: Once[int] = Once(60, 2, 1000, lambda _: 1, lambda: now[0])
    assert await once.answer(b"a", work, within(9)) == 1
    now[0] = 61
    assert await once.answer(b"a", work, within(9)) == 2
    assert await once.answer(b"b", work, within(9)) == 3
    assert await once.answer(b"a", work, within(9)) == 2
    assert await once.answer(b"c", work, within(9)) == 4
    assert await once.answer(b"a", work, within(9)) == 5


async def test_answers_are_kept_up_to_so_many_bytes() -> None:
    work = Work()
    once: Once[int] = Once(60, 10, 100, lambda answer: 60 if answer < 3 else 30)

    for key in (b"first", b"second", b"third"):
        await once.answer(key, work, within(9))

    assert [await once.answer(key, work, within(9)) for key in (b"third", b"second")] == [3, 2]
    assert await once.answer(b"first", work, within(9)) == 4


async def test_an_answer_that_is_too_large_to_keep_is_given_to_all_who_wait() -> None:
    work = Work(0.01)
    once: Once[int] = Once(60, 10, 100, lambda _: 101)

    assert await asyncio.gather(*(once.answer(b"key", work, within(9)) for _ in range(3))) == [1] * 3
    assert await once.answer(b"key", work, within(9)) == 2


async def test_work_that_goes_on_is_not_dropped_for_its_size() -> None:
    slow, work = Work(0.05), Work()
    once: Once[int] = Once(60, 10, 10, lambda _: 11)
    waiting = asyncio.create_task(once.answer(b"slow", slow, within(9)))
    await asyncio.sleep(0)

    await once.answer(b"other", work, within(9))

    assert await asyncio.gather(waiting, once.answer(b"slow", slow, within(9))) == [1, 1]
