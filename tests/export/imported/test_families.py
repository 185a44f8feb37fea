"""Small networks of well-known shapes, imported, on the phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import pytest

from export.imported.bundle import ImportedBundle, write_imported
from export.imported.preprocessing import preprocessing_of
from export.imported.understanding import understand
from export.phone.package import export_package
from export.pipeline import read_pipeline
from tests.support.imported import depthwise, residual, save_model, transformer

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("make", "text"),
    [(residual, "imagenet color=bgr"), (depthwise, "symmetric"), (transformer, "clip crop=stretch")],
)
def test_the_phone_answers_as_the_server(
    make: Callable[[], onnx.ModelProto], text: str, tmp_path: Path
) -> None:
    preprocessing, file = preprocessing_of(text), save_model(make(), tmp_path)
    imported = ImportedBundle(file, understand(file, preprocessing), preprocessing, ("a", "b", "c", "d"))
    folder, _ = write_imported(imported, tmp_path / "models", "family", datetime(2026, 1, 1, tzinfo=UTC))
    random = np.random.default_rng(0)
    samples = [(f"noise {each}", random.integers(0, 256, (50, 70, 3), np.uint8)) for each in range(3)]
    package = export_package(read_pipeline(folder), samples, output=tmp_path / "family.mlpackage")
    assert package.parity.same_label == package.parity.pictures == 3
    assert package.parity.max_probability_difference <= 1e-4
