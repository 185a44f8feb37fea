from __future__ import annotations

import os
import sys

import pytest

from runtime.configuration.processors import usable_processors


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system binds no process to processors")
def test_counts_the_processors_that_the_process_is_bound_to() -> None:
    allowed = os.sched_getaffinity(0)
    assert usable_processors() == len(allowed)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_processors() == 1
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python tells by itself")
def test_counts_all_processors_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert usable_processors() == os.cpu_count()
