"""How long a bundle whose extractor is a graph takes from decoded pixels to probabilities, on one core.

    lienzo train ../shared/data/artworks19 --recipe ondevice --name ondevice --models /tmp/models
    python -m benchmarks.ondevice_speed /tmp/models/ondevice/1 ../shared/data/artworks19

Every stage is timed on its own; the clock is that of this thread's work, so that neighbours do not count.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from bundle import layout
from bundle.folder import read_bundle
from vision.graph import FeatureGraph
from vision.picture import decode
from vision.ports import PROBABILITIES

STAGES = ("stretch", "features", "classifier", "whole")


def session_of(file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def timed(bundle: Path, pictures: list[Path], rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each stage over all pictures and rounds, after one round to warm up."""
    read_bundle(bundle)
    features = FeatureGraph.load((bundle / layout.FEATURES).read_bytes())
    classifier = session_of(bundle / layout.CLASSIFIER)
    name = classifier.get_inputs()[0].name
    decoded = [decode(each.read_bytes(), max_side_px=features.max_side_px).pixels for each in pictures]
    samples = []
    for _ in range(rounds + 1):
        for pixels in decoded:
            marks = [time.thread_time()]
            features.fitted(pixels)
            marks.append(time.thread_time())
            rows = features.extract(pixels).rows
            marks.append(time.thread_time())
            classifier.run([PROBABILITIES], {name: rows.astype(np.float32)})
            marks.append(time.thread_time())
            stretch, both, classify = np.diff(marks)
            # `extract` stretches too: once is enough.
            samples.append([stretch, both - stretch, classify, both + classify])
    milliseconds = 1000 * np.array(samples[len(decoded) :])
    return {
        stage: {
            "median_ms": float(np.median(column)),
            "p95_ms": float(np.percentile(column, 95)),
        }
        for stage, column in zip(STAGES, milliseconds.T, strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("pictures", type=Path, help="folder with pictures, at any depth")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    found = sorted(each for each in arguments.pictures.rglob("*") if each.suffix.lower() in (".jpg", ".png"))
    chosen = found[:: max(1, len(found) // arguments.count)][: arguments.count]
    print(json.dumps(timed(arguments.bundle, chosen, arguments.rounds), indent=2))


if __name__ == "__main__":
    main()
