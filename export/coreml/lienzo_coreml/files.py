"""Converts a file to a package beside it, as the flags of the command say, and compares the two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lienzo_coreml.comparison import Comparison, compare_package
from lienzo_coreml.conversion import Options, convert
from lienzo_coreml.endings import Softmax, with_softmax
from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.flags import check_outputs, fixed_sizes, labels_of
from lienzo_coreml.interface import ImageInput
from lienzo_coreml.metadata import Metadata
from lienzo_coreml.pictures import Color, image_input
from lienzo_coreml.source import read_onnx
from lienzo_coreml.storage import check_name, save_package


@dataclass(frozen=True)
class ConvertedFile:
    """A written package.

    Attributes:
        path: Its folder.
        comparison: What it was compared on.
        softmax: Whether a softmax was appended.
    """

    path: Path
    comparison: Comparison
    softmax: bool

    def lines(self) -> Iterator[str]:
        """Says for people what was done besides converting."""
        if self.softmax:
            yield "the model ends in scores: a softmax was appended (--softmax no leaves it out)"
        yield from self.comparison.lines()

    def to_json(self) -> dict[str, Any]:
        """Says it for machines."""
        return {"path": str(self.path), "softmax_appended": self.softmax, "compared": vars(self.comparison)}


def convert_file(
    file: Path,
    output: Path | None = None,
    *,
    image: str = "",
    normalise: str | None = None,
    scale: str = "1",
    bias: str = "0",
    color: Color = "rgb",
    size: str = "",
    labels: Path | None = None,
    softmax: Softmax = "auto",
    outputs: Sequence[str] = (),
    fix: Sequence[str] = (),
    max_rows: int = 2000,
    precision: Literal["fp32", "fp16"] = "fp32",
    quantize: Literal["int8", "palette8"] | None = None,
    target: str = "iOS16",
    author: str = "",
    license: str = "",
    description: str = "",
    version: str = "",
) -> ConvertedFile:
    """Converts a file as the flags of the command say, compares, and writes the package.

    Raises:
        CoreMLError: When the model or the labels cannot be read, a flag does not fit, or the package
            answers otherwise; nothing is written then.
        OSError: When the package cannot be written.
    """
    path = output or file.with_suffix(".mlpackage")
    check_name(path)
    check_outputs(outputs)
    names = labels_of(labels) if labels else None
    model, kept, appended = with_softmax(
        read_onnx(file), outputs or None, softmax, labelled=names is not None
    )
    options = Options(
        labels=names,
        image_input=_image(image, color, normalise, scale, bias, size),
        precision=precision,
        quantize=quantize,
        minimum_target=target,
        metadata=Metadata(description=description, author=author, license=license, version=version),
        max_rows=max_rows,
        dimensions=fixed_sizes(fix, model),
        outputs=kept,
    )
    made: list[Comparison] = []
    save_package(
        convert(model, options),
        path,
        check=lambda written: made.append(compare_package(model, written, options)),
    )
    return ConvertedFile(path, made[0], appended)


def _image(
    name: str, color: Color, normalise: str | None, scale: str, bias: str, size: str
) -> ImageInput | None:
    if name:
        return image_input(name, color, normalise, scale, bias, size)
    if (color, normalise, scale, bias, size) != ("rgb", None, "1", "0", ""):
        raise UnsupportedModel("--normalise, --scale, --bias, --color and --size need --image INPUT")
    return None
