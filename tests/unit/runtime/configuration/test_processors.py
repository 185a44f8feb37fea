from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from runtime.configuration.processors import control_group_limit, usable_processors


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system binds no process to processors")
def test_counts_the_processors_that_the_process_is_bound_to() -> None:
    allowed = os.sched_getaffinity(0)
    assert usable_processors() == min(len(allowed), control_group_limit() or sys.maxsize)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_processors() == 1
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python tells by itself")
def test_counts_all_processors_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert usable_processors() == min(os.cpu_count() or 1, control_group_limit() or sys.maxsize)


@pytest.mark.parametrize(
    ("line", "files", "limit"),
    [
        ("0::/", {"cpu.max": "150000 100000"}, 2),  # a container sees its own group as the root
        ("0::/", {"cpu.max": "5000 100000"}, 1),
        ("0::/", {"cpu.max": "max 100000"}, 0),
        ("0::/pod/app", {"pod/cpu.max": "300000 100000", "pod/app/cpu.max": "max 100000"}, 3),
        ("0::/pod/app", {"pod/cpu.max": "300000 100000", "pod/app/cpu.max": "100000 50000"}, 2),
        ("0::/../elsewhere", {"cpu.max": "200000 100000"}, 2),
        (
            "4:cpu,cpuacct:/docker/f00",  # which is mounted as the root inside the container
            {"cpu,cpuacct/cpu.cfs_quota_us": "400000", "cpu,cpuacct/cpu.cfs_period_us": "100000"},
            4,
        ),
        ("2:cpu:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 0),
        ("7:memory:/\n0::/", {}, 0),
        ("0::/", {"cpu.max": "?"}, 0),
    ],
)
def test_reads_the_limit_of_control_groups(
    tmp_path: Path, line: str, files: dict[str, str], limit: int
) -> None:
    own = tmp_path / "own"
    own.write_text(f"{line}\n")
    for name, text in files.items():
        path = tmp_path / "groups" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    assert control_group_limit(tmp_path / "groups", own) == limit


def test_a_system_without_control_groups_has_no_limit(tmp_path: Path) -> None:
    assert control_group_limit(tmp_path / "none", tmp_path / "neither") == 0
