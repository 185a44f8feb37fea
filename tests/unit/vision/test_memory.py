from __future__ import annotations

import subprocess
import sys

import pytest

_FAULTS = """
import resource, sys
import numpy as np
from vision.memory import keep_freed_memory
kept = keep_freed_memory() if sys.argv[1] == "kept" else False
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    pyramid = [np.ones(1 << 19) for _ in range(8)]
    del pyramid
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(memory: str) -> tuple[bool, int]:
    """Whether freed memory is kept, and how many pages a child process asks the system for."""
    run = subprocess.run([sys.executable, "-c", _FAULTS, memory], capture_output=True, text=True, check=True)
    kept, count = run.stdout.split()
    return kept == "True", int(count)


def test_memory_that_is_kept_is_not_asked_for_again() -> None:
    kept, few = faults("kept")
    if not kept:
        pytest.skip("this C library keeps and returns memory as it likes")
    assert few * 5 < faults("returned")[1]
