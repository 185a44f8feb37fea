"""What the way through the gateway costs, against the same functions called in one process.

`python -m benchmarks.gateway_overhead [--models DIR --model NAME]`. Both sides take turns in one run on one
machine, so that the ratios hold whatever else the machine does.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import grpc

from benchmarks.command_line import new_parser, print_figures
from benchmarks.served import serving
from bundle.folder import read_bundle
from bundle.repository import find_bundle
from cli.serving.process import ServiceProcess
from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from lienzo.image.v1 import image_pb2, recognition_pb2
from runtime.configuration.processors import usable_processors
from services.classification.classifier import load_classifier
from services.classification.convert import DEFAULT_TOP_K, to_recognition
from services.features.extraction import load_extractor
from tests.support.pictures import LABELS, draw, jpeg
from vision.picture import PictureLimits, decode

Classify = Callable[[bytes], str]

MEGAPIXEL = (1152, 864)


def in_process(models: Path, model: str) -> Classify:
    """The functions that the services call, one after the other, without any message."""
    folder = find_bundle(models, model)
    manifest = read_bundle(folder)
    extractor, classifier = load_extractor(manifest, folder).extractor, load_classifier(manifest, folder)
    limits = PictureLimits()

    def classify(data: bytes) -> str:
        picture = decode(data, limits, extractor.max_side_px)
        descriptors = extractor.extract(picture.pixels).rows
        found = classifier.recognize(descriptors.astype("float32"), manifest.threshold, DEFAULT_TOP_K)
        return to_recognition(found, manifest).labels[0].label

    return classify


def through_gateway(gateway: ServiceProcess, model: str) -> Classify:
    """The same question over gRPC; one channel, as one app has."""
    channel = grpc.insecure_channel(gateway.target, [("grpc.max_receive_message_length", 2**26)])
    stub = gateway_pb2_grpc.GatewayServiceStub(channel)
    wanted = recognition_pb2.ModelVersion(name=model)

    def classify(data: bytes) -> str:
        request = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=data), model=wanted)
        return str(stub.ClassifyImage(request, timeout=30).recognition.labels[0].label)

    return classify


def throughput(classify: Classify, pictures: Sequence[bytes], count: int, callers: int) -> float:
    """Answers per second with so many callers at a time."""
    work = list(itertools.islice(itertools.cycle(pictures), count))
    with ThreadPoolExecutor(callers) as pool:
        start = time.perf_counter()
        list(pool.map(classify, work))
        return count / (time.perf_counter() - start)


def milliseconds(classify: Classify, data: bytes) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    classify(data)
    return (time.perf_counter() - start) * 1e3


def measured(local: Classify, remote: Classify, options: argparse.Namespace) -> dict[str, float]:
    """Both sides in turns; medians over the rounds."""
    pictures = [jpeg(draw(label, seed, MEGAPIXEL), 85) for label in LABELS for seed in range(4)]
    for data in pictures:
        if local(data) != remote(data):
            raise SystemExit("the two ways answer differently")
    rates = [
        (
            throughput(local, pictures, options.calls, options.workers),
            throughput(remote, pictures, options.calls, options.callers),
        )
        for _ in range(options.rounds)
    ]
    times = [
        (milliseconds(local, data), milliseconds(remote, data))
        for data in itertools.islice(itertools.cycle(pictures), options.latency_calls)
    ]
    return {
        "in_process_per_second": statistics.median(rate for rate, _ in rates),
        "gateway_per_second": statistics.median(rate for _, rate in rates),
        "throughput_ratio": statistics.median(remote / local for local, remote in rates),
        "in_process_median_ms": statistics.median(each for each, _ in times),
        "gateway_median_ms": statistics.median(each for _, each in times),
        "added_median_ms": statistics.median(remote - local for local, remote in times),
        "picture_bytes": statistics.mean(map(len, pictures)),
    }


def main() -> None:
    """Prints the figures, as JSON with `--json`."""
    parser = new_parser(__doc__, prints_json=True)
    parser.add_argument("--models", type=Path, help="model repository; a tiny model is made when not given")
    parser.add_argument("--model", default="patterns", help="name of the model")
    parser.add_argument("--workers", type=int, default=usable_processors(), help="of each side")
    parser.add_argument("--callers", type=int, default=0, help="at the gateway; 0: twice the workers")
    parser.add_argument("--calls", type=int, default=200, help="in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--latency-calls", type=int, default=150)
    options = parser.parse_args()
    options.callers = options.callers or 2 * options.workers
    cv2.setNumThreads(1)
    workers = ("--workers", str(options.workers))
    with serving(options.models, options.model, backend_flags=workers) as (stack, models):
        remote = through_gateway(stack["gateway"], options.model)
        figures = measured(in_process(models, options.model), remote, options)
    print_figures(figures, as_json=options.json)


if __name__ == "__main__":
    main()
