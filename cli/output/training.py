"""Formats the results of training for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from bundle import layout
from cli.output.console import shown
from drawing.amounts import percent
from training.evaluation.metrics import LabelMetrics
from training.imagesets.check import Finding
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel

_SHOWN_CANDIDATES = 12
_TOLERATED = 1.1
"""Time as a share of the time budget that is not worth a word."""
_BY_HEART = 0.1
"""Difference of accuracies on training and held-out pictures from which on it is worth a line."""
_SHOWN_FINDINGS = 5
_UNVERIFIED = (
    "  ! Answers are not verified: no picture has enough keypoints. Nothing need be done: they rest on "
    "probability alone."
)


def image_set_lines(
    image_set: ImageSet, findings: Sequence[Finding], shown: int | None = _SHOWN_FINDINGS
) -> list[str]:
    """Formats one line with the counts, and one for each problem of an image set.

    Args:
        image_set: The pictures.
        findings: The findings of `check_image_set`.
        shown: Greatest number of findings of a kind to show; None shows all.
    """
    line = f"{len(image_set.labels)} classes, {len(image_set.pictures)} pictures."
    if repeated := image_set.near_duplicate_count:
        copies = "near duplicate stays with its original", "near duplicates stay with their originals"
        line += f" {_count(repeated, *copies)} in every split."
    others = [each for each in findings if each.kind != "near_duplicates"]
    return [line, *finding_lines(others, f"lienzo check {image_set.root}", shown)]


def finding_lines(findings: Sequence[Finding], lister: str, shown: int | None = _SHOWN_FINDINGS) -> list[str]:
    """Formats one line for each problem.

    Args:
        findings: The problems.
        lister: What lists all of them.
        shown: Greatest number of findings of a kind to show; None shows all.
    """
    lines = []
    for kind in dict.fromkeys(each.kind for each in findings):
        of_kind = [each for each in findings if each.kind == kind]
        lines += [f"  ! {each.text}" for each in of_kind[:shown]]
        if shown is not None and (hidden := len(of_kind) - shown) > 0:
            lines.append(f"  ! {hidden} more of that kind; {lister} lists all")
    return lines


def candidate_table(model: TrainedModel) -> Table:
    """Makes the table of the best settings of each extractor, encoder and classifier, best first."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    several, held_out = bool(model.recipe.extractors), bool(model.recipe.validation.split)
    for name in (
        "",
        *(["extractor"] if several else []),
        "encoder",
        "classifier",
        "accuracy",
        "training",
        "log loss",
        "ms",
        "kB",
    ):
        table.add_column(name, justify="right" if name in ("training", "log loss", "ms", "kB") else "left")
    for number, each in enumerate(model.standings[:_SHOWN_CANDIDATES]):
        table.add_row(
            "▸" if number == 0 else "",
            *([each.candidate.extractor] if several else []),
            each.candidate.encoder.title,
            each.candidate.classifier.title,
            f"{each.accuracy:.3f}" + ("" if held_out else f" ± {each.deviation:.3f}"),
            f"{each.taught:.3f}",
            f"{each.log_loss:.2f}",
            f"{each.milliseconds:.1f}",
            f"{each.size_bytes / 1e3:,.0f}" if each.size_bytes else "",
        )
    return table


def hidden_candidates(model: TrainedModel) -> str:
    """Says how many settings the table leaves out, and where they are; empty where it has all."""
    hidden = len(model.standings) - _SHOWN_CANDIDATES
    if hidden <= 0:
        return ""
    return f"{_count(hidden, 'more kind of setting is', 'more kinds of settings are')} in the report."


def label_table(model: TrainedModel) -> Table:
    """Makes the table of precision, recall and F1 of every label, and how many are answered."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("label")
    for name in ("precision", "recall", "F1", "answered", "pictures"):
        table.add_column(name, justify="right")
    for each, answered in zip(model.metrics.per_label, model.served.answered_by_label, strict=True):
        table.add_row(
            Text(shown(each.label)),
            f"{each.precision:.2f}",
            f"{each.recall:.2f}",
            f"{each.f1:.2f}",
            f"{answered.value:.2f}",
            str(each.support),
        )
    return table


def verdict_lines(model: TrainedModel, name: str, version: int, folder: Path) -> list[str]:
    """Formats the model's figures, its rejection threshold, its weakest label, and its path."""
    metrics, open_set = model.metrics, model.open_set
    low, high = metrics.accuracy_interval
    lines = [
        *_search_lines(model),
        *_fit_lines(model),
        f"{name} {version}: {_headline(model)}.",
        f"Accuracy {metrics.accuracy:.3f}{_spread(model)} "
        f"(95 % interval {low:.3f}–{high:.3f}), log loss {metrics.log_loss:.2f}, "
        f"ECE {metrics.calibration_error:.3f} (mean gap between probability and share right).",
        *_correction_lines(model),
        _refusal_line(model),
        *_verification_lines(model),
        *_photograph_lines(model),
        *(f"  ! {each}" for each in open_set.doubts),
    ]
    if len(open_set.known) and (weakest := _weakest_line(model)):
        lines.append(weakest)
    return [*lines, f"Pictures and plots: {folder / layout.PAGE}"]


def _spread(model: TrainedModel) -> str:
    if model.recipe.validation.split:
        return f" on {len(model.asked)} held-out pictures"
    return f" ± {model.metrics.accuracy_deviation:.3f} on held-out pictures"


