"""`lienzo demo`: train, serve, ask, show, in about a minute."""

from __future__ import annotations

import dataclasses
import itertools
import os
import socket
import tempfile
import time
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import cv2
import typer
from rich.console import Console
from rich.text import Text

from bundle import layout
from cli.commands.demo.pictures import MAX_SIDE_PX, PICTURES, write_image_set, write_unseen
from cli.commands.serve import addresses, check_alive, services_up
from cli.options import DEFAULT_MODELS, AsJson, Models
from cli.output.console import answers, messages, print_json
from cli.output.progress import stage_bars
from cli.results.lines import answer_line, to_json
from cli.serving.launcher import running_services
from drawing.amounts import size
from export.model import ExportedModel, export_model
from export.parity.samples import pictures_of
from export.pipeline import read_pipeline
from lienzo_client import Client, Palette
from lienzo_coreml import CoremltoolsMissing
from lienzo_coreml.loading import load_coremltools
from services.table import GATEWAY, SERVICES
from training.descriptors.cache import default_cache
from training.imagesets.check import check_image_set
from training.imagesets.imageset import read_image_set
from training.recipe import load_recipe
from training.trainer import train

if TYPE_CHECKING:
    from export.phone.package import ExportedPackage

MODEL: Final = "demo"
PER_CLASS: Final = 18
JOBS: Final = 2
_CHECK_S: Final = 0.5


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the services up until Ctrl-C.")] = False,
    models: Models = DEFAULT_MODELS,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**31 - 1, help="Same seed, same photographs.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Show the whole way on pictures that ship with scikit-image and scikit-learn.

    Photographs twelve pictures as a phone would, trains on them, starts the services, classifies a photograph
    never seen and a thing never learned, and shows a palette.
    """
    start, console = time.monotonic(), messages() if as_json else answers()
    cv2.setNumThreads(1)  # the jobs are the parallelism
    os.environ.setdefault("LIENZO_LOG_LEVEL", "warning")
    with tempfile.TemporaryDirectory(prefix="lienzo-demo-") as name:
        photographs, unseen = Path(name) / "photographs", Path(name) / "unseen"
        exported = _train(photographs, models, seed, console)
        package = _export(exported, photographs, console)
        grpc_port, http_port = _ports()
        with running_services(
            folders={"models": models},
            grpc_port=grpc_port,
            http_port=http_port,
            environment=os.environ,
            keep_logs=False,
        ) as services:
            gateway = services[GATEWAY.name]
            console.print(services_up(services), soft_wrap=True)
            given = _ask(gateway.target, write_unseen(unseen, seed), exported, console)
            seconds = time.monotonic() - start
            if as_json:
                print_json(
                    {
                        **_facts(exported, package),
                        **given,
                        "services": addresses(services),
                        "seconds": seconds,
                    }
                )
            if not keep:
                console.print(f"Done in {seconds:.0f} s. Keep it running: make demo KEEP=1")
                return
            console.print(f"Done in {seconds:.0f} s. Open {gateway.url} · Ctrl-C stops the services.")
            while True:
                time.sleep(_CHECK_S)
                check_alive(services.values())


def _facts(exported: ExportedModel, package: ExportedPackage | None) -> dict[str, Any]:
    manifest = exported.manifest
    return {
        "model": {"name": manifest.name, "version": manifest.version, "folder": str(exported.folder)},
        "metrics": manifest.metrics,
        "package": package
        and {
            "path": str(package.path),
            "size_bytes": package.size_bytes,
            "parity": package.parity.to_json(),
        },
    }


def _train(folder: Path, models: Path, seed: int, console: Console) -> ExportedModel:
    total = PER_CLASS * len(PICTURES)
    console.print(f"Training on {len(PICTURES)} pictures seen through a phone: {total} photographs")
    with stage_bars() as watch:
        write_image_set(folder, PER_CLASS, seed, lambda done: watch("photographing", done, total))
        image_set = read_image_set(folder, JOBS, watch)
        recipe = load_recipe("artworks")
        findings = check_image_set(image_set, recipe.validation.parts)
        model = train(image_set, recipe, default_cache(), seed, JOBS, watch)
    exported = export_model(model, image_set, findings, models, MODEL, datetime.now(UTC))
    metrics = model.metrics
    console.print(
        f"Model {MODEL} {exported.manifest.version}: accuracy {metrics.accuracy:.3f} ± "
        f"{metrics.accuracy_deviation:.3f} on photographs it never saw, "
        f"ECE {metrics.calibration_error:.2f}   report {exported.folder / layout.PAGE}",
        soft_wrap=True,
    )
    return exported


def _export(exported: ExportedModel, photographs: Path, console: Console) -> ExportedPackage | None:
    """Writes the same model for the phone, compared on every sixth photograph; without coremltools none."""
    try:
        load_coremltools()
        from export.phone.package import export_package
    except CoremltoolsMissing as error:
        console.print(f"No package for the phone: {error}", soft_wrap=True)
        return None
    samples = itertools.islice(pictures_of(photographs, max_side_px=MAX_SIDE_PX), 0, None, 6)
    package = export_package(read_pipeline(exported.folder), samples)
    parity = package.parity
    console.print(
        f"Same model on the phone: {package.path} ({size(package.size_bytes)}), "
        f"{parity.same_label} of {len(parity.answers)} answers the same as the server's",
        soft_wrap=True,
    )
    return package


def _ports() -> tuple[int, int | None]:
    """The gateway's ports for gRPC and HTTP: the usual ones where all that are needed are free, else any."""
    usual = [GATEWAY.http_port, *(each.grpc_port for each in SERVICES.values())]
    return (GATEWAY.grpc_port, None) if all(map(_is_free, usual)) else (0, 0)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _ask(
    target: str, photographs: tuple[Path, Path], exported: ExportedModel, console: Console
) -> dict[str, Any]:
    cells = max(len(each.name) for each in photographs)
    version, found = exported.manifest.version, []
    with Client(target) as client:
        for photograph in photographs:
            answer = client.classify_image(photograph, model=MODEL, version=version, timeout_s=30)
            console.print(answer_line(photograph.name, answer, cells), soft_wrap=True)
            found.append(to_json(photograph.name, answer))
        coffee = resources.files("skimage.data").joinpath("coffee.png").read_bytes()
        palette = client.extract_palette(coffee, color_count=5, timeout_s=30)
    console.print(_palette_line("coffee.png", palette), soft_wrap=True)
    return {"answers": found, "palette": dataclasses.asdict(palette)}


def _palette_line(name: str, palette: Palette) -> Text:
    line = Text(f"palette of {name:<12}")
    for color in palette.colors:
        line.append("██", style=color.hex).append(f" {color.hex} {color.share:.0%}  ".replace("%", " %"))
    return line
