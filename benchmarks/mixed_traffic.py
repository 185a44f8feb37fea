"""What services hold after minutes of everything at once: `python -m benchmarks.mixed_traffic [--minutes N]`.

Single calls over gRPC, HTTP and Connect, streams, uploads in chunks, collections of pictures, damaged
pictures, callers who leave before their answer, health checks and watches, with connections opened and closed
all the time. The processes are compared after the first tenth (at most a minute) and at the end, each time
after all callers have left: resident memory within `MOST_GROWTH`, no thread and no descriptor more. Exit
status 1 otherwise, and when a call was lost.
"""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc

from benchmarks.callers import ConnectCaller, Failed, GrpcCaller, HttpCaller, photograph
from benchmarks.command_line import new_parser
from benchmarks.replicas import ASKED
from benchmarks.served import serving
from benchmarks.sums import Holding, holdings, settled
from cli.serving.process import ServiceProcess
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo_client import Client, InvalidPicture

TIMEOUT_S = 60.0
MOST_GROWTH = 1.08
"""Resident memory at the end against that at the start: allocators keep some, what leaks goes on growing."""

BATCH = 10
"""Calls over one connection, before it is closed and another one opened."""


class Traffic:
    """Each method is one visit: a connection, a few calls, and the end of the connection.

    Args:
        gateway: Where to go.
    """

    def __init__(self, gateway: ServiceProcess) -> None:
        self.answered: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self._gateway = gateway
        self._photos = [photograph(size, kind) for size in ("20 KB", "300 KB") for kind in range(4)]
        self._photos.append(photograph("2 MB", 0))

    @property
    def visits(self) -> Mapping[str, Callable[[], int]]:
        """All kinds of visits by name; each returns how many calls were answered."""
        return {
            "gRPC": lambda: self._ask(GrpcCaller([self._gateway.target], TIMEOUT_S)),
            "HTTP": lambda: self._ask(HttpCaller([self._gateway.url], TIMEOUT_S, Counter())),
            "Connect": lambda: self._ask(ConnectCaller([self._gateway.url], TIMEOUT_S, Counter())),
            "streams": self._stream,
            "uploads and collections": self._upload,
            "damaged and health": self._refused,
            "callers who leave": self._leave,
        }

    def run(self, seconds: float) -> None:
        """One caller of each kind, again and again."""
        until = time.monotonic() + seconds

        def repeat(name: str, visit: Callable[[], int]) -> None:
            while time.monotonic() < until:
                try:
                    self.answered[name] += visit()
                except Exception as error:  # noqa: BLE001  # counted, and told in the end
                    self.lost[f"{name}: {type(error).__name__}: {error}"] += 1

        threads = [threading.Thread(target=repeat, args=each) for each in self.visits.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _some(self, count: int) -> list[bytes]:
        return random.choices(self._photos, k=count)

    def _ask(self, caller: GrpcCaller | HttpCaller | ConnectCaller) -> int:
        try:
            return sum(bool(caller.ask(photo)) for photo in self._some(BATCH))
        finally:
            caller.close()

    def _stream(self) -> int:
        caller = GrpcCaller([self._gateway.target], TIMEOUT_S)
        answered = 0
        for _, outcome in caller.stream((str(n), photo) for n, photo in enumerate(self._some(4 * BATCH))):
            if isinstance(outcome, Failed):
                raise outcome
            answered += 1
        caller.close()
        return answered

    def _upload(self) -> int:
        with Client(self._gateway.target, timeout_s=TIMEOUT_S) as client:
            client.analyze_image(client.upload_image(self._photos[4]))
            pictures = ((str(number), photo) for number, photo in enumerate(self._some(BATCH)))
            return 1 + len(client.extract_collection_palette(pictures).pictures)

    def _refused(self) -> int:
        with Client(self._gateway.target, timeout_s=TIMEOUT_S) as client:
            for photo in self._some(3):
                with suppress(InvalidPicture):
                    client.classify_image(photo[: len(photo) // 2])
            client.list_models()
        with grpc.insecure_channel(self._gateway.target) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            watches = [health.Watch(health_pb2.HealthCheckRequest()) for _ in range(3)]
            for watch in watches:
                next(watch)
        return 4 + (httpx.get(f"{self._gateway.url}/healthz", timeout=TIMEOUT_S).status_code == 200)

    def _leave(self) -> int:
        """Callers over gRPC cancel, those over HTTP close the connection."""
        request = gateway_pb2.ClassifyImageRequest()
        for photo, milliseconds in zip(self._some(BATCH), itertools.cycle((2, 10, 40)), strict=False):
            request.image.data = photo
            with grpc.insecure_channel(self._gateway.target) as channel:
                call: Any = GatewayServiceStub(channel).ClassifyImage.future(request)
                time.sleep(milliseconds / 1e3)
                call.cancel()
            with suppress(httpx.TransportError):
                httpx.post(f"{self._gateway.url}/v1/classify", content=photo, timeout=milliseconds / 1e3)
            time.sleep(0.1)
        return 2 * BATCH


def grown(start: Mapping[str, Holding], end: Mapping[str, Holding]) -> list[str]:
    """What each process holds more of at the end than it may, in words."""
    found = []
    for name, before in start.items():
        after = end[name]
        if after.mib > before.mib * MOST_GROWTH:
            found.append(f"{name}: {before.mib:.0f} → {after.mib:.0f} MiB")
        found.extend(
            f"{name}: {getattr(before, what)} → {getattr(after, what)} {what}"
            for what in ("threads", "descriptors")
            if getattr(after, what) > getattr(before, what)
        )
    return found


def main() -> None:
    """Prints the figures, as JSON with `--json`."""
    parser = new_parser(__doc__, prints_json=True)
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    seconds = options.minutes * 60
    first = min(60.0, seconds / 10)
    with serving(backends=ASKED) as (stack, _):
        traffic = Traffic(stack["gateway"])
        traffic.run(first)
        start = settled(stack)
        traffic.run((seconds - first) / 2)
        middle = holdings(stack)
        traffic.run((seconds - first) / 2)
        end = settled(stack)
    found = grown(start, end)
    times = {"start": start, "middle": middle, "end": end}
    figures = {
        "answered": dict(traffic.answered),
        "lost": dict(traffic.lost),
        **{when: {name: asdict(each) for name, each in held.items()} for when, held in times.items()},
        "grown": found,
    }
    if options.json:
        print(json.dumps(figures))
    else:
        print(f"answered {figures['answered']}\nlost     {figures['lost']}")
        for name, when in itertools.product(start, times):
            each = times[when][name]
            print(
                f"{name:<16}{when:<8}{each.mib:6.0f} MiB {each.threads:4} threads {each.descriptors:4} open"
            )
        print(*found, sep="\n")
    raise SystemExit(bool(found or traffic.lost))


if __name__ == "__main__":
    main()
