"""Two replicas of everything: what one of them loses, the other one answers."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from lienzo_client import Client
from tests.support.pictures import jpeg
from tests.support.waiting import eventually

CALLERS = 8
# Noise does not get smaller as a JPEG: 1.5 MB, as of a phone.
PHOTO = jpeg(np.random.default_rng(1).integers(0, 255, (1000, 1400, 3), np.uint8), 95)


def addresses(*processes: Any) -> str:
    return "ipv4:" + ",".join(each.target for each in processes)


@pytest.mark.parametrize("killed", ["palette", "gateway"])
def test_a_replica_that_is_killed_under_load_loses_no_call(start: Any, killed: str) -> None:
    assert 1_000_000 < len(PHOTO) < 2_500_000
    palettes = [start("palette", "--workers", "1") for _ in range(2)]
    gateways = [start("gateway", "--palette-target", addresses(*palettes)) for _ in range(2)]
    victim = {"palette": palettes, "gateway": gateways}[killed][0]
    done = threading.Event()
    answered = [0] * CALLERS

    def ask(number: int) -> None:
        while not done.is_set():
            assert clients[number].extract_palette(PHOTO).colors
            answered[number] += 1

    def have_answers(more_than: list[int]) -> Callable[[], bool]:
        return lambda: all(now > before for now, before in zip(answered, more_than, strict=True))

    # One client a caller, so that each has connections of its own.
    clients = [Client(addresses(*gateways), timeout_s=60, insecure=True) for _ in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        asking = [pool.submit(ask, number) for number in range(CALLERS)]
        try:
            eventually(have_answers([0] * CALLERS), 30)
            victim.signal(signal.SIGKILL)
            eventually(have_answers([each + 1 for each in answered]), 30)
        finally:
            done.set()
        for each in asking:
            each.result()
    for client in clients:
        client.close()
