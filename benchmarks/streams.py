"""A stream of many pictures against the best that single calls reach; memory; a gateway killed in the middle.

`python -m benchmarks.streams [--pictures N] [--json]`. First the number of callers is looked for that answers
most single calls; then that and one stream take turns, with the client that apps install, so that the ratio
holds whatever else the machine does. Processor time, of client and services together, tells the same where
the machine is busy with other things.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.command_line import new_parser, print_figures
from benchmarks.served import serving
from benchmarks.sums import processor_seconds
from cli.serving.process import ServiceProcess, resident_bytes
from lienzo_client import Client
from runtime.configuration.processors import usable_processors
from services.table import BACKENDS
from tests.support.pictures import LABELS, draw, jpeg

SIZE = (640, 480)
MIB = 2**20


def of_each(pictures: Sequence[bytes], count: int) -> Iterator[tuple[str, bytes]]:
    """So many pictures under numbers, the same few again and again."""
    numbered = zip(map(str, itertools.count()), itertools.cycle(pictures), strict=False)
    return itertools.islice(numbered, count)


def unary_rate(client: Client, pictures: Sequence[bytes], count: int, callers: int) -> float:
    """Answers per second of single calls, so many at a time."""
    work = list(itertools.islice(itertools.cycle(pictures), count))
    with ThreadPoolExecutor(callers) as threads:
        began = time.perf_counter()
        list(threads.map(client.classify_image, work))
        return count / (time.perf_counter() - began)


def stream_rate(client: Client, pictures: Sequence[bytes], count: int, in_flight: int) -> float:
    """Answers per second of one stream.

    Raises:
        SystemExit: When an answer is missing, there twice, or an error.
    """
    began = time.perf_counter()
    check_all(client.stream_classify_images(of_each(pictures, count), in_flight=in_flight), count)
    return count / (time.perf_counter() - began)


def check_all(items: Iterator[object], count: int) -> None:
    """Takes all answers, and ends the program unless each id has exactly one, in whatever order."""
    seen = []
    for item in items:
        item.unwrap()  # type: ignore[attr-defined]
        seen.append(int(item.request_id))  # type: ignore[attr-defined]
    if sorted(seen) != list(range(count)):
        raise SystemExit(f"{len(seen)} answers, {len(set(seen))} different ones, to {count} pictures")


def rates(
    client: Client, stack: dict[str, ServiceProcess], pictures: Sequence[bytes], options: argparse.Namespace
) -> dict[str, float]:
    """Single calls by the best number of callers, and one stream, in turns."""
    found = {callers: unary_rate(client, pictures, options.calls, callers) for callers in options.callers}
    best = max(found, key=lambda callers: found[callers])
    pairs, spent = [], [processor_seconds(stack)]
    for _ in range(options.rounds):
        single = unary_rate(client, pictures, options.pictures, best)
        spent.append(processor_seconds(stack))
        pairs.append((single, stream_rate(client, pictures, options.pictures, options.in_flight)))
        spent.append(processor_seconds(stack))
    times = [later - earlier for earlier, later in itertools.pairwise(spent)]
    ratios = [stream / single for single, stream in pairs]
    return {
        **{f"found_{callers}_callers": rate for callers, rate in found.items()},
        "unary_per_second": statistics.median(single for single, _ in pairs),
        "stream_per_second": statistics.median(stream for _, stream in pairs),
        "ratio_median": statistics.median(ratios),
        "ratio_least": min(ratios),
        "unary_processor_ms": min(times[0::2]) / options.pictures * 1e3,
        "stream_processor_ms": min(times[1::2]) / options.pictures * 1e3,
        "ratio_of_the_best": max(stream for _, stream in pairs) / max(single for single, _ in pairs),
    }


def memory(
    client: Client, gateway: ServiceProcess, pictures: Sequence[bytes], count: int
) -> dict[str, float]:
    """What gateway and client hold at the tenth and at the last answer of a long stream, in MiB."""
    figures, answers = {}, client.stream_classify_images(of_each(pictures, count))
    for number, item in enumerate(answers, start=1):
        item.unwrap()
        if number in (count // 10, count):
            when = "end" if number == count else "early"
            figures[f"gateway_mib_{when}"] = resident_bytes(gateway.pid) / MIB
            figures[f"client_mib_{when}"] = resident_bytes(os.getpid()) / MIB
    return figures


def killed(stack: dict[str, ServiceProcess], pictures: Sequence[bytes], count: int) -> dict[str, float]:
    """Kills the gateway after a third of the answers and starts it again two seconds later."""
    gateway = stack["gateway"]
    targets = [flag for name in BACKENDS for flag in (f"--{name}-target", stack[name].target)]
    port = int(gateway.target.rpartition(":")[2])

    def until_killed(client: Client) -> Iterator[object]:
        for number, item in enumerate(client.stream_classify_images(of_each(pictures, count)), start=1):
            yield item
            if number == count // 3:
                gateway.kill()
                time.sleep(2)
                stack["gateway"] = ServiceProcess("gateway", *targets, grpc_port=port)

    began = time.perf_counter()
    with Client(gateway.target) as client:
        check_all(until_killed(client), count)
    return {"killed_seconds": time.perf_counter() - began, "killed_answers": count}


def main() -> None:
    """Prints the figures, as JSON with `--json`."""
    parser = new_parser(__doc__, prints_json=True)
    parser.add_argument("--pictures", type=int, default=1000, help="in a stream")
    parser.add_argument("--calls", type=int, default=200, help="to look for the number of callers")
    parser.add_argument("--callers", type=int, nargs="+", default=[2, 4, 8, 16, 32], help="at a time")
    parser.add_argument("--in-flight", type=int, default=16, help="pictures of a stream at a time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=usable_processors(), help="of each service")
    options = parser.parse_args()
    pictures = [jpeg(draw(label, seed, SIZE), 85) for label in LABELS for seed in range(4)]
    with serving(backend_flags=("--workers", str(options.workers))) as (stack, _):
        with Client(stack["gateway"].target, timeout_s=60) as client:
            stream_rate(client, pictures, 100, options.in_flight)
            figures = rates(client, stack, pictures, options)
            figures |= memory(client, stack["gateway"], pictures, options.pictures)
        figures |= killed(stack, pictures, options.pictures)
    print_figures(figures, as_json=options.json)


if __name__ == "__main__":
    main()
