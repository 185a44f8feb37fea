"""Writes models as Core ML packages."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Literal

from lienzo_notebook.models import Model
from lienzo_notebook.pictures import PictureLike, each_picture, read_picture


def to_coreml(
    model: Model,
    output: str | PathLike[str] | None = None,
    *,
    precision: Literal["fp32", "fp16"] = "fp32",
    pictures: Iterable[PictureLike] = (),
) -> Path:
    """Converts a model to a Core ML package, after comparing its answers with the server's.

    Args:
        model: The model. Where OpenCV extracts, the package takes descriptors; where a graph does, pictures.
        output: Folder whose name ends in .mlpackage; by default inside the bundle.
        precision: Precision of weights and intermediate values.
        pictures: Pictures to compare the answers on, beside blank, noisy and tiny ones.

    Returns:
        The package's folder.

    Raises:
        lienzo_coreml.errors.CoreMLError: When the model cannot be converted.
        export.parity.answers.ParityError: When an answer differs too much; nothing is written.
    """
    from export.parity.samples import edge_pictures
    from export.phone.package import PackageOptions, export_package
    from export.pipeline import read_pipeline

    pipeline = read_pipeline(model.recognizer.folder)
    given = (
        (f"picture {number}", read_picture(each, pipeline.extractor.max_side_px))
        for number, each in enumerate(each_picture(pictures))
    )
    target = Path(output) if output is not None else None
    options = PackageOptions(precision)
    return export_package(pipeline, chain(given, edge_pictures()), options, target).path
