"""What is lost while processes are killed, stopped and given new models under load, at every door.

`python -m benchmarks.faults [--calls N] [--gateways N] [--json]`. Two replicas of each service; callers over
gRPC (single calls and streams), HTTP and Connect at once, each with the retries that its users have: those of
the shipped client over gRPC, those that any HTTP client can be told to make over HTTP and Connect (see
`benchmarks.callers`). Every `--pause` seconds a random process is killed (`kill -9`) and started again at its
address, if another replica of its service answers meanwhile: a gateway is killed only where there are two.
In between a new version of the model is written, and each process is asked to end (SIGTERM), one after the
other.

A call is *lost* when it ends with an error, *hung* without an answer at its deadline, and *different* when
the same photograph had other labels or colours before under the same version of the model; a picture of a
stream that is answered twice counts as different too. Exit status 1 when there was any. SIGINT ends it early,
with the figures so far.
"""

from __future__ import annotations

import argparse
import itertools
import random
import signal
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.callers import SIZES, Caller, ConnectCaller, Facts, Failed, GrpcCaller, HttpCaller, photograph
from benchmarks.command_line import new_parser, print_figures
from benchmarks.replicas import Replica, Replicas, running_replicas
from benchmarks.sums import quantiles
from tests.support.model import write_model

WEIGHTS = {"20 KB": 60, "300 KB": 30, "2 MB": 6, "4 MB": 4}
KINDS = 4
"""Different photographs of each size."""

LONGEST_STREAM = 50
GRACE_S = 10.0
LATE = {"NO_ANSWER_IN_TIME", "DEADLINE_EXCEEDED"}


class Ledger:
    """What became of every call."""

    def __init__(self, total: int, seed: int) -> None:
        self.total, self.ended = total, 0
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.lost: Counter[str] = Counter()
        self.hung: Counter[str] = Counter()
        self.different: list[str] = []
        self._lock = threading.Lock()
        self._facts: dict[tuple[int, str], tuple[str, ...]] = {}
        self._left = total
        self._photos = [photograph(size, kind) for size in SIZES for kind in range(KINDS)]
        self._weights = [WEIGHTS[size] for size in SIZES for _ in range(KINDS)]
        self._random = random.Random(seed)

    def next(self) -> tuple[int, bytes] | None:
        """Number and bytes of the photograph of the next call; None after the last one."""
        with self._lock:
            if not self._left:
                return None
            self._left -= 1
            number = self._random.choices(range(len(self._photos)), self._weights)[0]
            return number, self._photos[number]

    @property
    def is_given_out(self) -> bool:
        """Whether every call has been begun."""
        return not self._left

    def enter(self, door: str, photo: int, began: float, outcome: Facts | Failed) -> None:
        """Notes the end of a call."""
        with self._lock:
            self.ended += 1
            self.seconds[door].append(time.perf_counter() - began)
            if isinstance(outcome, Failed):
                into = self.hung if outcome.reason in LATE else self.lost
                into[f"{door}: {outcome.reason}"] += 1
                return
            for name, fact in outcome.items():
                known = self._facts.setdefault((photo, name), fact)
                if known != fact:
                    self.different.append(f"{door}: photograph {photo}, {name}: {known} and {fact}")

    def stop(self) -> None:
        """Gives out no further call."""
        with self._lock:
            self.total -= self._left
            self._left = 0

    def versions(self) -> set[str]:
        """The versions of the model that have answered."""
        with self._lock:
            return {name for _, name in self._facts if name.startswith("labels")}


def single_calls(door: str, caller: Caller, ledger: Ledger) -> None:
    """Asks until there is nothing left to ask."""
    while (taken := ledger.next()) is not None:
        photo, data = taken
        began = time.perf_counter()
        try:
            outcome: Facts | Failed = caller.ask(data)
        except Failed as failure:
            outcome = failure
        ledger.enter(door, photo, began, outcome)


def streams(door: str, caller: GrpcCaller, ledger: Ledger) -> None:
    """Asks in one stream after the other until there is nothing left to ask."""
    asked: dict[str, tuple[int, float]] = {}
    numbers = map(str, itertools.count())

    def photos() -> Iterator[tuple[str, bytes]]:
        for number in itertools.islice(numbers, LONGEST_STREAM):
            if (taken := ledger.next()) is None:
                return
            asked[number] = (taken[0], time.perf_counter())
            yield number, taken[1]

    while not ledger.is_given_out:
        try:
            for number, outcome in caller.stream(photos()):
                if number in asked:
                    ledger.enter(door, *asked.pop(number), outcome)
                else:
                    ledger.different.append(f"{door}: picture {number} was answered twice")
        except Failed as failure:
            for photo, began in asked.values():
                ledger.enter(door, photo, began, failure)
            asked.clear()


