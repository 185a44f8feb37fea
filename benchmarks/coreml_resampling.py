"""Whether an image-in model hangs on how a photo becomes its square.

`python -m benchmarks.coreml_resampling BUNDLE DIR` asks a bundle about the pictures of a folder, each scaled
to the size of the model by every resampler, and once cropped to the centre, and prints how often the answer
is the one that the server gives (stretched, by area). `lienzo export … --parity DIR` tells it too.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.command_line import new_parser
from export.parity.resampling import measure_agreement
from export.parity.samples import pictures_of
from export.pipeline import read_pipeline
from vision.graph import FeatureGraph


def main() -> int:
    parser = new_parser(__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path, help="of pictures")
    parser.add_argument("--count", type=int, default=100, help="of pictures at most")
    arguments = parser.parse_args()
    pipeline = read_pipeline(arguments.bundle)
    if not isinstance(pipeline.extractor, FeatureGraph):
        print(f"{arguments.bundle}: takes descriptors, not pictures", file=sys.stderr)
        return 2
    photos = (pixels for _, pixels in pictures_of(arguments.folder, 1024, arguments.count))
    found = measure_agreement(
        lambda square: pipeline.probabilities(pipeline.descriptors(square)),
        pipeline.extractor.side_px,
        pipeline.manifest.threshold,
        photos,
    )
    for each in found:
        print(
            f"{each.way:36} {each.same_label:7.2%} same label  {each.same_answer:7.2%} same answer  "
            f"({each.pictures} pictures)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
