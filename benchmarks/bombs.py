"""Decompression bombs through real services: `python -m benchmarks.bombs [--callers N] [--json]`.

Each bomb is sent to the features and to the palette service, by so many callers at once; then a plain
picture. Resident memory of each service is watched meanwhile. Exit status 1 when a bomb is not refused or
takes a second, when memory grows by 300 MiB, or when the plain picture is not answered as before.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import grpc

from benchmarks.command_line import new_parser
from benchmarks.served import serving
from benchmarks.sums import MIB, most_resident
from cli.serving.process import ServiceProcess, resident_bytes
from lienzo.features.v1 import features_pb2, features_pb2_grpc
from lienzo.image.v1 import image_pb2, recognition_pb2
from lienzo.palette.v1 import palette_pb2, palette_pb2_grpc
from runtime.status import from_rpc_error
from tests.support.bombs import BOMBS
from tests.support.pictures import draw, jpeg

MOST_S, MOST_MIB = 1.0, 300.0
ANSWERED = "answered"
Ask = Callable[[bytes], Any]


@dataclass(frozen=True)
class Row:
    """What one bomb did to one service.

    Attributes:
        answer: Reason of the refusal, or that it was answered.
        peak_mib: Resident memory over that before.
        plain_ms: Time of the next plain picture.
    """

    bomb: str
    service: str
    file_kib: int
    answer: str
    seconds: float
    peak_mib: float
    plain_ms: float

    @property
    def is_kept(self) -> bool:
        """Whether the limits were kept."""
        return self.seconds < MOST_S and self.peak_mib < MOST_MIB and ANSWERED not in self.answer


def answer_to(ask: Ask, data: bytes) -> str:
    """Asks, and returns the reason of the refusal.

    Raises:
        SystemExit: When the refusal has no reason, or is a fault of the server.
    """
    try:
        ask(data)
    except grpc.RpcError as fault:
        error = from_rpc_error(fault)  # type: ignore[arg-type]
        if error is None or error.code is not grpc.StatusCode.INVALID_ARGUMENT:
            raise SystemExit(f"not a refusal: {fault}") from fault
        return error.reason
    return ANSWERED


def measured(service: str, process: ServiceProcess, ask: Ask, plain: bytes, callers: int) -> Iterator[Row]:
    """Sends every bomb, each followed by a plain picture."""
    expected = ask(plain)
    with ThreadPoolExecutor(callers) as pool:
        for name, make in BOMBS.items():
            data = make()
            before = resident_bytes(process.pid) / MIB
            with most_resident({service: process}, every_s=0.002) as most:
                began = time.perf_counter()
                answers = set(pool.map(lambda each: answer_to(ask, each), [data] * callers))
                seconds = time.perf_counter() - began
            began = time.perf_counter()
            if ask(plain) != expected:
                raise SystemExit(f"after {name} the {service} service answers a plain picture differently")
            plain_ms = 1e3 * (time.perf_counter() - began)
            peak = most[service] - before
            yield Row(name, service, len(data) >> 10, ", ".join(answers), seconds, peak, plain_ms)


def doors(stack: dict[str, ServiceProcess], model: str) -> Iterator[tuple[str, Ask]]:
    """Yields the services that decode pictures, each with a function that sends it one."""
    options = [("grpc.max_receive_message_length", 2**26)]
    wanted = recognition_pb2.ModelVersion(name=model)

    def features(data: bytes) -> bytes:
        request = features_pb2.ExtractFeaturesRequest(image=image_pb2.Image(data=data), model=wanted)
        return extractors.ExtractFeatures(request, timeout=120).features.SerializeToString()

    def palettes(data: bytes) -> bytes:
        request = palette_pb2.ExtractPaletteRequest(image=image_pb2.Image(data=data))
        return colors.ExtractPalette(request, timeout=120).palette.SerializeToString()

    with (
        grpc.insecure_channel(stack["features"].target, options) as first,
        grpc.insecure_channel(stack["palette"].target, options) as second,
    ):
        extractors = features_pb2_grpc.FeatureServiceStub(first)
        colors = palette_pb2_grpc.PaletteServiceStub(second)
        yield "features", features
        yield "palette", palettes


def main() -> None:
    """Prints a line for each bomb and service."""
    parser = new_parser(__doc__, prints_json=True)
    parser.add_argument("--callers", type=int, default=1, help="callers that send a bomb at once")
    options = parser.parse_args()
    plain = jpeg(draw("grid", 0, (640, 480)), 85)
    with serving() as (stack, _):
        rows = [
            row
            for service, ask in doors(stack, "patterns")
            for row in measured(service, stack[service], ask, plain, options.callers)
        ]
    show(rows, as_json=options.json)
    raise SystemExit(not all(row.is_kept for row in rows))


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    """Prints the rows."""
    if as_json:
        print(json.dumps([asdict(row) for row in rows]))
        return
    for row in rows:
        print(
            f"{row.service:9}{row.bomb:38}{row.file_kib:6} KiB {row.answer:20}{row.seconds:6.2f} s"
            f"{row.peak_mib:6.0f} MiB  then {row.plain_ms:4.0f} ms{'' if row.is_kept else '  TOO MUCH'}"
        )


if __name__ == "__main__":
    main()
