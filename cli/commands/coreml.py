"""`lienzo export` and `lienzo coreml run`: models for the phone."""

from __future__ import annotations

import json
import shutil
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from bundle import layout
from bundle.repository import find_bundle
from cli.errors import FAULT, CliError, ended
from cli.options import DEFAULT_MODELS, AsJson, Models, OldestSystem, Precision, Quantize
from cli.output.console import answers, print_json, working
from export.errors import ParityError
from lienzo_coreml.errors import CoreMLError
from vision.picture import decode

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

    The package for Core ML is compared with onnxruntime on the pictures of --parity and on blank, noisy and
    tiny ones. If one label differs, or a probability by more than 0.0001, nothing is written.
    """
    folder = find_bundle(models, model, version)
    if to == "onnx":
        _export_onnx(folder, output, as_json)
        return
    from export.parity.samples import edge_pictures, pictures_of
    from export.parity.section import figures
    from export.phone.package import PackageOptions, export_package
    from export.phone.pipeline import read_pipeline

    if parity and not parity.is_dir():
        raise CliError(f"{parity}: not a folder.")
    if parity and next(pictures_of(parity, _PHOTO_PX), None) is None:
        raise CliError(f"{parity}: no pictures in this folder.")
    photos = (pixels for _, pixels in pictures_of(parity, _PHOTO_PX, _MAX_PHOTOS)) if parity else iter(())
    options = PackageOptions(precision, quantize, target, author=author, license=license_)
    try:
        with working("Converting and comparing"):
            pipeline = read_pipeline(folder)
            pictures = pictures_of(parity, pipeline.extractor.max_side_px) if parity else iter(())
            exported = export_package(
                pipeline, chain(pictures, edge_pictures()), options, output, photos=photos
            )
    except ParityError as error:
        raise CliError(f"{error}. Nothing was written.", FAULT) from error
    except CoreMLError as error:
        raise CliError(ended(str(error))) from error
    report = figures(exported.parity, exported.resampling)
    if as_json:
        print_json({"path": str(exported.path), "size_bytes": exported.size_bytes, "parity": report})
    else:
        answers().print(
            f"{exported.path} ({exported.size_bytes / 1e6:.2f} MB): {exported.parity.same_label} of "
            f"{report['pictures']} pictures get the server's label; largest difference of a probability: "
            f"{report['max_probability_difference']:.1e}",
            soft_wrap=True,
        )
        for each in exported.resampling:
            answers().print(f"  {each.way:38} {each.same_label:7.1%} same label", soft_wrap=True)


def _export_onnx(folder: Path, output: Path | None, as_json: bool) -> None:
    written = [folder / name for name in (layout.FEATURES, layout.CLASSIFIER) if (folder / name).is_file()]
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        written = [Path(shutil.copy2(file, output)) for file in written]
    if as_json:
        print_json({"files": [str(file) for file in written]})
    else:
        for file in written:
            answers().print(str(file), soft_wrap=True)


def coreml(
    action: Annotated[Literal["run"], typer.Argument(metavar="run", help="Action.")],
    package: Annotated[Path, typer.Argument(metavar="MODEL.mlpackage", help="The package.")],
    image: Annotated[Path | None, typer.Option("--image", metavar="PHOTO", help="For pictures.")] = None,
    inputs: Annotated[Path | None, typer.Option("--input", metavar="FILE.npy", help="For tensors.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a Core ML package here, without a Mac."""
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
        pixels = decode(image.read_bytes()).pixels
        size = (wanted.width, wanted.height)
        return {name: np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)}
    if inputs is None:
        raise CliError(f'The input "{name}" is a tensor: give --input FILE.npy.')
    try:
        return {name: np.load(inputs, allow_pickle=False)}
    except ValueError as error:
        raise CliError(f"{inputs}: not an .npy file.") from error


def _readable(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
