"""`lienzo export MODEL --to coreml`: a package for the phone, written if it answers as the server does."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bundle.manifest import MANIFEST_NAME, Manifest
from export.coreml.convert import convert
from export.coreml.interface import ImageInput
from export.coreml.interpreter import load_model
from export.coreml.metadata import Metadata
from export.coreml.parity import MAX_DIFFERENCE, Parity, Reference, check_parity, wide_values
from export.coreml.pipeline import Pipeline, read_pipeline
from export.coreml.storage import save_package
from vision.graph import FeatureGraph

PACKAGE = "model.mlpackage"
PREVIEW_KEY = "com.apple.coreml.model.preview.type"


@dataclass(frozen=True)
class PackageOptions:
    """How the package is written.

    Attributes:
        precision: `fp32` or `fp16`.
        quantize: `int8`, `palette8`, or None.
        minimum_target: Oldest system that runs it.
        max_rows: Most descriptors that it takes.
        author: Who made the model.
        license: Under which terms it may be used.
    """

    precision: Literal["fp32", "fp16"] = "fp32"
    quantize: Literal["int8", "palette8"] | None = None
    minimum_target: str = "iOS16"
    max_rows: int = 2000
    author: str = ""
    license: str = ""

    @property
    def tolerance(self) -> float:
        """How far a probability may be from onnxruntime's."""
        return MAX_DIFFERENCE["fp16" if self.quantize else self.precision]


@dataclass(frozen=True)
class ExportedPackage:
    """A package that was written.

    Attributes:
        path: Its folder.
        size_bytes: Of all its files.
        parity: How it was compared.
    """

    path: Path
    size_bytes: int
    parity: Parity


def export_package(
    bundle: Path,
    samples: Iterable[tuple[str, NDArray[np.uint8]]],
    options: PackageOptions | None = None,
    output: Path | None = None,
    reference: Reference | None = None,
) -> ExportedPackage:
    """Writes the Core ML package of a bundle, after asking it about every sample.

    Args:
        bundle: The bundle's folder.
        samples: Pictures by name, uint8 RGB, that both run times are asked about.
        options: How to write it.
        output: Where to; by default into the bundle, whose manifest then names the package's files.
        reference: The fitted model in scikit-learn, where it is at hand.

    Raises:
        BundleError: When the bundle is damaged.
        CoreMLError: When the model cannot be converted.
        ParityError: When an answer differs; nothing is written.
    """
    chosen = options or PackageOptions()
    pipeline = read_pipeline(bundle)
    target = output or bundle / PACKAGE
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".package-", dir=target.parent) as folder:
        written = Path(folder) / PACKAGE
        if chosen.precision == "fp16":
            kept = list(samples)
            save_package(
                convert_pipeline(pipeline, replace(chosen, precision="fp32", quantize=None)), written
            )
            wide, samples = wide_values(pipeline, load_model(written), kept), kept
        else:
            wide = frozenset()
        save_package(convert_pipeline(pipeline, chosen, wide), written)
        parity = check_parity(pipeline, load_model(written), samples, chosen.tolerance, reference)
        size = sum(file.stat().st_size for file in written.rglob("*") if file.is_file())
        if output is None:
            _publish(bundle, pipeline.manifest, written)
        else:
            _replace(written, output)
    return ExportedPackage(target, size, parity)


def convert_pipeline(pipeline: Pipeline, options: PackageOptions, wide: Collection[str] = ()) -> Any:
    """The Core ML model of a bundle: image-in where features are a graph, else descriptors-in.

    Args:
        pipeline: The bundle.
        options: How to write it.
        wide: Names of values that stay in fp32 when the rest is halved.
    """
    pictures = isinstance(pipeline.extractor, FeatureGraph)
    return convert(
        pipeline.graph(),
        labels=list(pipeline.manifest.labels),
        image_input=ImageInput("image") if pictures else None,
        precision=options.precision,
        quantize=options.quantize,
        minimum_target=options.minimum_target,
        max_rows=options.max_rows,
        metadata=_metadata(pipeline, options),
        wide=wide,
    )


def _metadata(pipeline: Pipeline, options: PackageOptions) -> Metadata:
    manifest, extractor = pipeline.manifest, pipeline.extractor
    entries = {
        "lienzo.model": manifest.name,
        "lienzo.version": str(manifest.version),
        "lienzo.threshold": f"{manifest.threshold:.6g}",
        "lienzo.extractor": manifest.extractor.name,
    }
    if isinstance(extractor, FeatureGraph):
        side = extractor.side_px
        entries |= {
            PREVIEW_KEY: "imageClassifier",
            "lienzo.input.size_px": f"{side}x{side}",
            "lienzo.input.color": "RGB, sRGB",
            "lienzo.input.scale": "0 to 255; the model scales inside",
            "lienzo.input.crop": "scaleFill: the whole picture stretched to the square",
        }
        inputs = {"image": f"Upright picture, RGB, stretched to {side}×{side} pixels (Vision: scaleFill)."}
    else:
        name = pipeline.classifier.graph.input[0].name
        text = (
            f"Descriptors of {manifest.extractor.name}, one per row, float32, 1 to {options.max_rows} rows "
            f"of {manifest.dimension}. Without any, answer that nothing was recognised."
        )
        if manifest.extractor.parameters.get("places") == "append":
            text += " A row ends in the keypoint's place: 256ths of the picture's width, then of its height."
        inputs = {name: text}
        entries["lienzo.input.max_rows"] = str(options.max_rows)
    return Metadata(
        description=f"{manifest.name}: tells {len(manifest.labels)} labels apart. Under a probability of "
        f"{manifest.threshold:.2f} nothing was recognised.",
        author=options.author,
        license=options.license,
        version=str(manifest.version),
        features={
            **inputs,
            "label": "The likeliest label.",
            "probabilities": "Calibrated probability of every label; they sum to 1.",
        },
        entries=entries,
    )


def _publish(bundle: Path, manifest: Manifest, written: Path) -> None:
    """Puts a package into its bundle. At every moment all digests of the manifest match."""
    others = {path: digest for path, digest in manifest.files.items() if not path.startswith(f"{PACKAGE}/")}
    if others != manifest.files:
        _write_manifest(bundle, manifest.model_copy(update={"files": others}))
    _replace(written, bundle / PACKAGE)
    files = {
        str(file.relative_to(bundle)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (bundle / PACKAGE).rglob("*")
        if file.is_file()
    }
    _write_manifest(bundle, manifest.model_copy(update={"files": dict(sorted({**others, **files}.items()))}))


def _replace(written: Path, target: Path) -> None:
    if target.exists():
        target.rename(written.parent / "old")
    written.rename(target)


def _write_manifest(bundle: Path, manifest: Manifest) -> None:
    with tempfile.NamedTemporaryFile("w", dir=bundle, prefix=".manifest-", delete=False) as stream:
        stream.write(manifest.to_json())
        stream.flush()
        os.fsync(stream.fileno())
    Path(stream.name).chmod(0o644)
    Path(stream.name).replace(bundle / MANIFEST_NAME)
