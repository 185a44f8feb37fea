"""`lienzo evaluate`: measures a model on a labelled folder."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from bundle import layout
from bundle.repository import find_bundle
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
from cli.output.console import answers, messages, print_json, say
from cli.pictures.contents import each_done
from cli.pictures.photographs import check_photographs, photograph_file
from cli.pictures.photos import pictures_in
from cli.results.evaluation import confusion_table, label_table, summary
from cli.results.scores import Scores, Verdict
from cli.serving.gateway import Door, open_gateway
from lienzo_client import Client, Model
from runtime.configuration.processors import usable_processors
from training.imagesets.labels import labelled_files


def evaluate(
    model: Annotated[str, typer.Argument(help="The model.")],
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", exists=True, file_okay=False, help="A folder per label, or files LABEL_1.jpg."
        ),
    ],
    models: Models = DEFAULT_MODELS,
    target: Target = "",
    photographed: Annotated[
        bool,
        typer.Option(
            "--photographed",
            help="Ask about a photograph of each picture instead, framed and on a drawn wall.",
        ),
    ] = False,
    as_json: AsJson = False,
    insecure: Insecure = False,
    root_certificates: RootCertificates = None,
    timeout: Timeout = DEFAULT_TIMEOUT_S,
) -> None:
    """Measure a model on a labelled folder.

    Every picture goes through running services, as an app's would. Accuracy counts the best label, also of
    pictures that were not recognised. Folders that are not a label of the model are strangers and counted
    apart; a warning counts pictures that the model was trained on. Where the model has groups of labels, the
    right and the wrong ones among the pictures that were not recognised are counted.
    """
    pictures = labelled_pictures(folder)
    if photographed:
        check_photographs()
    with open_gateway(Door(target, insecure, root_certificates, timeout), models, model=model) as client:
        described = client.get_model(model)
        _check_labels({label for label, _ in pictures}, described, folder)
        seen = None if target else _seen(models, described, [path for _, path in pictures])
        parents = {name: each.parent for name, each in described.meanings.items() if each.parent}
        verdicts = list(_verdicts(client, described, pictures, photographed))
    scores = Scores(described.labels, verdicts, seen, parents)
    for verdict in scores.failed:
        say(f"{verdict.picture}: {verdict.error}")
    if scores.count == 0:
        raise CliError(f"{folder}: no picture could be answered.", FAULT)
    if as_json:
        print_json({**scores.to_json(described.name, described.version), "photographed": photographed})
        return
    console = answers()
    console.print(summary(scores, described, photographed=photographed))
    console.print()
    console.print(label_table(scores))
    if scores.mistakes:
        console.print()
        console.print(confusion_table(scores))


def labelled_pictures(folder: Path) -> list[tuple[str, Path]]:
    """Lists label and path of every picture in a folder per label, or in one with files named by label.

    Raises:
        CliError: When there are no pictures.
    """
    labels = [each for each in sorted(folder.iterdir()) if each.is_dir() and not each.name.startswith(".")]
    pictures = [(label.name, path) for label in labels for path in pictures_in(label)]
    if not pictures:
        named = labelled_files(folder)
        pictures = [(named[path], path) for path in pictures_in(folder) if path in named]
    if not pictures:
        raise CliError(
            f"{folder}: no pictures in folders by label, such as {folder}/LABEL/picture.jpg, "
            f"and none named by label, such as {folder}/LABEL_1.jpg."
        )
    return pictures


def _seen(models: Path, model: Model, pictures: list[Path]) -> frozenset[str] | None:
    """Finds the pictures that a local model was trained on; None where its bundle does not list them."""
    try:
        from training.imagesets.seen import read_seen
    except (
        ModuleNotFoundError
    ):  # An installation without the extra train lacks the libraries of perceptual hashes.
        return None
    trained_on = read_seen(find_bundle(models, model.name, model.version) / layout.PICTURES)
    if trained_on is None:
        return None
    with ThreadPoolExecutor(usable_processors()) as pool:
        known = pool.map(lambda path: trained_on.has(path.read_bytes()), pictures)
        return frozenset(str(path) for path, is_known in zip(pictures, known, strict=True) if is_known)


def _check_labels(found: set[str], model: Model, folder: Path) -> None:
    known = found & set(model.labels)
    if not known:
        raise CliError(
            f"{folder}: none of its folders is a label of {model.name} "
            f"({', '.join(model.labels[:5])}{', …' if len(model.labels) > 5 else ''})."
        )
    strangers = sorted(found - known)
    if strangers:
        say(f"Not labels of {model.name}, counted apart as strangers: {', '.join(strangers)}.")


def _verdicts(
    client: Client, model: Model, pictures: list[tuple[str, Path]], photographed: bool
) -> Iterator[Verdict]:
    by_id = {str(number): (label, path) for number, (label, path) in enumerate(pictures)}
    files = ((request_id, path) for request_id, (_, path) in by_id.items())
    items = each_done(files, photograph_file) if photographed else files
    console = messages()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{model.name} {model.version}", total=len(pictures))
        answers = client.stream_classify_images(items, model=model.name, version=model.version, top_k=1)
        for item in answers:
            label, path = by_id[item.request_id]
            progress.advance(task)
            yield Verdict.of(label, str(path), item)
