"""`lienzo import`: makes a bundle of an ONNX image classifier that was trained elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from bundle.label_files import read_labels as read_meanings_file
from bundle.manifest import Manifest, check_model_name
from cli.errors import CliError, ended
from cli.options import DEFAULT_MODELS, AsJson, Models
from cli.output.console import print_json, say, working
from cli.output.labels import lost_labels
from cli.output.progress import stage_bars
from export.bundle import check_repository
from export.errors import ExportError
from export.imported.bundle import ImportedBundle, write_imported
from export.imported.calibrating import Calibrated, calibrate
from export.imported.labels import read_labels
from export.imported.preprocessing import Preprocessing, preprocessing_of
from export.imported.understanding import ImportedModel, understand
from vision.graph import FeatureGraph

_Preprocess: TypeAlias = Annotated[
    str,
    typer.Option(
        "--preprocess",
        metavar="TEXT",
        help="imagenet, clip, unit, symmetric, caffe or raw, and changes such as 'size=224 resize=256 "
        "crop=stretch color=bgr mean=0.5 std=0.5'.",
    ),
]
_Meanings: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--meanings",
        metavar="FILE.toml|.csv",
        help="What the labels mean to people: names, descriptions, links, and what each is a kind of.",
    ),
]
_CalibrateOn: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--calibrate",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="A folder per label, to calibrate on; other folders are strangers, for the threshold.",
    ),
]
_Threshold: TypeAlias = Annotated[
    float,
    typer.Option(
        "--threshold",
        min=0,
        max=1,
        help="Without --calibrate: the probability under which a picture is not recognised.",
    ),
]


def import_model(
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="An image classifier, in one file.")],
    labels: Annotated[Path, typer.Option("--labels", metavar="FILE", help="One label per line.")],
    name: Annotated[
        str, typer.Option("--name", metavar="MODEL", help="Name of the model; by default the file's.")
    ] = "",
    preprocess: _Preprocess = "imagenet",
    output: Annotated[
        str,
        typer.Option("--output", metavar="NAME", help="The output to take, of several, or a value inside."),
    ] = "",
    meanings: _Meanings = None,
    calibrate: _CalibrateOn = None,
    threshold: _Threshold = 0.0,
    models: Models = DEFAULT_MODELS,
    as_json: AsJson = False,
) -> None:
    """Import an ONNX image classifier that was trained elsewhere.

    The file is read in a process of its own with little memory and time. Size, crop, order of channels, mean
    and deviation become part of the graph, which is compared with the model before anything is written;
    weights stay as they are. Where the model ends in scores a softmax is appended; one of its own is kept.
    """
    chosen_name = _model_name(name, file)
    if threshold and calibrate:
        raise CliError("--threshold and --calibrate exclude each other: calibration finds the threshold.")
    try:
        check_repository(models, chosen_name)
        preprocessing = preprocessing_of(preprocess)
        with working(f"Reading {file.name}"):
            model = understand(file, preprocessing, output)
        names, numbered = read_labels(labels, model.classes)
        meant = {} if meanings is None else read_meanings_file(meanings, names)
        for line in _lines(model, preprocessing, numbered):
            say(line)
        calibrated = _calibrated(model, names, calibrate)
        made = ImportedBundle(file, model, preprocessing, names, calibrated, meant, threshold)
        folder, manifest = write_imported(made, models, chosen_name, datetime.now(UTC))
    except ExportError as error:
        raise CliError(ended(str(error))) from error
    _report(made, manifest, folder, as_json=as_json)
    if line := lost_labels(models, manifest):
        say(line)


def _report(made: ImportedBundle, manifest: Manifest, folder: Path, *, as_json: bool) -> None:
    for line in _calibration_lines(made.calibrated, made.threshold):
        say(line)
    if as_json:
        print_json(_to_json(made, manifest, folder))
    else:
        tried = f"lienzo classify PHOTO --model {manifest.name}"
        say(f"{manifest.name} {manifest.version}: {folder}. Try it: {tried}")


def _model_name(name: str, file: Path) -> str:
    """Returns the name of the model: the one that was given, else the file's without other characters."""
    chosen = name or re.sub(r"[^A-Za-z0-9_.-]", "-", file.stem).lstrip(".-_")[:64]
    check_model_name(chosen)
    return chosen


def _calibrated(model: ImportedModel, names: tuple[str, ...], folder: Path | None) -> Calibrated | None:
    if folder is None:
        return None
    with stage_bars() as watch:
        return calibrate(FeatureGraph.load(model.graph), names, folder, scores=model.scores, progress=watch)


def _lines(model: ImportedModel, wanted: Preprocessing, numbered: Sequence[str]) -> list[str]:
    crop = (
        f"the largest central square at {model.square_px} px"
        if wanted.crop == "centre"
        else f"stretched to {model.square_px} px"
    )
    if model.square_px > model.side_px:
        crop += f", its middle {model.side_px} px"
    means, deviations = (_numbers(each) for each in (wanted.mean, wanted.deviation))
    appended = "its own softmax turns into probabilities" if model.has_softmax else "a softmax is appended"
    ending = f"scores, {appended}" if model.scores else "probabilities"
    return [
        f'Input "{model.input}": {model.layout}, {model.side_px}×{model.side_px}, {wanted.color}.',
        f"Picture: {crop}; minus {means}, divided by {deviations} (of 0 to 255).",
        f'Output "{model.output}": {model.classes} classes, {ending}.',
        f"{model.parameters / 1e6:.1f} million weights, {model.nodes} nodes, opset {model.opset}; "
        f"{model.milliseconds:.1f} ms a picture on one core.",
        *([f"  ! labels that occur twice were numbered: {', '.join(numbered[:5])}"] if numbered else []),
    ]


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{each:g}" for each in (round(value, 3) for value in values))


def _calibration_lines(calibrated: Calibrated | None, threshold: float) -> list[str]:
    if calibrated is None:
        every = f"below {threshold:g} not recognised" if threshold else "every picture gets an answer"
        return [f"Not calibrated, {every}: --calibrate DIR takes pictures of the labels."]
    right, answered, refused = calibrated.right, calibrated.answered, calibrated.refused
    line = (
        f"Accuracy {right.value:.3f} on {right.count} pictures, {answered.value:.3f} answered, and rightly. "
        f"Not recognised below {calibrated.threshold:.2f}: refuses {refused.value:.3f} of {refused.count} "
        f"strangers, {calibrated.strangers} of them your own."
    )
    return [line]


def _to_json(made: ImportedBundle, manifest: Manifest, folder: Path) -> dict[str, Any]:
    understood = {key: value for key, value in vars(made.model).items() if key != "graph"}
    return {
        "model": {"name": manifest.name, "version": manifest.version, "folder": str(folder)},
        "understood": understood,
        "preprocessing": made.preprocessing.to_json(),
        "calibrated": made.calibrated is not None,
        "threshold": manifest.threshold,
        "metrics": manifest.metrics,
    }
