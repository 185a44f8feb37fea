"""`lienzo templates`: draws a picture as the classifier sees it, beside its templates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from bundle import layout
from bundle.folder import read_bundle
from bundle.manifest import Manifest
from bundle.repository import find_bundle
from cli.errors import CliError
from cli.options import DEFAULT_MODELS, AsJson, Models
from cli.output.console import answers, print_json
from cli.pictures.files import read_picture
from cli.pictures.templates import Compared, drawn_comparison
from cli.pictures.writing import write_picture
from training.graphs.extractors.ink import Ink
from training.graphs.extractors.ink_look import InkLook, look_at_ink
from training.graphs.extractors.registry import create_graph_extractor
from vision.answers import Classifier, ranked, recognized
from vision.errors import VisionError
from vision.graph import FeatureGraph
from vision.picture import decode

_SHOWN_LABELS = 2


def templates(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="A picture.")],
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="A model of templates.")],
    models: Models = DEFAULT_MODELS,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File to draw into; PHOTO.templates.png by default."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a picture as the classifier sees it, beside its templates.

    Shows the picture's cells in grey and as ink, the templates of the best two labels, and for each what
    agrees (green), what the picture lacks (blue) and what it has besides (orange). For models whose
    classifier compares ink with templates, such as those of the recipe digits.
    """
    folder = find_bundle(models, model)
    manifest = read_bundle(folder)
    extractor = _ink_of(manifest, model)
    side = FeatureGraph.load((folder / layout.FEATURES).read_bytes()).max_side_px  # as a service decodes
    try:
        pixels = decode(read_picture(photo), max_side_px=side).pixels
    except VisionError as error:
        raise CliError(f"{photo}: {error}.") from error
    look = look_at_ink(extractor, pixels)
    found, label = _compared(folder, manifest, look)
    destination = output or Path(f"{photo.stem}.templates.png")
    write_picture(destination, drawn_comparison(look.square, look.frame, look.grey, found))
    if as_json:
        print_json(_to_json(found, look, label, destination))
        return
    answers().print(
        f"{photo}: {label or 'not recognised'} (threshold {manifest.threshold:.2f}). Drawn: {destination}",
        markup=False,
        soft_wrap=True,
    )
    for each in found:
        line = f"{each.shared:.0f} cells shared, {each.missing:.0f} missing, {each.surplus:.0f} besides"
        answers().print(f"  {each.probability:7.4f}  {each.label}: {line}", markup=False, soft_wrap=True)


def _ink_of(manifest: Manifest, model: str) -> Ink:
    if manifest.extractor.name == Ink.name and layout.TEMPLATES in manifest.files:
        extractor = create_graph_extractor(Ink.name, manifest.extractor.parameters)
        if isinstance(extractor, Ink):
            return extractor
    raise CliError(
        f"{model}: {manifest.extractor.name} with {manifest.classifier.name} cannot be drawn; models of ink "
        "and templates can, such as those of the recipe digits."
    )


def _compared(folder: Path, manifest: Manifest, look: InkLook) -> tuple[list[Compared], str | None]:
    """Returns the templates of the best labels, and the recognised label; None: not recognised."""
    templates = np.load(folder / layout.TEMPLATES, allow_pickle=False)
    classifier = Classifier.load((folder / layout.CLASSIFIER).read_bytes())
    probabilities = classifier.probabilities(look.ink.reshape(1, -1).astype(np.float32))
    found = [
        Compared(
            manifest.labels[each],
            float(probabilities[each]),
            templates[each].reshape(look.ink.shape),
            look.ink,
        )
        for each in ranked(probabilities, _SHOWN_LABELS)
    ]
    index = recognized(probabilities, manifest.threshold)
    return found, None if index is None else manifest.labels[index]


def _to_json(found: list[Compared], look: InkLook, label: str | None, output: Path) -> dict[str, Any]:
    return {
        "label": label,
        "templates": [
            {
                "label": each.label,
                "probability": each.probability,
                "shared": each.shared,
                "missing": each.missing,
                "surplus": each.surplus,
            }
            for each in found
        ],
        "frame": list(look.frame),
        "ink": look.ink.astype(int).tolist(),
        "output": str(output),
    }
