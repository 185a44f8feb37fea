"""A network of the shape of ResNet-50, imported and served, against onnxruntime alone with the same threads.

`python -m benchmarks.imported_throughput [--threads N] [--pictures N] [--rounds N]`. Both take turns, so that
the ratio holds whatever else the machine does. The services decode JPEG pictures of one megapixel;
onnxruntime gets tensors. The weights are random: they make no difference to the time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx

from benchmarks.gateway_overhead import MEGAPIXEL, through_gateway, throughput
from cli.serving.launcher import running_services
from export.imported.bundle import ImportedBundle, write_imported
from export.imported.preprocessing import preprocessing_of
from export.imported.understanding import understand
from runtime.configuration.processors import usable_processors
from tests.support.imported import Network, save_model
from tests.support.pictures import LABELS, draw, jpeg
from vision.inference import open_session

CLASSES = 1000
STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
"""Width, number of blocks and first stride of each stage (He et al., CVPR 2016, table 1)."""


def resnet_50() -> onnx.ModelProto:
    """Fifty layers of bottleneck blocks, to a thousand scores."""
    made = Network()
    value = made.convolved("picture", 3, 64, size=7, stride=2)
    value = made.add("MaxPool", made.add("Relu", value), kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for width, blocks, first in STAGES:
        for number in range(blocks):
            stride = first if number == 0 else 1
            inner = made.add("Relu", made.convolved(value, channels, width, size=1))
            inner = made.add("Relu", made.convolved(inner, width, width, size=3, stride=stride))
            inner = made.convolved(inner, width, 4 * width, size=1)
            shortcut = value if number else made.convolved(value, channels, 4 * width, size=1, stride=stride)
            # Halved, so that random weights do not let the numbers grow from block to block.
            half = made.add("Mul", made.add("Add", inner, shortcut), made.constant(np.array(0.5, np.float32)))
            value, channels = made.add("Relu", half), 4 * width
    scores = made.dense(made.pooled(value), channels, CLASSES)
    return made.model({scores: ["batch", CLASSES]}, ["batch", 3, 224, 224])


def bare(file: Path, threads: int) -> Callable[[bytes], str]:
    """Runs the model on one tensor, a session of one thread for each of several callers."""
    session = open_session(str(file))
    planes = np.random.default_rng(0).normal(size=(1, 3, 224, 224)).astype(np.float32)

    def classify(data: bytes) -> str:
        return str(int(session.run(None, {"picture": planes})[0].argmax()))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(classify, [b""] * threads))
    return classify


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--threads", type=int, default=usable_processors(), help="of each side")
    parser.add_argument("--pictures", type=int, default=40, help="in a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, preprocessing = Path(scratch), preprocessing_of("imagenet")
        file = save_model(resnet_50(), folder, "resnet50")
        begun = time.perf_counter()
        model = understand(file, preprocessing)
        labels = tuple(f"class {number}" for number in range(CLASSES))
        bundle = ImportedBundle(file, model, preprocessing, labels)
        write_imported(bundle, folder / "models", "resnet50", datetime.now(UTC))
        imported = time.perf_counter() - begun
        pictures = [jpeg(draw(label, seed, MEGAPIXEL), 85) for label in LABELS for seed in range(2)]
        workers = ("--workers", str(options.threads))
        with running_services(folders={"models": folder / "models"}, backend_flags=workers) as stack:
            alone, served = bare(file, options.threads), through_gateway(stack["gateway"], "resnet50")
            throughput(served, pictures, 2 * options.threads, 2 * options.threads)
            rates = [
                (
                    throughput(alone, pictures, options.pictures, options.threads),
                    throughput(served, pictures, options.pictures, 2 * options.threads),
                )
                for _ in range(options.rounds)
            ]
    figures = {
        "threads": options.threads,
        "million_weights": model.parameters / 1e6,
        "import_seconds": imported,
        "milliseconds": model.milliseconds,
        "onnxruntime_per_second": statistics.median(rate for rate, _ in rates),
        "services_per_second": statistics.median(rate for _, rate in rates),
        "ratio": statistics.median(ours / theirs for theirs, ours in rates),
    }
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