class Faults:
    """Kills, stops and renews while a ledger fills.

    Args:
        replicas: The processes.
        models: Their model repository.
        pause_s: Time between two kills.
        seed: Of the choice of processes.
    """

    def __init__(self, replicas: Replicas, models: Path, pause_s: float, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._replicas, self._models, self._pause_s = replicas, models, pause_s
        self._random = random.Random(seed)
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(8)

    def run(self, ledger: Ledger) -> None:
        """Goes on until `end`: a new version after a third of the calls, SIGTERM of each after two thirds."""
        due: list[tuple[float, Callable[[], None]]] = [(1 / 3, self._renew), (2 / 3, self._stop_each)]
        while not self._over.wait(self._pause_s):
            if due and ledger.ended >= due[0][0] * ledger.total:
                due.pop(0)[1]()
            self._kill()
        for _, late in due:
            late()
        self._pool.shutdown()

    def end(self) -> None:
        """Ends `run` after what is still due."""
        self._over.set()

    def _kill(self) -> None:
        chosen = [each for each in self._replicas if self._replicas.can_miss(each)]
        if not chosen:
            self.done["waits"] += 1
            return
        victim = self._random.choice(chosen)
        victim.end(at_once=True)
        self.done[f"killed {victim.name}"] += 1
        self._pool.submit(self._start_again, victim)

    def _start_again(self, replica: Replica) -> None:
        try:
            replica.start_again()
        except Exception as error:  # noqa: BLE001  # told in the end
            self.done[f"not started: {error}"] += 1

    def _renew(self) -> None:
        write_model(
            self._models, version=2, labels=("a", "b", "c"), extractor_parameters={"max_keypoints": 480}
        )
        self.done["new versions"] += 1

    def _stop_each(self) -> None:
        for each in self._replicas:
            if len(self._replicas.of(each.name)) < 2:
                continue
            while not self._replicas.can_miss(each):
                time.sleep(0.1)
            status = each.end(at_once=False)
            self.done["stopped" if status == 0 else f"stopped {each.name} with status {status}"] += 1
            each.start_again()


def run(replicas: Replicas, models: Path, options: argparse.Namespace) -> dict[str, object]:
    """All callers and all faults; the figures."""
    ledger, refusals = Ledger(options.calls, options.seed), Counter[str]()
    threads: list[threading.Thread] = []
    callers: list[Caller] = []

    def begin(door: str, work: Callable[..., None], caller: Caller) -> None:
        callers.append(caller)
        threads.append(threading.Thread(target=work, args=(door, caller, ledger), daemon=True))

    deadline_s = options.deadline
    for _ in range(options.callers):
        begin("gRPC", single_calls, GrpcCaller(replicas.targets, deadline_s))
        begin("gRPC stream", streams, GrpcCaller(replicas.targets, deadline_s))
        begin("HTTP", single_calls, HttpCaller(replicas.urls, deadline_s, refusals))
        begin("Connect", single_calls, ConnectCaller(replicas.urls, deadline_s, refusals))
    faults = Faults(replicas, models, options.pause, options.seed)
    disturbing = threading.Thread(target=faults.run, args=(ledger,), daemon=True)
    signal.signal(signal.SIGINT, lambda *_: ledger.stop())
    began = time.perf_counter()
    for each in (*threads, disturbing):
        each.start()
    ended, moved = 0, time.monotonic()
    while any(each.is_alive() for each in threads) and time.monotonic() - moved < deadline_s + GRACE_S:
        time.sleep(0.1)
        if ledger.ended > ended:
            ended, moved = ledger.ended, time.monotonic()
    seconds = time.perf_counter() - began
    faults.end()
    disturbing.join()
    for caller in callers:
        caller.close()
    ledger.hung["never ended"] += ledger.total - ledger.ended
    return {
        "calls": ledger.total,
        "seconds": round(seconds, 1),
        "lost": dict(ledger.lost),
        "hung": dict(+ledger.hung),
        "different": ledger.different,
        "tried_again_over_http": dict(refusals),
        "faults": dict(faults.done),
        "answered_by": sorted(ledger.versions()),
        "seconds_by_door": {
            door: {"calls": len(spent), **quantiles(spent)} for door, spent in sorted(ledger.seconds.items())
        },
    }


def main() -> None:
    """Prints the figures, as JSON with `--json`; exit status 1 when a call was lost, hung or different."""
    parser = new_parser(__doc__, prints_json=True)
    parser.add_argument("--calls", type=int, default=10_000, help="at all doors together")
    parser.add_argument("--callers", type=int, default=2, help="at each door")
    parser.add_argument("--replicas", type=int, default=2, help="of each service")
    parser.add_argument("--gateways", type=int, default=1)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two kills")
    parser.add_argument("--deadline", type=float, default=30.0, help="of a call, in seconds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        models = Path(scratch)
        write_model(models)
        with running_replicas(models, options.replicas, options.gateways) as replicas:
            figures = run(replicas, models, options)
    print_figures(figures, as_json=options.json)
    raise SystemExit(any(figures[each] for each in ("lost", "hung", "different")))


if __name__ == "__main__":
    main()
