"""The same photograph over gRPC and over HTTP with stock clients: what HTTP adds to the time of a call.

`python -m benchmarks.doors [--calls N] [--json]`. Every door is asked once in each round, in an order that
changes, so that the differences hold whatever else the machine does. Connections are kept, but for curl,
whose own clock is read (`time_total`: with connecting, without starting the program). Processor time, of the
gateway and this program, tells the same where the machine is busy with other things. Exit status 1 when a
median time is more than `MOST_ADDED_MS` above that of gRPC.
"""

from __future__ import annotations

import http.client
import importlib
import importlib.util
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from benchmarks.callers import SIZES, connect_client, photograph, unary
from benchmarks.command_line import new_parser
from benchmarks.served import serving
from benchmarks.sums import running_seconds
from cli.serving.process import ServiceProcess
from lienzo.gateway.v1 import gateway_pb2
from lienzo_client import Client

MOST_ADDED_MS = 3.0

Door = Callable[[bytes], tuple[float, str]]
"""Asks for a photograph; seconds and the best label."""


def timed(ask: Callable[[bytes], str]) -> Door:
    """A door of a function that asks."""

    def door(photo: bytes) -> tuple[float, str]:
        began = time.perf_counter()
        label = ask(photo)
        return time.perf_counter() - began, label

    return door


def best_label(body: bytes) -> str:
    """The best label of an answer in JSON."""
    return str(json.loads(body)["recognition"]["labels"][0]["label"])


def curl(url: str, scratch: Path) -> Door:
    """A new curl for each call."""
    file, answer = scratch / "photo.jpg", scratch / "answer.json"

    def door(photo: bytes) -> tuple[float, str]:
        file.write_bytes(photo)
        command = ["curl", "-sS", "-o", str(answer), "-w", "%{time_total}", "--data-binary", f"@{file}", url]
        spent = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return float(spent), best_label(answer.read_bytes())

    return door


@contextmanager
def open_doors(gateway: ServiceProcess, scratch: Path) -> Iterator[dict[str, Door]]:
    """One client at each door; curl and requests only where they are installed."""
    url, host = f"{gateway.url}/v1/classify", gateway.url.removeprefix("http://")
    with ExitStack() as stack:
        client = stack.enter_context(Client(gateway.target))
        plain = http.client.HTTPConnection(host)
        stack.callback(plain.close)
        session = stack.enter_context(httpx.Client())
        connect = stack.enter_context(connect_client(gateway.url))
        method = unary("ClassifyImage")

        def by_http_client(photo: bytes) -> str:
            plain.request("POST", "/v1/classify", photo)
            return best_label(plain.getresponse().read())

        def by_connect(photo: bytes) -> str:
            request = gateway_pb2.ClassifyImageRequest()
            request.image.data = photo
            answer = connect.execute_unary(request=request, method=method)
            return str(answer.recognition.labels[0].label)

        doors = {
            "gRPC": timed(lambda photo: client.classify_image(photo).labels[0].name),
            "http.client": timed(by_http_client),
            "httpx": timed(lambda photo: best_label(session.post(url, content=photo).content)),
            "Connect": timed(by_connect),
        }
        if importlib.util.find_spec("requests"):
            kept = stack.enter_context(importlib.import_module("requests").Session())
            doors["requests"] = timed(lambda photo: best_label(kept.post(url, data=photo).content))
        if shutil.which("curl"):
            doors["curl"] = curl(url, scratch)
        yield doors


def measured(
    doors: dict[str, Door], photo: bytes, calls: int, pids: Sequence[int]
) -> dict[str, dict[str, float]]:
    """Medians of each door: of its time, of the processors' time, and of what both are above gRPC's."""
    order = list(doors)
    labels = {name: door(photo)[1] for name, door in doors.items()}
    if len(set(labels.values())) > 1:
        raise SystemExit(f"the doors answer differently: {labels}")
    spent: dict[str, list[float]] = {name: [] for name in doors}
    worked: dict[str, list[float]] = {name: [] for name in doors}
    shuffle = random.Random(1).shuffle
    for _ in range(calls):
        shuffle(order)
        for name in order:
            before = running_seconds(*pids)
            spent[name].append(doors[name](photo)[0] * 1e3)
            worked[name].append((running_seconds(*pids) - before) * 1e3)
    return {
        name: {
            "median_ms": statistics.median(spent[name]),
            "added_median_ms": statistics.median(spent[name]) - statistics.median(spent["gRPC"]),
            "processor_median_ms": statistics.median(worked[name]),
            "added_processor_median_ms": statistics.median(worked[name]) - statistics.median(worked["gRPC"]),
        }
        for name in doors
    }


def main() -> None:
    """Prints the figures, as JSON with `--json`."""
    parser = new_parser(__doc__, prints_json=True)
    parser.add_argument("--calls", type=int, default=300, help="at each door")
    parser.add_argument("--size", choices=SIZES, default="300 KB")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        serving(backends=("features", "classification")) as (stack, _),
        open_doors(stack["gateway"], Path(scratch)) as doors,
    ):
        pids = [os.getpid(), stack["gateway"].pid]
        figures = measured(doors, photograph(options.size, 1), options.calls, pids)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, each in figures.items():
            print(f"{name:<14}" + "  ".join(f"{what} {value:6.2f}" for what, value in each.items()))
    raise SystemExit(any(each["added_median_ms"] > MOST_ADDED_MS for each in figures.values()))


if __name__ == "__main__":
    main()
