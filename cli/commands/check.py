"""`lienzo check`: finds problems of an image set before a model is trained on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import cv2
import typer

from bundle.label_files import read_labels_of
from cli.errors import CliError, ended
from cli.options import AsJson
from cli.output.console import answers, print_json
from cli.output.progress import stage_bars
from cli.output.training import image_set_lines
from runtime.configuration.processors import usable_processors
from training.errors import TrainingError
from training.imagesets.check import Finding, check_image_set, near_duplicates
from training.imagesets.imageset import ImageSet, read_image_set


def check(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder per label, or files such as LABEL_1.jpg.")
    ],
    as_json: AsJson = False,
) -> None:
    """Find problems of a folder of pictures.

    Finds unreadable files, copies, the same picture under two labels, classes that are too small, and borders
    or proportions that give the class away. Training checks the same, and goes on; a file about the labels
    with a mistake ends both.
    """
    cv2.setNumThreads(1)  # The jobs are the parallelism.
    try:
        with stage_bars() as watch:
            image_set = read_image_set(folder, usable_processors(), watch)
        read_labels_of(folder, image_set.labels)
    except TrainingError as error:
        raise CliError(ended(str(error))) from error
    findings = check_image_set(image_set)
    if as_json:
        print_json(_to_json(image_set, findings))
        return
    console = answers()
    for line in image_set_lines(image_set, findings, shown=None):
        console.print(line, markup=False, soft_wrap=True)
    for paths in near_duplicates(image_set):
        console.print(f"  = {', '.join(paths)}", markup=False, soft_wrap=True)
    if not findings:
        console.print(f"No problems. Train on it: lienzo train {folder} --name MODEL", markup=False)


def _to_json(image_set: ImageSet, findings: tuple[Finding, ...]) -> dict[str, Any]:
    targets = image_set.targets.tolist()
    return {
        "folder": str(image_set.root),
        "classes": {label: targets.count(index) for index, label in enumerate(image_set.labels)},
        "pictures": len(image_set.pictures),
        "near_duplicates": image_set.near_duplicate_count,
        "near_duplicate_groups": near_duplicates(image_set),
        "fingerprint": image_set.fingerprint,
        "findings": [each.to_json() for each in findings],
    }
