"""Writes the page: everything that training measured, in the order in which people ask."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from bundle import layout
from bundle.hierarchy import GroupCounts
from drawing.page import page_template
from drawing.plot import Plot
from training.graphs.extractors.imported import NAME as IMPORTED
from training.imagesets.check import Finding
from training.imagesets.imageset import ImageSet
from training.imagesets.seen import seen_file
from training.model import TrainedModel
from training.report.colors import color_plots
from training.report.confusion import confusion_plot
from training.report.copies import copy_pictures
from training.report.curves import (
    accuracy_plot,
    auroc,
    learning_plot,
    loss_plot,
    open_set_plot,
    reliability_plot,
    words_plot,
)
from training.report.groups import group_answers
from training.report.labels import label_pages
from training.report.learning import LearningPoint, learning_curve
from training.report.members import member_scores
from training.report.mistakes import gallery
from training.report.network import network_pictures
from training.report.sight import Sight, keypoint_pictures, look_again
from training.report.squares import square_pictures
from training.report.tree import tree_plot
from training.report.word_means import word_means, word_means_file
from training.report.words import visual_words
from training.summary import accuracies_of, losses_of, model_summary

_FEW_LABELS: Final = 6
_MANY_LABELS: Final = 12


@dataclass(frozen=True)
class Provenance:
    """Facts for a repeated training that the model itself does not have.

    Attributes:
        name: Name of the model.
        versions: Versions of Python and of the libraries, by name.
        bytes_by_file: Size of the bundle's graphs, by path.
        parents: Parent of each label and group of labels that has one.
    """

    name: str
    versions: Mapping[str, str]
    bytes_by_file: Mapping[str, int]
    parents: Mapping[str, str] = field(default_factory=dict)


def report_files(
    model: TrainedModel, image_set: ImageSet, findings: Sequence[Finding], provenance: Provenance
) -> dict[str, bytes]:
    """Makes the report's files by path from the bundle's root: a self-contained page, and its data.

    The data are its figures, the pictures that were trained on, and each plot as PNG. The same model gives
    the same bytes, except for measured times, which are on the page alone.

    Args:
        model: The trained model.
        image_set: The image set that it was trained on; its pictures are read again.
        findings: Problems of the image set.
        provenance: Name and versions.
    """
    sight = look_again(model, image_set)
    curve = learning_curve(model, image_set.targets, image_set.groups)
    plots = _plots(model, image_set, curve)
    extractor = model.recipe.create_extractor()
    keypoints = keypoint_pictures(sight, image_set)
    means = word_means(model, image_set.targets)
    groups = group_answers(model, image_set.targets, provenance.parents)
    page = page_template("training.report").render(
        model=model,
        metrics=model.metrics,
        open_set=model.open_set,
        served=model.served,
        groups=groups,
        auroc=auroc(model.open_set),
        has_words=means is not None,
        doubts=(
            *_left_out(model),
            *model.open_set.doubts,
            *(model.verification.doubts if model.verification else ()),
        ),
        image_set=image_set,
        findings=findings,
        name=provenance.name,
        gallery=gallery(model, image_set),
        label_pages=label_pages(model, image_set, means, sight.pictures),
        members=member_scores(model, image_set.targets),
        plots={each.name: each for each in plots},
        curve=curve,
        words=visual_words(model.encoder, sight, extractor.descriptor_type == "binary"),
        keypoints=keypoints,
        copies=copy_pictures(model, image_set),
        network=network_pictures(model, image_set),
        squares=[] if keypoints else square_pictures(extractor, image_set),
        times=_times(model, sight),
        extractor=extractor,
        repeat=_repeat(model, image_set, provenance),
        confusion_kind=_kind(len(model.labels)),
    )
    figures = json.dumps(_figures(model, image_set, findings, groups), indent=1, ensure_ascii=False) + "\n"
    return {
        layout.PAGE: page.encode(),
        layout.METRICS: figures.encode(),
        layout.PICTURES: seen_file(image_set),
        **({} if means is None else {layout.WORDS: word_means_file(model, image_set.targets, means)}),
        **{f"{layout.REPORT}/{each.name}.png": each.png for each in plots},
    }


def _left_out(model: TrainedModel) -> tuple[str, ...]:
    if not model.left_out:
        return ()
    budget = model.recipe.search.time_budget_s
    return (f"Left out, to end within the time budget of {budget:g} s: {', '.join(model.left_out)}.",)


def _figures(
    model: TrainedModel, image_set: ImageSet, findings: Sequence[Finding], groups: GroupCounts | None
) -> dict[str, Any]:
    return {
        **model_summary(model, image_set),
        "groups": asdict(groups) if groups else None,
        "auroc": auroc(model.open_set),
        "findings": [each.to_json() for each in findings],
    }


def _plots(model: TrainedModel, image_set: ImageSet, curve: tuple[LearningPoint, ...]) -> tuple[Plot, ...]:
    targets = image_set.targets
    found = [
        confusion_plot(model),
        words_plot(model.standings),
        reliability_plot(
            model.probabilities[model.asked], targets[model.asked], model.metrics.calibration_error
        ),
        open_set_plot(model.open_set) if len(model.open_set.strangers) else None,
        tree_plot(model),
        learning_plot(curve) if len(curve) > 1 else None,
        loss_plot(losses) if (losses := losses_of(model)) is not None else None,
        accuracy_plot(right) if (right := accuracies_of(model)) is not None else None,
        *color_plots(image_set),
    ]
    return tuple(each for each in found if each is not None)


def _kind(labels: int) -> str:
    """Chooses the style of the confusion matrix by its size."""
    return "narrow" if labels <= _FEW_LABELS else "wide" if labels > _MANY_LABELS else ""


def _times(model: TrainedModel, sight: Sight) -> dict[str, float]:
    """Returns milliseconds per picture on one core, after decoding: `extract`, `recognise` and `total`."""
    recognise = model.standings[0].milliseconds
    return {
        "extract": sight.milliseconds,
        "recognise": recognise,
        "total": sight.milliseconds + recognise,
    }


def _repeat(model: TrainedModel, image_set: ImageSet, provenance: Provenance) -> dict[str, Any]:
    recipe = model.recipe.model_dump(mode="json")
    extractor = model.recipe.extractor
    graph = f" --extractor onnx:{extractor['file']}" if extractor.get("name") == IMPORTED else ""
    options = f"--recipe {model.recipe.name} --name {provenance.name} --seed {model.seed}{graph}"
    return {
        "command": f"lienzo train DIR {options}",
        "recipe": json.dumps(recipe, indent=2, ensure_ascii=False),
        "seed": model.seed,
        "fingerprint": image_set.fingerprint,
        "versions": dict(provenance.versions),
        "sizes": dict(provenance.bytes_by_file),
    }
