"""`manifest.json`: what it may say of verification, and what is said where it may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bundle.errors import BundleError
from bundle.folder import read_manifest
from bundle.manifest import Manifest, Verification

RULE = {"least_points": 8, "lowest_probability": 0.1, "ratio": 0.85, "tolerance": 0.01}
TEXT = {
    "name": "shapes",
    "version": 1,
    "created": "2026-01-02T03:04:05Z",
    "recipe": {},
    "extractor": {"name": "rootsift"},
    "features": "local",
    "dimension": 128,
    "encoder": None,
    "classifier": {"name": "nearest_mean"},
    "labels": ["circles", "letters"],
    "calibration": "none",
    "threshold": 0.6,
    "metrics": {},
    "training_data": {"fingerprint": "0" * 64, "pictures": 1, "groups": 1},
    "seed": 0,
    "versions": {},
    "files": {},
}


def test_a_manifest_without_verification_is_written_as_older_servers_read_it() -> None:
    manifest = Manifest.model_validate(TEXT)
    assert manifest.verification is None
    assert "verification" not in json.loads(manifest.to_json())


def test_verification_survives_being_written_and_read() -> None:
    manifest = Manifest.model_validate({**TEXT, "verification": RULE})
    assert manifest.verification == Verification.model_validate(RULE)
    assert Manifest.model_validate_json(manifest.to_json()) == manifest


@pytest.mark.parametrize(
    ("name", "value"), [("least_points", 3), ("lowest_probability", 1.1), ("ratio", 0), ("tolerance", 0)]
)
def test_rules_out_of_range_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValidationError, match=f"verification.{name}"):
        Manifest.model_validate({**TEXT, "verification": {**RULE, name: value}})


def test_one_vector_for_a_picture_cannot_be_verified() -> None:
    with pytest.raises(ValidationError, match="one vector has no keypoints"):
        Manifest.model_validate({**TEXT, "features": "global", "verification": RULE})


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"labels": ["circles", "circles"]}, "the whole file: labels are not distinct"),
        ({"labels": ["circles"]}, "labels: Tuple should have at least 2 items after validation, not 1"),
        ({"vector": 3, "features": "global"}, "the whole file: a vector is joined to local features"),
    ],
)
def test_a_manifest_that_is_wrong_is_told_in_words(
    changed: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({**TEXT, **changed}))
    with pytest.raises(BundleError) as refused:
        read_manifest(tmp_path)
    assert refused.value.problem == f"manifest.json: {problem}"
