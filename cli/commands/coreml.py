"""`lienzo export` and `lienzo coreml run`: models for the phone."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from bundle.repository import find_bundle
from cli.errors import FAULT, CliError, ended
from cli.options import DEFAULT_MODELS, AsJson, Models, OldestSystem, Precision, Quantize
from cli.output.console import answers, print_json, working
from cli.pictures.files import read_picture
from drawing.amounts import size
from export.description import CENTRED, CROP
from export.errors import NothingToQuantize, ParityError
from lienzo_coreml.errors import CoreMLError
from lienzo_coreml.loading import load_coremltools
from vision.graph import center_square
from vision.picture import decode

if TYPE_CHECKING:
    from export.parity.answers import Parity
    from export.phone.package import ExportedPackage
    from export.single import ExportedGraph

_PHOTO_PX, _MAX_PHOTOS = 1024, 100


ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="A model in the model repository.")]
ToOption = Annotated[Literal["onnx", "coreml"], typer.Option("--to", help="What to write.")]
VersionOption = Annotated[int, typer.Option("--version", min=0, help="Version of the model; 0: the newest.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", help="Destination; by default the model's own folder.")
]
ParityOption = Annotated[
    Path | None,
    typer.Option("--parity", metavar="DIR", help="Folder of pictures to compare the answers on."),
]
AuthorOption = Annotated[str, typer.Option("--author", help="Who made the model.")]
LicenseOption = Annotated[str, typer.Option("--license", help="Terms of use.")]


def export(
    model: ModelArgument,
    to: ToOption,
    models: Models = DEFAULT_MODELS,
    version: VersionOption = 0,
    output: OutputOption = None,
    parity: ParityOption = None,
    precision: Precision = "fp32",
    quantize: Quantize = None,
    target: OldestSystem = "iOS16",
    author: AuthorOption = "",
    license_: LicenseOption = "",
    as_json: AsJson = False,
) -> None:
    """Write a model for another run time, after comparing its answers there.

    For Core ML that is a package, for ONNX one graph from the picture to the probabilities (from descriptors
    where OpenCV extracts them), with labels and threshold in its metadata. It is compared with the server on
    the pictures of --parity and on blank, noisy and tiny ones. If one label differs, or a probability by more
    than 0.0001 (0.00001 for ONNX; 0.05 for fp16 and 8 bits), nothing is written.
    """
    from export.parity.samples import edge_pictures, pictures_of
    from export.pipeline import read_pipeline
    from export.single import export_graph

    folder = find_bundle(models, model, version)
    if parity and not parity.is_dir():
        raise CliError(f"{parity}: not a folder.")
    if parity and next(pictures_of(parity, _PHOTO_PX), None) is None:
        raise CliError(f"{parity}: no pictures in this folder.")
    try:
        with working("Converting and comparing"):
            pipeline = read_pipeline(folder)
            pictures = pictures_of(parity, pipeline.extractor.max_side_px) if parity else iter(())
            samples = chain(pictures, edge_pictures())
            if to == "onnx":
                _check_for_onnx(output, precision, quantize)
                graph = export_graph(
                    pipeline, samples, output, int8=quantize == "int8", author=author, license_=license_
                )
            else:
                load_coremltools()
                from export.phone.package import PackageOptions, export_package

                photos = (each for _, each in pictures_of(parity, _PHOTO_PX, _MAX_PHOTOS)) if parity else ()
                options = PackageOptions(precision, quantize, target, author=author, license=license_)
                package = export_package(pipeline, samples, options, output, photos=photos)
    except ParityError as error:
        raise CliError(f"{error}. Nothing was written.", FAULT) from error
    except (CoreMLError, NothingToQuantize) as error:
        raise CliError(ended(str(error))) from error
    if to == "onnx":
        _tell_graph(graph, as_json=as_json)
    else:
        _tell_package(package, as_json=as_json)


def _check_for_onnx(output: Path | None, precision: str, quantize: str | None) -> None:
    if precision != "fp32":
        raise CliError(f"--precision {precision} is for Core ML.")
    if quantize not in (None, "int8"):
        raise CliError(f"--quantize {quantize} is for Core ML; ONNX has int8.")
    if output is None:
        return
    if output.suffix != ".onnx":
        raise CliError(f"{output}: the name of the file must end in .onnx.")
    if output.is_dir():
        raise CliError(f"{output}: a folder, not the name of a file.")
    above = next(each for each in output.absolute().parents if each.exists())
    if not above.is_dir():
        raise CliError(f"{above}: not a folder.")


def _tell_graph(exported: ExportedGraph, *, as_json: bool) -> None:
    ours, servers, parity = exported.milliseconds, exported.server_milliseconds, exported.parity
    if as_json:
        print_json(
            {
                "path": str(exported.path),
                "size_bytes": exported.size_bytes,
                "pictures": parity.pictures,
                "same_label": parity.same_label / max(1, parity.pictures),
                "max_probability_difference": parity.max_probability_difference,
                "milliseconds": ours,
                "server_milliseconds": servers,
            }
        )
        return
    answers().print(_compared(exported.path, exported.size_bytes, exported.parity), soft_wrap=True)
    answers().print(f"  {ours:.2f} ms a picture, {ours / servers:.2f} of the server's graphs", soft_wrap=True)


def _tell_package(exported: ExportedPackage, *, as_json: bool) -> None:
    from export.parity.section import figures

    if as_json:
        report = figures(exported.parity, exported.resampling)
        print_json({"path": str(exported.path), "size_bytes": exported.size_bytes, "parity": report})
        return
    answers().print(_compared(exported.path, exported.size_bytes, exported.parity), soft_wrap=True)
    for each in exported.resampling:
        answers().print(f"  {each.way:38} {each.same_label:7.1%} same label", soft_wrap=True)


def _compared(path: Path, size_bytes: int, parity: Parity) -> str:
    return (
        f"{path} ({size(size_bytes)}): {parity.same_label} of {parity.pictures} pictures get the "
        f"server's label; largest difference of a probability: {parity.max_probability_difference:.1e}"
    )


def coreml(
    action: Annotated[Literal["run"], typer.Argument(metavar="run", help="Action.")],
    package: Annotated[Path, typer.Argument(metavar="MODEL.mlpackage", help="The package.")],
    image: Annotated[Path | None, typer.Option("--image", metavar="PHOTO", help="For pictures.")] = None,
    inputs: Annotated[Path | None, typer.Option("--input", metavar="FILE.npy", help="For tensors.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a Core ML package here, without a Mac."""
    load_coremltools()
    from lienzo_coreml.interpreter import load_model

    try:
        model = load_model(package)
        results = model.predict(_features(model, image, inputs))
    except CoreMLError as error:
        raise CliError(ended(str(error))) from error
    readable = {name: _readable(value) for name, value in results.items()}
    if as_json:
        print_json(readable)
        return
    for name, value in readable.items():
        if isinstance(value, dict):
            for label, share in sorted(value.items(), key=lambda item: -item[1])[:5]:
                answers().print(f"{name}  {share:7.4f}  {label}", markup=False)
        else:
            answers().print(f"{name}  {json.dumps(value, ensure_ascii=False)}", markup=False)


def _features(model: Any, image: Path | None, inputs: Path | None) -> dict[str, NDArray[Any]]:
    name = model.inputs[0]
    if name in model.images:
        if image is None:
            raise CliError(f'The input "{name}" is a picture: give --image PHOTO.')
        wanted = model.images[name]
        shape = (wanted.width, wanted.height)
        pixels = decode(read_picture(image), max_side_px=2 * max(shape)).pixels  # as a service decodes
        if model.description.metadata.userDefined.get(CROP, "").startswith(CENTRED):
            pixels = center_square(pixels)
        return {name: np.asarray(cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA), np.uint8)}
    if inputs is None:
        raise CliError(f'The input "{name}" is a tensor: give --input FILE.npy.')
    try:
        return {name: np.load(inputs, allow_pickle=False)}
    except ValueError as error:
        raise CliError(f"{inputs}: not an .npy file.") from error


def _readable(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
