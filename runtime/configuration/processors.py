"""How much can be done at a time: the processors that this process may use."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CONTROL_GROUPS: Final = Path("/sys/fs/cgroup")
OWN_GROUPS: Final = Path("/proc/self/cgroup")


def usable_processors() -> int:
    """Counts the processors that this process may use: those it is bound to, within its container's limit.

    A container that may use one processor of 64 sees all 64; as many workers would each get a 64th of it, and
    be stopped for most of every tenth of a second.
    """
    return min(_bound_to(), control_group_limit() or sys.maxsize)


def control_group_limit(groups: Path = CONTROL_GROUPS, own: Path = OWN_GROUPS) -> int:
    """Reads the processor time that the process's control groups allow (Linux), in processors, rounded up.

    Both versions are read: `cpu.max`, and `cpu.cfs_quota_us` with `cpu.cfs_period_us`. Groups lie in each
    other, and the tightest limit counts.

    Args:
        groups: Where control groups are mounted.
        own: The file that names those of this process.

    Returns:
        1 or more; 0 without a limit.
    """
    limits = [quota / period for quota, period in _limits(groups, own) if quota > 0 and period > 0]
    return max(1, math.ceil(min(limits))) if limits else 0


def _bound_to() -> int:
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Not on macOS.
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _limits(groups: Path, own: Path) -> Iterator[tuple[int, int]]:
    """Yields quota and period of every group that the process is in; quotas of 0 or less are none."""
    for line in _text(own).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            for folder in _upwards(groups, path):
                quota, _, period = _text(folder / "cpu.max").partition(" ")
                yield _number(quota), _number(period)
        elif "cpu" in controllers.split(","):
            for folder in _upwards(groups / controllers, path):
                quota, period = (_text(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
                yield _number(quota), _number(period)


def _upwards(root: Path, path: str) -> Iterator[Path]:
    """Yields a group's folder and those around it; in a container only the last one may exist."""
    folder = root / path.lstrip("/")
    yield folder
    while folder != root and root in folder.parents:
        folder = folder.parent
        yield folder


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0  # "max" and -1 mean unlimited
