"""What processes take of the machine (Linux), and how calls are summed up."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from cli.serving.process import ServiceProcess, resident_bytes

MIB = 2**20


@dataclass(frozen=True)
class Holding:
    """Resident memory in MiB, threads and open descriptors of a process."""

    mib: float
    threads: int
    descriptors: int

    @classmethod
    def of(cls, process: ServiceProcess) -> Self:
        """What it holds now."""
        own = Path(f"/proc/{process.pid}")
        return cls(
            resident_bytes(process.pid) / MIB, len(os.listdir(own / "task")), len(os.listdir(own / "fd"))
        )


def holdings(stack: Mapping[str, ServiceProcess]) -> dict[str, Holding]:
    """What each process holds now."""
    return {name: Holding.of(process) for name, process in stack.items()}


@contextmanager
def most_resident(stack: Mapping[str, ServiceProcess], every_s: float = 0.1) -> Iterator[dict[str, float]]:
    """Inside, the largest resident memory of each process so far, in MiB, as looked at every so often."""
    most = {name: resident_bytes(process.pid) / MIB for name, process in stack.items()}
    done = threading.Event()

    def look() -> None:
        while not done.wait(every_s):
            for name, process in stack.items():
                with suppress(ProcessLookupError):
                    most[name] = max(most[name], resident_bytes(process.pid) / MIB)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield most
    finally:
        done.set()
        looking.join()


def settled(stack: Mapping[str, ServiceProcess], seconds: float = 10.0) -> dict[str, Holding]:
    """What each process holds once callers have left and what they left behind has ended."""
    time.sleep(seconds)
    return holdings(stack)


def processor_seconds(stack: Mapping[str, ServiceProcess], *, with_callers: bool = True) -> float:
    """Time that processors have worked so far for the services, and for this program where asked for."""
    ticks = 0
    for pid in (*(process.pid for process in stack.values()), *([os.getpid()] if with_callers else [])):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def quantiles(spent: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and largest of some times."""
    half, most, worst = (round(float(each), 3) for each in np.quantile(spent, (0.5, 0.95, 1)))
    return {"p50": half, "p95": most, "max": worst}


def running_seconds(*pids: int) -> float:
    """Time that the threads which processes have now have worked so far, to the microsecond."""
    threads = (each for pid in pids for each in Path(f"/proc/{pid}/task").iterdir())
    spent = 0
    for thread in threads:
        with suppress(FileNotFoundError, ProcessLookupError):  # ended meanwhile
            spent += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
    return spent / 1e9
