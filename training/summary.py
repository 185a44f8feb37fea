"""Results of training as plain values for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluation.answers import Answers, Share
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.search.selection import Standing
from training.verification.learning import LearntVerification


def image_set_summary(image_set: ImageSet) -> dict[str, Any]:
    """Summarises counts and problems of an image set."""
    return {
        "classes": len(image_set.labels),
        "pictures": len(image_set.pictures),
        "near_duplicates": image_set.near_duplicate_count,
        "unreadable": [asdict(each) for each in image_set.unreadable],
        "contradictions": [list(pair) for pair in image_set.contradictions],
        "fingerprint": image_set.fingerprint,
    }


def standing_summary(standing: Standing) -> dict[str, Any]:
    """Summarises a candidate, without measured times, which differ from run to run."""
    extractor = standing.candidate.extractor
    return {
        **({"extractor": extractor} if extractor else {}),
        "encoder": standing.candidate.encoder.model_dump(mode="json"),
        "classifier": standing.candidate.classifier.model_dump(mode="json"),
        "accuracy": standing.accuracy,
        "deviation": standing.deviation,
        "training_accuracy": standing.taught,
        "macro_f1": standing.macro_f1,
        "log_loss": standing.log_loss,
        "size_bytes": standing.size_bytes or None,
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "value": share.value,
        "interval": list(share.interval),
        "count": share.count,
        "independent": share.count if share.independent is None else share.independent,
    }


def _tested(model: TrainedModel) -> str:
    return "photographed" if model.recipe.augmentation.tested == "photographs" else "moved"


def _answers(answers: Answers) -> dict[str, Any]:
    return {"accuracy": _share(answers.right), "answered": _share(answers.answered)}


def _verification(learnt: LearntVerification) -> dict[str, Any]:
    return {
        "exemplars": len(learnt.exemplars.all),
        "least_points": learnt.least_points,
        "lowest_probability": learnt.lowest_probability,
        "stray_points": learnt.stray_points,
        "doubts": list(learnt.doubts),
    }


def losses_of(model: TrainedModel) -> NDArray[np.float64] | None:
    """Returns the loss of training and validation pictures by epoch, shape (epochs, 2).

    None for a classifier that is not trained by epochs. Validation losses are NaN where nothing validates.
    """
    return getattr(model.estimator, "losses_", None)


def accuracies_of(model: TrainedModel) -> NDArray[np.float64] | None:
    """Returns the accuracy of training and validation pictures by epoch, as `losses_of` does.

    None for a classifier that does not measure it.
    """
    return getattr(model.estimator, "accuracies_", None)


def _losses(losses: NDArray[np.float64]) -> list[dict[str, float | None]]:
    return [
        {"training": float(taught), "validation": float(asked) if np.isfinite(asked) else None}
        for taught, asked in losses
    ]


def model_summary(model: TrainedModel, image_set: ImageSet) -> dict[str, Any]:
    """Summarises all figures of a model; equal for equal pictures, recipe and seed."""
    return {
        "labels": list(model.labels),
        "image_set": image_set_summary(image_set),
        "held_out": len(model.asked),
        **asdict(model.metrics),
        "accuracy_corrected": asdict(model.corrected) if model.corrected else None,
        "threshold": model.open_set.threshold,
        "known_kept": model.open_set.kept,
        "answered": _share(model.served.pictures.answered),
        "answered_by_label": {
            label: each.value
            for label, each in zip(model.labels, model.served.answered_by_label, strict=True)
        },
        "photographed": None,
        **({_tested(model): _answers(model.served.photographs)} if model.served.photographs else {}),
        "strangers_refused": model.served.stated_refused.value if model.served.refused.count else None,
        "strangers": {
            "left_out": model.open_set.left_out,
            "outsiders": model.open_set.outsiders,
            "drawn": model.open_set.drawn,
            "refused_interval": list(model.served.stated_refused.interval),
            "others_refused": _share(model.served.others_refused),
            "drawn_refused": _share(model.served.drawn_refused),
            "stated_false_accept_rate": model.open_set.stated,
            "stated_rate_kept": model.open_set.holds,
        },
        "verification": _verification(model.verification) if model.verification else None,
        "calibration": asdict(model.calibration),
        "losses": None if (losses := losses_of(model)) is None else _losses(losses),
        "accuracies": None if (right := accuracies_of(model)) is None else _losses(right),
        "candidates": [standing_summary(each) for each in model.compared],
        "candidate_count": model.candidate_count,
        "search": {
            **asdict(model.search),
            "time_budget_s": model.recipe.search.time_budget_s or None,
            "left_out_beside_candidates": list(model.left_out),
        },
        "recipe": model.recipe.model_dump(mode="json"),
        "seed": model.seed,
    }
