"""`lienzo onnx2coreml`: converts any ONNX model to a Core ML package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.errors import CliError, ended
from cli.options import AsJson, OldestSystem, Precision, Quantize
from cli.output.console import answers, print_json, say, working
from lienzo_coreml.errors import CoreMLError, CoremltoolsMissing
from lienzo_coreml.flags import MOST_ROWS
from lienzo_coreml.loading import load_coremltools

FileArgument = Annotated[
    Path | None, typer.Argument(metavar="FILE.onnx", show_default=False, help="The model to convert.")
]
OutputOption = Annotated[Path | None, typer.Option("--output", help="By default beside FILE.onnx.")]
SupportedOption = Annotated[
    bool, typer.Option("--supported", help="List the operators that can be converted.")
]
ImageOption = Annotated[
    str, typer.Option("--image", metavar="INPUT", help="The input that is a picture, 0 to 255.")
]
NormaliseOption = Annotated[
    Literal["imagenet", "clip", "unit", "symmetric"] | None,
    typer.Option("--normalise", help="Scale and bias by name."),
]
ScaleOption = Annotated[
    str, typer.Option("--scale", metavar="N[,N,N]", help="Factor of every channel, or of each.")
]
BiasOption = Annotated[str, typer.Option("--bias", metavar="N[,N,N]", help="What is added after that.")]
ColorOption = Annotated[
    Literal["rgb", "bgr", "grey"], typer.Option("--color", help="Channels that the model expects.")
]
SizeOption = Annotated[
    str,
    typer.Option("--size", metavar="SIDE", help="Of the picture, where the model leaves it open."),
]
LabelsOption = Annotated[
    Path | None, typer.Option("--labels", exists=True, dir_okay=False, help="One label per line.")
]
SoftmaxOption = Annotated[
    Literal["auto", "yes", "no"],
    typer.Option("--softmax", help="Append a softmax; auto: to a classifier that ends in scores."),
]
OutputsOption = Annotated[
    list[str] | None, typer.Option("--outputs", metavar="NAME", help="An output to keep; by default all.")
]
FixOption = Annotated[
    list[str] | None,
    typer.Option("--fix", metavar="NAME=SIZE", help="Fix a size that the model leaves open."),
]
MaxRowsOption = Annotated[
    int, typer.Option("--max-rows", min=1, max=MOST_ROWS, help="Upper bound of sizes left open.")
]
AuthorOption = Annotated[str, typer.Option("--author", help="Who made the model.")]
LicenseOption = Annotated[str, typer.Option("--license", help="Terms of use.")]
DescriptionOption = Annotated[str, typer.Option("--description", help="What the model does, in a sentence.")]
VersionOption = Annotated[str, typer.Option("--version", help="Version of the model.")]


def onnx2coreml(
    file: FileArgument = None,
    output: OutputOption = None,
    supported: SupportedOption = False,
    image: ImageOption = "",
    normalise: NormaliseOption = None,
    scale: ScaleOption = "1",
    bias: BiasOption = "0",
    color: ColorOption = "rgb",
    size: SizeOption = "",
    labels: LabelsOption = None,
    softmax: SoftmaxOption = "auto",
    outputs: OutputsOption = None,
    fix: FixOption = None,
    max_rows: MaxRowsOption = 2000,
    precision: Precision = "fp32",
    quantize: Quantize = None,
    target: OldestSystem = "iOS16",
    author: AuthorOption = "",
    license: LicenseOption = "",
    description: DescriptionOption = "",
    version: VersionOption = "",
    as_json: AsJson = False,
) -> None:
    """Convert an ONNX model to a Core ML package, and compare the two.

    onnxruntime and the package answer random, zero, boundary, missing and infinite inputs, with two numbers
    of rows where the model leaves it open. Where they differ, nothing is written.
    """
    given = {**locals()}  # every flag goes to the converter under its own name
    del given["supported"], given["as_json"]
    if supported:
        _list_supported(as_json=as_json)
        return
    if file is None:
        raise CliError("FILE.onnx is missing. See: lienzo onnx2coreml --help")
    load_coremltools()
    from lienzo_coreml.files import convert_file

    try:
        with working(f"Converting {file.name}"):
            made = convert_file(**{**given, "outputs": outputs or (), "fix": fix or ()})
    except CoremltoolsMissing:
        raise
    except CoreMLError as error:
        raise CliError(ended(str(error))) from error
    if as_json:
        print_json(made.to_json())
        return
    for line in made.lines():
        say(line)
    say(f"{made.path} written for {target}, {precision}. Try it: lienzo coreml run {made.path}")


def _list_supported(*, as_json: bool) -> None:
    from lienzo_coreml import command

    if as_json:
        print_json(command.supported())
    else:
        answers().print("\n".join(command.supported_lines()), markup=False, soft_wrap=True)
