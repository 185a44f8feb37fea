from __future__ import annotations

import asyncio

import pytest

from services.gateway.once import Once


async def test_computes_a_repeated_key_once_even_side_by_side() -> None:
    calls: list[int] = []

    async def work() -> int:
        calls.append(1)
        await asyncio.sleep(0.01)
        return 42

    once: Once[int] = Once(60, 10)
    answers = await asyncio.gather(*(once.answer(b"key", work) for _ in range(5)))

    assert answers == [42] * 5
    assert len(calls) == 1


async def test_finishes_for_a_caller_who_left_and_comes_back() -> None:
    calls: list[int] = []

    async def work() -> int:
        calls.append(1)
        await asyncio.sleep(0.02)
        return 42

    once: Once[int] = Once(60, 10)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(once.answer(b"key", work), 0.005)

    assert await once.answer(b"key", work) == 42
    assert len(calls) == 1


async def test_tries_again_after_a_failure() -> None:
    outcomes = iter([ValueError("no"), 42])

    async def work() -> int:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    once: Once[int] = Once(60, 10)
    with pytest.raises(ValueError, match="no"):
        await once.answer(b"key", work)

    assert await once.answer(b"key", work) == 42


async def test_forgets_after_its_time_and_beyond_its_capacity() -> None:
    now = [0.0]
    counter = iter(range(100))

    async def work() -> int:
        return next(counter)

    once: Once[int] = Once(60, 2, lambda: now[0])
    assert await once.answer(b"a", work) == 0
    now[0] = 61
    assert await once.answer(b"a", work) == 1
    assert await once.answer(b"b", work) == 2
    assert await once.answer(b"c", work) == 3
    assert await once.answer(b"a", work) == 4
