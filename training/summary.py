"""Results of training as plain values for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from training.imagesets.imageset import ImageSet
from training.search.selection import Standing
from training.trainer import TrainedModel


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
    return {
        "encoder": standing.candidate.encoder.model_dump(mode="json"),
        "classifier": standing.candidate.classifier.model_dump(mode="json"),
        "accuracy": standing.accuracy,
        "deviation": standing.deviation,
        "log_loss": standing.log_loss,
        "size_bytes": standing.size_bytes or None,
    }


def model_summary(model: TrainedModel, image_set: ImageSet) -> dict[str, Any]:
    """Summarises all figures of a model; equal for equal pictures, recipe and seed."""
    return {
        "labels": list(model.labels),
        "image_set": image_set_summary(image_set),
        **asdict(model.metrics),
        "threshold": model.open_set.threshold,
        "known_kept": model.open_set.kept,
        "strangers_refused": model.open_set.refused if len(model.open_set.strangers) else None,
        "strangers": {
            "left_out": model.open_set.left_out,
            "drawn": model.open_set.drawn,
            "refused_interval": list(model.open_set.refused_interval),
            "stated_false_accept_rate": model.open_set.stated,
            "stated_rate_kept": model.open_set.holds,
        },
        "calibration": asdict(model.calibration),
        "candidates": [standing_summary(each) for each in model.compared],
        "candidate_count": model.candidate_count,
        "search": {**asdict(model.search), "time_budget_s": model.recipe.search.time_budget_s or None},
        "recipe": model.recipe.model_dump(mode="json"),
        "seed": model.seed,
    }
