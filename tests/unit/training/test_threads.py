from __future__ import annotations

from threadpoolctl import threadpool_info

from training.threads import one_thread


def test_keeps_what_learns_on_one_thread() -> None:
    with one_thread():
        used = {
            each["filepath"]: each["num_threads"]
            for each in threadpool_info()
            if "opencv" not in each["filepath"]  # Not used for learning.
        }
    assert used
    assert set(used.values()) == {1}
