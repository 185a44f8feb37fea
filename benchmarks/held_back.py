"""Many long streams through one gateway, with single calls beside them: what is lost, and who waits how long.

`python -m benchmarks.held_back [--streams N] [--pictures N] [--json]`. The streams have far more pictures on
the way than the services have room for, so that flow control must hold their senders back.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc

from benchmarks.command_line import new_parser, print_figures
from benchmarks.served import serving
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2
from tests.support.pictures import draw, jpeg

SMALL = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=jpeg(draw("grid", 1, (160, 120)))))


def answered(target: str, count: int) -> Counter[str]:
    """Sends one stream over a connection of its own; how often each reason came, empty for an answer."""

    def items() -> Iterator[gateway_pb2.StreamClassifyImagesRequest]:
        for number in range(count):
            yield gateway_pb2.StreamClassifyImagesRequest(request_id=str(number), request=SMALL)

    with grpc.insecure_channel(target, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        answers = list(GatewayServiceStub(channel).StreamClassifyImages(items()))
    if len({each.request_id for each in answers}) != len(answers):
        raise SystemExit("a picture was answered twice")
    return Counter(each.error.reason for each in answers)


def single_calls(target: str, done: threading.Event) -> list[float]:
    """Seconds of each single call until the streams are done; a refused one ends the program."""
    spent = []
    with grpc.insecure_channel(target, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        stub = GatewayServiceStub(channel)
        while not done.is_set():
            began = time.perf_counter()
            stub.ClassifyImage(SMALL, timeout=60)
            spent.append(time.perf_counter() - began)
    return spent


def main() -> None:
    """Prints the figures, as JSON with `--json`; ends with status 1 when a picture was lost."""
    parser = new_parser(__doc__, prints_json=True)
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--pictures", type=int, default=1000, help="in each stream")
    options = parser.parse_args()
    done, total = threading.Event(), options.streams * options.pictures
    with (
        ThreadPoolExecutor(options.streams + 1) as pool,
        serving(backends=("features", "classification")) as (stack, _),
    ):
        target, began = stack["gateway"].target, time.perf_counter()
        single = pool.submit(single_calls, target, done)
        streams = [pool.submit(answered, target, options.pictures) for _ in range(options.streams)]
        try:
            reasons = sum((each.result() for each in streams), Counter[str]())
        finally:
            done.set()
        seconds, spent = time.perf_counter() - began, sorted(single.result())
    figures = {
        "pictures": total,
        "lost": total - reasons[""],
        "per_second": total / seconds,
        "single_calls": len(spent),
        "single_median_ms": statistics.median(spent) * 1e3,
        "single_worst_ms": spent[-1] * 1e3,
    }
    print_figures(figures, as_json=options.json)
    if figures["lost"]:
        raise SystemExit(f"lost: {dict(reasons)}")


if __name__ == "__main__":
    main()