def _fit_lines(model: TrainedModel) -> list[str]:
    """Says where the best candidate knows its training pictures much better than others."""
    best = model.standings[0]
    if best.taught - best.accuracy < _BY_HEART:
        return []
    return [
        f"Accuracy {best.taught:.3f} on pictures that it was trained on, {best.accuracy:.3f} on held-out "
        "ones: it knows some by heart. More pictures of each class help, or a simpler classifier."
    ]


def _correction_lines(model: TrainedModel) -> list[str]:
    corrected = model.corrected
    if corrected is None:
        return []
    low, high = corrected.interval
    return [
        f"Corrected for being the best of {corrected.candidates}: accuracy {corrected.value:.3f} "
        f"({low:.3f}–{high:.3f}), to be expected on other pictures."
    ]


def _headline(model: TrainedModel) -> str:
    served, moved = model.served, model.recipe.augmentation.tested == "moved"
    parts = [("right as it is", served.pictures.right), ("strangers refused", served.stated_refused)]
    if served.photographs:
        parts.insert(1, (f"right when {'moved' if moved else 'photographed'}", served.photographs.right))
    figures = [
        f"{name} {share.value:.3f} ({share.interval[0]:.3f}–{share.interval[1]:.3f})"
        for name, share in parts
        if share.count
    ]
    return f"{', '.join(figures)}; in brackets 95 % intervals"


def _search_lines(model: TrainedModel) -> list[str]:
    search = model.search
    lines = []
    if len(search.rounds) > 1:
        steps = ", ".join(f"{each.candidates} on {each.pictures}" for each in search.rounds)
        lines.append(f"Candidates by successive halving: {steps} pictures.")
    candidates = f"{search.left_out} of {search.candidates} candidates"
    if left_out := [*([candidates] if search.left_out else []), *model.left_out]:
        budget = model.recipe.search.time_budget_s
        lines.append(
            f"Left out, to end within the time budget of {budget:g} s: {', '.join(left_out)}. "
            "The same command continues with what is in the cache now."
        )
    return lines


def overrun_line(model: TrainedModel, seconds: float) -> str:
    """Says that a training took longer than its time budget, and why; empty where it did not.

    Args:
        model: The trained model.
        seconds: Time from the start of the command to its end.
    """
    budget = model.recipe.search.time_budget_s
    if not budget or seconds <= _TOLERATED * budget:
        return ""
    least = "one candidate" if model.candidate_count == 1 else f"{model.candidate_count} candidates"
    return (
        f"  ! It took {seconds:.0f} s in place of {budget:g} s: reading the pictures, their features, "
        f"{least}, strangers and the report take so long here. Nothing need be done; a repeated training "
        "finds the features of the pictures in the cache."
    )


def _refusal_line(model: TrainedModel) -> str:
    open_set, served = model.open_set, model.served
    kinds = [f"{open_set.left_out} pictures of left-out classes"] if open_set.left_out else []
    if open_set.outsiders:
        kinds.append(f"{open_set.outsiders} of your own")
    drawn = f"{percent(served.drawn_refused.value)} of {open_set.drawn} drawn ones"
    strangers = (
        f"{percent(served.stated_refused.value)} of strangers, which it was not trained on "
        f"({' and '.join(kinds)}; at least {percent(served.stated_refused.interval[0])} with 95 % confidence)"
        f" and {drawn}"
        if kinds
        else f"{drawn}, because no class could be left out"
    )
    return (
        f"Not recognised below {open_set.threshold:.2f}: refuses {strangers}; "
        f"keeps {percent(served.pictures.answered.value)} of known pictures."
    )


def _verification_lines(model: TrainedModel) -> list[str]:
    learnt = model.verification
    if learnt is None:
        asked = model.recipe.verification.exemplars
        return [_UNVERIFIED] if asked else []
    line = (
        f"Below that, from {learnt.lowest_probability:.2f} on, an answer counts when {learnt.least_points} "
        f"points agree with one of {len(learnt.exemplars.all)} exemplars; other things agreed in at most "
        f"{learnt.stray_points}."
    )
    return [line, *(f"  ! {each}" for each in learnt.doubts)]


def _photograph_lines(model: TrainedModel) -> list[str]:
    asked = model.served.photographs
    if asked is None:
        return []
    right, answered = asked.right, asked.answered
    what = (
        "Copies of the pictures, shifted, scaled and noisy"
        if model.recipe.augmentation.tested == "moved"
        else "Photographs of the pictures, framed and on drawn walls"
    )
    return [
        f"{what}: accuracy {right.value:.3f} (95 % interval "
        f"{right.interval[0]:.3f}–{right.interval[1]:.3f}), {percent(answered.value)} answered, and rightly "
        f"({answered.interval[0]:.3f}–{answered.interval[1]:.3f})."
    ]


def _weakest_line(model: TrainedModel) -> str:
    weakest: LabelMetrics = min(model.metrics.per_label, key=lambda each: each.recall)
    if weakest.recall == 1:
        return ""
    row = list(model.metrics.confusion[model.labels.index(weakest.label)])
    right = model.labels.index(weakest.label)
    taken = max((label for label in range(len(row)) if label != right), key=row.__getitem__)
    return (
        f"Weakest: {weakest.label} ({weakest.recall:.2f}; {row[taken]} of {weakest.support} taken for "
        f"{model.labels[taken]})."
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
