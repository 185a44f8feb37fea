"""`lienzo train`: trains a model on a folder of photographs, ready to be served."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import cv2
import typer

from bundle import layout
from bundle.label_files import read_labels_of
from bundle.manifest import check_model_name
from cli.errors import FAULT, CliError, ended
from cli.options import DEFAULT_MODELS, AsJson, Models
from cli.output.console import answers, print_json, say, working
from cli.output.labels import lost_labels
from cli.output.progress import stage_bars
from cli.output.training import (
    candidate_table,
    finding_lines,
    hidden_candidates,
    image_set_lines,
    label_table,
    overrun_line,
    verdict_lines,
)
from export.bundle import check_repository
from export.classifier.graph import classifier_size
from export.errors import ExportError
from export.imported.preprocessing import preprocessing_of
from export.imported.understanding import understand
from export.model import ExportedModel, export_model
from runtime.configuration.processors import usable_processors
from training.descriptors.cache import default_cache
from training.errors import TrainingError
from training.graphs.extractors.imported import NAME as IMPORTED
from training.graphs.extractors.imported import ImportedGraph
from training.imagesets.check import Finding, check_image_set
from training.imagesets.imageset import ImageSet, read_image_set
from training.imagesets.outsiders import read_outsiders
from training.model import TrainedModel
from training.progress import Progress
from training.recipe import Recipe, load_recipe
from training.summary import model_summary
from training.trainer import train as learn_model
from vision.memory import keep_freed_memory

DEFAULT_RECIPE = "artworks"

FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder per label, or files such as LABEL_1.jpg.")
]
NameOption = Annotated[str, typer.Option("--name", metavar="MODEL", help="Name of the model.")]
RecipeOption = Annotated[
    str,
    typer.Option("--recipe", metavar="NAME|FILE.toml", help="Recipe to search: its name or a file."),
]
JobsOption = Annotated[
    int,
    typer.Option("--jobs", min=0, help="Number of parallel jobs; 0: all cores.", show_default=False),
]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        max=2**31 - 1,
        help="Seed of every random number; the same seed gives the same model.",
    ),
]
TimeBudgetOption = Annotated[
    float | None,
    typer.Option(
        "--time-budget",
        metavar="SECONDS",
        min=0,
        help="Seconds for all of it: nothing is started that would end too late, neither candidates nor "
        "photographs of the pictures nor verification; the best of the candidates finished is kept. One is "
        "finished in any case.",
    ),
]
StrangersOption = Annotated[
    Path | None,
    typer.Option(
        "--strangers",
        metavar="DIR",
        help="Pictures that show none of the labels, to choose the rejection threshold by.",
    ),
]
LabelsOption = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="FILE.toml|.csv",
        help="What the labels mean to people; by default labels.toml or labels.csv in DIR.",
        show_default=False,
    ),
]


CheckpointsOption = Annotated[
    Path | None,
    typer.Option(
        "--checkpoints",
        metavar="DIR",
        help="Folder for networks in training, to continue from; by default in the user's cache.",
        show_default=False,
    ),
]
ExtractorOption = Annotated[
    str,
    typer.Option(
        "--extractor",
        metavar="onnx:FILE[#VALUE]",
        help="A network that was trained elsewhere as extractor: its output, or a value inside.",
    ),
]
PreprocessOption = Annotated[
    str,
    typer.Option(
        "--preprocess", metavar="TEXT", help="How --extractor wants its pictures; see lienzo import."
    ),
]


def train(
    folder: FolderArgument,
    name: NameOption,
    recipe: RecipeOption = DEFAULT_RECIPE,
    models: Models = DEFAULT_MODELS,
    jobs: JobsOption = 0,
    seed: SeedOption = 0,
    time_budget: TimeBudgetOption = None,
    strangers: StrangersOption = None,
    labels: LabelsOption = None,
    extractor: ExtractorOption = "",
    preprocess: PreprocessOption = "imagenet",
    checkpoints: CheckpointsOption = None,
    as_json: AsJson = False,
) -> None:
    """Train on a folder of pictures and write the model.

    Near duplicates stay on one side of every split; all printed figures are measured on held-out pictures.
    Descriptors are cached in the user's cache folder.
    """
    begun = time.monotonic()
    check_model_name(name)
    cv2.setNumThreads(1)  # The jobs are the parallelism.
    keep_freed_memory()
    jobs = jobs or usable_processors()
    try:
        check_repository(models, name)
        chosen = _recipe(recipe, extractor, preprocess, time_budget)
        with stage_bars() as watch:
            image_set = read_image_set(folder, jobs, watch)
            meanings = read_labels_of(folder, image_set.labels, labels)
            findings = check_image_set(image_set, chosen.validation.parts)
            say("\n".join(image_set_lines(image_set, findings)))
            outsiders, left_out = _outsiders(strangers, image_set, jobs, watch)
            model = learn_model(
                image_set,
                chosen,
                default_cache(),
                seed,
                jobs,
                watch,
                classifier_size,
                outsiders,
                begun,
                tell=watch.tell,
                checkpoints=checkpoints,
            )
        findings += left_out
        exported = export_model(model, image_set, findings, models, name, datetime.now(UTC), meanings)
    except TrainingError as error:
        raise CliError(ended(str(error))) from error
    except ExportError as error:
        raise CliError(f"{error}.", FAULT) from error
    if as_json:
        print_json(_to_json(model, image_set, findings, exported))
    else:
        _print_for_people(model, name, exported)
    for line in (lost_labels(models, exported.manifest), overrun_line(model, time.monotonic() - begun)):
        if line:
            say(line)


def _recipe(name: str, extractor: str, preprocess: str, time_budget: float | None) -> Recipe:
    """Loads the recipe, with the network in place of its extractor and the time that are given."""
    chosen = _with_extractor(name, extractor, preprocess)
    return chosen if time_budget is None else chosen.within(time_budget)


def _with_extractor(name: str, extractor: str, preprocess: str) -> Recipe:
    if not extractor:
        found = load_recipe(name)
        if found.extractor.get("name") == IMPORTED:
            raise CliError(
                f"recipe {name}: add --extractor onnx:FILE.onnx, a network that was trained elsewhere."
            )
        return found
    kind, _, place = extractor.partition(":")
    file, _, value = place.partition("#")
    if kind != IMPORTED or not file:
        raise CliError(f"--extractor {extractor}: expected onnx:FILE.onnx; others are named in recipes.")
    # The default recipe takes keypoints, which no network has.
    recipe = load_recipe("embeddings" if name == DEFAULT_RECIPE else name)
    try:
        with working(f"Reading {file}"):
            model = understand(Path(file), preprocessing_of(preprocess), value)
    except ExportError as error:
        raise CliError(ended(str(error))) from error
    say(f'{file}: {model.classes} numbers of "{model.output}", {model.milliseconds:.1f} ms a picture.')
    return recipe.with_graph(ImportedGraph.of(model.graph, Path(file).name))


def _outsiders(
    folder: Path | None, image_set: ImageSet, jobs: int, progress: Progress
) -> tuple[ImageSet | None, tuple[Finding, ...]]:
    """Reads the strangers that the user gives, and says which of them are left out."""
    if folder is None:
        return None, ()
    found = read_outsiders(folder, image_set, jobs, progress)
    for line in finding_lines(found.findings, "the report"):
        say(line)
    return found.pictures, found.findings


def _to_json(
    model: TrainedModel, image_set: ImageSet, findings: Sequence[Finding], exported: ExportedModel
) -> dict[str, Any]:
    manifest = exported.manifest
    return {
        "model": {"name": manifest.name, "version": manifest.version, "folder": str(exported.folder)},
        "report": str(exported.folder / layout.PAGE),
        **model_summary(model, image_set),
        "findings": [each.to_json() for each in findings],
        "times": [
            {
                **({"extractor": each.candidate.extractor} if each.candidate.extractor else {}),
                "encoder": each.candidate.encoder.title,
                "classifier": each.candidate.classifier.title,
                "learn_seconds": each.seconds,
                "picture_milliseconds": each.milliseconds,
            }
            for each in model.compared
        ],
        "parity": {
            "pictures": exported.parity.pictures,
            "same_label": exported.parity.same_label / exported.parity.pictures,
            "max_probability_difference": exported.parity.max_probability_difference,
        },
    }


def _print_for_people(model: TrainedModel, name: str, exported: ExportedModel) -> None:
    console = answers()
    console.print(candidate_table(model))
    if more := hidden_candidates(model):
        console.print(more)
    console.print()
    console.print(label_table(model))
    console.print()
    for line in verdict_lines(model, name, exported.manifest.version, exported.folder):
        console.print(line, markup=False, soft_wrap=True)
