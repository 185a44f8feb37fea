"""`lienzo export MODEL --to coreml`: writes a package for the phone if it answers as the server does."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bundle import layout
from bundle.manifest import Manifest
from export.description import entries_of, summary_of
from export.parity.answers import Parity
from export.parity.questions import questions
from export.parity.reference import Reference, read_reference
from export.parity.resampling import Agreement, measure_agreement
from export.parity.section import parity_files
from export.phone.parity import MAX_DIFFERENCE, check_package, wide_values
from export.pipeline import Pipeline
from export.update import replace_folder, update_bundle
from lienzo_coreml import ImageInput, Metadata, convert, load_model
from lienzo_coreml.names import LABEL, PROBABILITIES
from lienzo_coreml.storage import check_name, save_package
from vision.graph import FeatureGraph
from vision.ports import IMAGE

PREVIEW_KEY = "com.apple.coreml.model.preview.type"


@dataclass(frozen=True)
class PackageOptions:
    """How the package is written.

    Attributes:
        precision: `fp32` or `fp16`.
        quantize: `int8`, `palette8`, or None.
        minimum_target: Oldest system that runs it.
        max_rows: Greatest number of descriptors that it takes.
        author: Who made the model.
        license: Terms of use.
    """

    precision: Literal["fp32", "fp16"] = "fp32"
    quantize: Literal["int8", "palette8"] | None = None
    minimum_target: str = "iOS16"
    max_rows: int = 2000
    author: str = ""
    license: str = ""

    @property
    def tolerance(self) -> float:
        """Largest allowed difference of a probability from onnxruntime's."""
        return MAX_DIFFERENCE["fp16" if self.quantize else self.precision]


@dataclass(frozen=True)
class ExportedPackage:
    """A written package.

    Attributes:
        path: Its folder.
        size_bytes: Size of all its files.
        parity: The comparison of its answers.
        resampling: Agreement by way of scaling; empty where it was not measured.
    """

    path: Path
    size_bytes: int
    parity: Parity
    resampling: tuple[Agreement, ...] = ()


def export_package(
    pipeline: Pipeline,
    samples: Iterable[tuple[str, NDArray[np.uint8]]],
    options: PackageOptions | None = None,
    output: Path | None = None,
    reference: Reference | None = None,
    photos: Iterable[NDArray[np.uint8]] = (),
) -> ExportedPackage:
    """Writes the Core ML package of a bundle, after comparing it on every sample and every golden file.

    Args:
        pipeline: The bundle, from `read_pipeline`.
        samples: Pictures by name, uint8 RGB, to compare all run times on.
        options: How to write it.
        output: Destination; by default the bundle itself, and its manifest then lists the package's files and
            its report has the comparison.
        reference: scikit-learn's answers; by default those in the bundle.
        photos: Pictures, uint8 RGB, larger than the square of an image-in model, to measure how much its
            answers depend on the phone's scaling.

    Raises:
        CoreMLError: When the model cannot be converted, or the output has another ending than .mlpackage.
        ParityError: When an answer differs by more than the limit; nothing is written.
    """
    chosen = options or PackageOptions()
    answers = reference or read_reference(pipeline.folder)
    target = output or pipeline.folder / layout.PACKAGE
    check_name(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".package-", dir=target.parent) as folder:
        written = Path(folder) / layout.PACKAGE
        asked = questions(pipeline, samples)
        wide: frozenset[str] = frozenset()
        if chosen.precision == "fp16":
            kept = list(asked)
            full = replace(chosen, precision="fp32", quantize=None)
            save_package(convert_pipeline(pipeline, full), written)
            wide, asked = wide_values(pipeline, load_model(written), kept), iter(kept)
        save_package(convert_pipeline(pipeline, chosen, wide), written)
        parity = check_package(pipeline, load_model(written), asked, chosen.tolerance, answers)
        resampling = _resampling(pipeline, photos)
        size = sum(file.stat().st_size for file in written.rglob("*") if file.is_file())
        exported = ExportedPackage(target, size, parity, resampling)
        if output is None:
            report = _report(pipeline, exported)
            update_bundle(pipeline.folder, pipeline.manifest, report, {layout.PACKAGE: written})
        else:
            replace_folder(written, output)
    return exported


