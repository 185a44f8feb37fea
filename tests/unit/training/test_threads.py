from __future__ import annotations

from pathlib import Path

from threadpoolctl import threadpool_info, threadpool_limits

from training.threads import one_thread

# What estimators compute with. PyTorch, where other tests loaded it, is limited by the networks themselves.
LEARNING = ("numpy.libs", "scipy.libs", "scikit_learn.libs")


def test_keeps_what_learns_on_one_thread() -> None:
    with threadpool_limits(2), one_thread():
        used = {
            each["filepath"]: each["num_threads"]
            for each in threadpool_info()
            if Path(each["filepath"]).parent.name in LEARNING
        }
    assert used
    assert set(used.values()) == {1}
