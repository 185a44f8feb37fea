from __future__ import annotations

import os
from dataclasses import replace

import pytest
from joblib import delayed

from training.search.workbench import Workbench


@pytest.mark.slow
def test_one_stage_after_the_other_is_worked_on_by_the_same_processes() -> None:
    bench = Workbench(jobs=2)
    first, second = (
        set(each.parallel()(delayed(os.getpid)() for _ in range(8)))
        for each in (bench, replace(bench, seed=1))
    )
    assert os.getpid() not in first
    assert first & second


def test_one_job_is_done_by_this_process() -> None:
    assert set(Workbench().parallel()(delayed(os.getpid)() for _ in range(3))) == {os.getpid()}
