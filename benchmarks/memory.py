"""Resident memory of every process after many requests: `python -m benchmarks.memory`.

Pictures of one megapixel go through the gateway, several at a time, as calls, in a stream and over HTTP.
"""

from __future__ import annotations

import itertools
import json
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from benchmarks.command_line import new_parser
from benchmarks.served import serving
from cli.serving.process import ServiceProcess, resident_bytes
from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from lienzo.image.v1 import image_pb2, recognition_pb2
from services.table import GATEWAY, SERVICES
from tests.support.pictures import LABELS, draw, jpeg

LIMITS_MIB = {name: 90 if name == GATEWAY.name else 300 for name in SERVICES}
MEGAPIXEL = (1152, 864)
CALLERS = 8


def ask(stack: dict[str, ServiceProcess], model: str, pictures: Sequence[bytes], count: int) -> None:
    """Sends so many requests: half as calls, a quarter in one stream, a quarter over HTTP.

    Where there is a palette service, the calls ask for the palette too.
    """
    url = f"{stack['gateway'].url}/v1/classify?model={model}"
    wanted = recognition_pb2.ModelVersion(name=model)
    images = [image_pb2.Image(data=data) for data in pictures]

    def post(data: bytes) -> None:
        with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
            answer.read()

    def items() -> Iterator[gateway_pb2.StreamClassifyImagesRequest]:
        for number, image in enumerate(itertools.islice(itertools.cycle(images), count // 4)):
            request = gateway_pb2.ClassifyImageRequest(image=image, model=wanted)
            yield gateway_pb2.StreamClassifyImagesRequest(request_id=str(number), request=request)

    with ThreadPoolExecutor(CALLERS) as pool, grpc.insecure_channel(stack["gateway"].target) as channel:
        stub = gateway_pb2_grpc.GatewayServiceStub(channel)

        def call(image: image_pb2.Image) -> None:
            if "palette" in stack:
                stub.AnalyzeImage(gateway_pb2.AnalyzeImageRequest(image=image, model=wanted))
            else:
                stub.ClassifyImage(gateway_pb2.ClassifyImageRequest(image=image, model=wanted))

        list(pool.map(call, itertools.islice(itertools.cycle(images), count // 2)))
        for answer in stub.StreamClassifyImages(items()):
            if answer.HasField("error"):
                raise SystemExit(f"a picture was refused: {answer.error.message}")
        list(pool.map(post, itertools.islice(itertools.cycle(pictures), count // 4)))


def main() -> None:
    """Prints MiB by process, as JSON with `--json`; exit status 1 when one is over its limit."""
    parser = new_parser(__doc__, prints_json=True)
    parser.add_argument("--models", type=Path, help="model repository; a tiny model is made when not given")
    parser.add_argument("--model", default="patterns", help="name of the model")
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()
    pictures = [jpeg(draw(label, seed, MEGAPIXEL), 85) for label in LABELS for seed in range(4)]
    with serving(options.models, options.model) as (stack, _):
        before = {name: resident_bytes(process.pid) / 2**20 for name, process in stack.items()}
        ask(stack, options.model, pictures, options.requests)
        after = {name: resident_bytes(process.pid) / 2**20 for name, process in stack.items()}
    if options.json:
        print(json.dumps({"before_mib": before, "after_mib": after, "requests": options.requests}))
    else:
        for name in sorted(after):
            limit = LIMITS_MIB[name]
            print(f"{name:<16}{before[name]:6.0f} MiB at start {after[name]:6.0f} MiB after (≤ {limit})")
    raise SystemExit(any(mib > LIMITS_MIB[name] for name, mib in after.items()))


if __name__ == "__main__":
    main()