def _report(pipeline: Pipeline, exported: ExportedPackage) -> dict[str, bytes]:
    if layout.PAGE not in pipeline.manifest.files:
        return {}
    return parity_files((pipeline.folder / layout.PAGE).read_bytes(), exported.parity, exported.resampling)


def _resampling(pipeline: Pipeline, photos: Iterable[NDArray[np.uint8]]) -> tuple[Agreement, ...]:
    """Measures with onnxruntime, since the package has just been shown to answer the same."""
    if not isinstance(pipeline.extractor, FeatureGraph) or pipeline.extractor.is_centred:
        return ()
    return measure_agreement(
        lambda square: pipeline.probabilities(pipeline.descriptors(square)),
        pipeline.extractor.side_px,
        pipeline.manifest.threshold,
        photos,
    )


def convert_pipeline(pipeline: Pipeline, options: PackageOptions, wide: Collection[str] = ()) -> Any:
    """Converts a bundle to a Core ML model: image-in where features are a graph, else descriptors-in.

    Args:
        pipeline: The bundle.
        options: How to write it.
        wide: Names of values that stay in fp32 when the rest is fp16.
    """
    pictures = isinstance(pipeline.extractor, FeatureGraph)
    return convert(
        pipeline.graph(),
        labels=list(pipeline.manifest.labels),
        image_input=ImageInput(IMAGE) if pictures else None,
        precision=options.precision,
        quantize=options.quantize,
        minimum_target=options.minimum_target,
        max_rows=options.max_rows,
        metadata=_metadata(pipeline, options),
        wide=wide,
    )


def _metadata(pipeline: Pipeline, options: PackageOptions) -> Metadata:
    manifest, extractor = pipeline.manifest, pipeline.extractor
    entries = entries_of(manifest, extractor, pipeline.meanings)
    if isinstance(extractor, FeatureGraph):
        side = extractor.side_px
        entries[PREVIEW_KEY] = "imageClassifier"
        fit = "cropped to the centre, at" if extractor.is_centred else "stretched to"
        vision = "centerCrop" if extractor.is_centred else "scaleFill"
        inputs = {IMAGE: f"Upright picture, RGB, {fit} {side}×{side} pixels (Vision: {vision})."}
    else:
        name = pipeline.classifier.graph.input[0].name
        text = (
            f"Descriptors of {manifest.extractor.name}, one per row, float32, 1 to {options.max_rows} rows "
            f"of {manifest.dimension}. Without any rows, answer: not recognised."
        )
        if manifest.vector:
            text = (
                f"Features of {manifest.extractor.name}, float32, {manifest.vector_rows + 1} to "
                f"{options.max_rows} rows of {manifest.dimension}. The first {manifest.vector_rows} hold the "
                f"{manifest.vector} elements of the vector, then zeros; each further row a descriptor. "
                "Without any descriptor, answer: not recognised."
            )
        if _has_positions(manifest):
            text += (
                " A row ends in its keypoint's position: 256ths of the picture's width, then of its height."
            )
        inputs = {name: text}
        entries["lienzo.input.max_rows"] = str(options.max_rows)
    return Metadata(
        description=summary_of(manifest),
        author=options.author,
        license=options.license,
        version=str(manifest.version),
        features={
            **inputs,
            LABEL: "The most probable label.",
            PROBABILITIES: "Calibrated probability of every label; they sum to 1.",
        },
        entries=entries,
    )


def _has_positions(manifest: Manifest) -> bool:
    parameters = manifest.extractor.parameters.items()
    return any(name.rpartition(".")[2] == "places" and value == "append" for name, value in parameters)
