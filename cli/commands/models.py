"""`lienzo models`: lists models, pulls the Core ML package of one, and says what the labels of one mean."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from bundle import layout
from bundle.description import ModelDescription, describe, package_files
from bundle.errors import BundleError
from bundle.folder import read_bundle
from bundle.label_files import read_labels
from bundle.meanings import to_bytes
from bundle.repository import closed_models, find_bundle, list_versions
from cli.errors import FAULT, CliError
from cli.options import (
    DEFAULT_MODELS,
    DEFAULT_TIMEOUT_S,
    AsJson,
    Insecure,
    Models,
    RootCertificates,
    Target,
    Timeout,
)
from cli.output.console import answers, print_json, say
from cli.serving.gateway import Door, open_gateway
from drawing.amounts import size
from export.update import update_bundle
from lienzo_client import Model


def models(
    action: Annotated[
        Literal["list", "pull", "describe"],
        typer.Argument(help="List them, pull the Core ML package of one, or describe its labels."),
    ] = "list",
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="The model, or to describe it also its folder.", show_default=False
        ),
    ] = "",
    output: Annotated[Path, typer.Option("--output", help="Folder for the pulled package.")] = Path(),
    version: Annotated[int, typer.Option("--version", min=0, help="Version of it; 0: the newest.")] = 0,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels", metavar="FILE.toml|.csv", help="What to describe its labels by.", show_default=False
        ),
    ] = None,
    target: Target = "",
    models: Models = DEFAULT_MODELS,
    as_json: AsJson = False,
    insecure: Insecure = False,
    root_certificates: RootCertificates = None,
    timeout: Timeout = DEFAULT_TIMEOUT_S,
) -> None:
    """List the models, pull the Core ML package of one, or describe its labels.

    Without --target it lists every version in the model repository, with it the newest on the gateway.
    `lienzo models pull NAME` fetches the Core ML package as a zip file, and continues a part of it.
    `lienzo models describe NAME --labels FILE` adds or replaces names, descriptions and links of its labels;
    running services answer with them within a second.
    """
    if action == "describe":
        _describe(models, name, version, labels, as_json)
        return
    door = Door(target, insecure, root_certificates, timeout)
    if action == "pull":
        _pull(door, models, name, version, output, as_json)
        return
    found: Sequence[Model | ModelDescription]
    if target:
        with open_gateway(door, models) as client:
            found = client.list_models()
    else:
        found = _in_repository(models)
    if as_json:
        print_json({"models": list(map(_facts, found))})
    elif found:
        answers().print(_table(found))
    else:
        say(f"No models in {target or models}. Train one: lienzo train DIR --name NAME")


def _pull(door: Door, models: Path, name: str, version: int, output: Path, as_json: bool) -> None:
    if not name:
        raise CliError("NAME is missing: lienzo models pull NAME")
    output.mkdir(parents=True, exist_ok=True)
    file = output / f"{name}.mlpackage.zip"
    with open_gateway(door, models, model=name, backends=()) as client:
        package = client.download_model(name, file, version=version)
    if package is None:
        raise CliError(f"{name}: the server has nothing newer.", FAULT)
    if as_json:
        print_json({**dataclasses.asdict(package), "path": str(package.path)})
    else:
        answers().print(
            f"{package.path} ({size(package.total_bytes)}): {package.model.name} version "
            f"{package.model.version}, SHA-256 {package.sha256}",
            soft_wrap=True,
        )


def _describe(models: Path, name: str, version: int, labels: Path | None, as_json: bool) -> None:
    if not name or labels is None:
        raise CliError("Write: lienzo models describe NAME --labels FILE.toml")
    folder = Path(name) if (Path(name) / layout.MANIFEST).is_file() else find_bundle(models, name, version)
    manifest = read_bundle(folder)
    meanings = read_labels(labels, manifest.labels)
    try:
        update_bundle(folder, manifest, {layout.LABELS: to_bytes(meanings)}, {})
    except OSError as error:
        raise CliError(f"{folder}: the labels cannot be written ({error.strerror}).", FAULT) from error
    count = sum(any(columns.values()) for columns in meanings.values())
    if as_json:
        facts = {"name": manifest.name, "version": manifest.version, "folder": str(folder)}
        print_json({**facts, "labels": len(manifest.labels), "described": count})
        return
    described = f"{count} of {len(manifest.labels)} labels described"
    done = f"{manifest.name} version {manifest.version}: {described}."
    answers().print(done, markup=False, soft_wrap=True)
    if package_files(manifest):
        renew = f"lienzo export {manifest.name} --to coreml"
        say(f"Its Core ML package says what it said before. Renew it: {renew}")


def _facts(model: Model | ModelDescription) -> dict[str, object]:
    facts = {**dataclasses.asdict(model), "created": model.created.isoformat()}
    facts.pop("meanings", None)  # of which lists say nothing
    return facts


def _in_repository(root: Path) -> list[ModelDescription]:
    found = []
    for name, versions in list_versions(root).items():
        for version in versions:
            try:
                found.append(describe(read_bundle(root / name / str(version))))
            except BundleError as error:
                say(f"{error}.")
    for name in closed_models(root):
        say(f"{root / name}: cannot be looked into: the folder is closed to this user.")
    return found


def _table(found: Sequence[Model | ModelDescription]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("model", "version", "labels", "made of", "accuracy", "threshold", "trained", "phone"):
        table.add_column(heading, justify="right" if heading in ("version", "labels", "accuracy") else "left")
    for each in found:
        stages = " · ".join(filter(None, (each.extractor, each.encoder, each.classifier)))
        trained = each.created.astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(
            each.name,
            str(each.version),
            str(len(each.labels)),
            stages,
            "unknown" if each.accuracy is None else f"{each.accuracy:.3f}",
            f"{each.threshold:.2f}",
            trained,
            "Core ML" if each.has_coreml else "",
        )
    return table
