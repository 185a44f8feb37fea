"""`lienzo models`: which models are there?"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from rich.table import Table

from bundle.errors import BundleError
from bundle.folder import read_manifest
from bundle.repository import list_versions
from cli.gateway import Door, open_gateway
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
from lienzo_client import Model


def models(
    target: Target = "",
    models: Models = DEFAULT_MODELS,
    as_json: AsJson = False,
    insecure: Insecure = False,
    root_certificates: RootCertificates = None,
    timeout: Timeout = DEFAULT_TIMEOUT_S,
) -> None:
    """List the models there are.

    Without --target every version in the model repository; with it the newest that the gateway serves.
    """
    if target:
        with open_gateway(Door(target, insecure, root_certificates, timeout), models) as client:
            found = list(client.list_models())
    else:
        found = _in_repository(models)
    if as_json:
        print_json(
            {"models": [{**dataclasses.asdict(each), "created": each.created.isoformat()} for each in found]}
        )
    elif found:
        answers().print(_table(found))
    else:
        say(f"No models in {target or models}. Train one: lienzo train DIR --name NAME")


def _in_repository(root: Path) -> list[Model]:
    found = []
    for name, versions in list_versions(root).items():
        for version in versions:
            try:
                found.append(_read(root / name / str(version)))
            except BundleError as error:
                say(f"{error}.")
    return found


def _read(folder: Path) -> Model:
    manifest = read_manifest(folder)
    return Model(
        name=manifest.name,
        version=manifest.version,
        labels=manifest.labels,
        extractor=manifest.extractor.name,
        encoder=manifest.encoder.name if manifest.encoder else "",
        classifier=manifest.classifier.name,
        threshold=manifest.threshold,
        accuracy=manifest.metrics.get("accuracy", float("nan")),
        created=manifest.created,
        has_coreml=(folder / "model.mlpackage").is_dir(),
        fingerprint=manifest.fingerprint,
    )


def _table(found: list[Model]) -> Table:
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
            f"{each.accuracy:.3f}",
            f"{each.threshold:.2f}",
            trained,
            "Core ML" if each.has_coreml else "",
        )
    return table
