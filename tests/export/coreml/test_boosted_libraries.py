"""LightGBM, XGBoost and CatBoost by way of their exporters: the package gives the library's own predictions.

Their wheels are large and nothing else here needs them: `pip install lightgbm xgboost catboost onnxmltools`
brings them. `test_boosted_trees.py` has the forms of their graphs, and needs none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from lienzo_coreml import load_model
from lienzo_coreml.files import convert_file

FEATURES = 5
RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(200, FEATURES)).astype(np.float32)
MISSING = np.where(RANDOM.random(ROWS.shape) < 0.2, np.float32(np.nan), ROWS)
KINDS = ROWS.copy()
KINDS[:, :2] = RANDOM.integers(0, 40, (200, 2))
"""The first two features are categories."""
TWO = (ROWS[:, 0] + ROWS[:, 1] * ROWS[:, 2] > 0).astype(int)
MANY = np.clip(ROWS[:, 0] * 1.5 + ROWS[:, 3] + 2, 0, 4).astype(int)
AMOUNT = ROWS[:, 0] * 30 + np.sin(ROWS[:, 1] * 2) * 10 + 50
ODD_KINDS = ((KINDS[:, 0] % 2 == 0) ^ (KINDS[:, 2] > 0)).astype(int)

Fitted = tuple[onnx.ModelProto, Callable[[Any], Any]]


def by_onnxmltools(estimator: Any, convert: Callable[..., onnx.ModelProto], **more: Any) -> Fitted:
    types = pytest.importorskip("onnxmltools.convert.common.data_types")
    given = [("input", types.FloatTensorType([None, FEATURES]))]
    model = convert(estimator, initial_types=given, target_opset=15, **more)
    return model, getattr(estimator, "predict_proba", estimator.predict)


def lightgbm(kind: str, rows: NDArray[Any], targets: NDArray[Any]) -> Fitted:
    library = pytest.importorskip("lightgbm", reason="LightGBM is not installed")
    exporters = pytest.importorskip("onnxmltools", reason="onnxmltools is not installed")
    estimator = getattr(library, f"LGBM{kind}")(n_estimators=15, verbose=-1, n_jobs=1)
    categories = [0, 1] if rows is KINDS else "auto"
    estimator.fit(rows, targets, categorical_feature=categories)
    return by_onnxmltools(estimator, exporters.convert_lightgbm)


def xgboost(kind: str, rows: NDArray[Any], targets: NDArray[Any]) -> Fitted:
    library = pytest.importorskip("xgboost", reason="XGBoost is not installed")
    exporters = pytest.importorskip("onnxmltools", reason="onnxmltools is not installed")
    more = {"feature_types": ["c", "c", "q", "q", "q"], "enable_categorical": True} if rows is KINDS else {}
    estimator = getattr(library, f"XGB{kind}")(n_estimators=15, n_jobs=1, **more)
    return by_onnxmltools(estimator.fit(rows, targets), exporters.convert_xgboost)


def catboost(kind: str, rows: NDArray[Any], targets: NDArray[Any]) -> Fitted:
    library = pytest.importorskip("catboost", reason="CatBoost is not installed")
    if rows is KINDS:
        pytest.skip("CatBoost writes no categories as ONNX")
    estimator = getattr(library, f"CatBoost{kind}")(
        iterations=15, verbose=False, thread_count=1, allow_writing_files=False
    ).fit(rows, targets)
    utils = pytest.importorskip("catboost.utils")
    return utils.convert_to_onnx_object(estimator), getattr(estimator, "predict_proba", estimator.predict)


def probes(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Rows that were learnt from, and some with missing and infinite values."""
    odd = rows[:80].copy()
    where = RANDOM.random(odd.shape)
    where[:, :2] = 1 if rows is KINDS else where[:, :2]
    odd = np.where(where < 0.1, np.nan, np.where(where < 0.2, np.inf, np.where(where < 0.3, -np.inf, odd)))
    return np.concatenate([rows, odd, np.zeros((1, FEATURES))]).astype(np.float32)


CASES = {
    "two classes": ("Classifier", ROWS, TWO),
    "two classes, missing values": ("Classifier", MISSING, TWO),
    "five classes": ("Classifier", ROWS, MANY),
    "five classes, missing values": ("Classifier", MISSING, MANY),
    "categories": ("Classifier", KINDS, ODD_KINDS),
    "amounts": ("Regressor", ROWS, AMOUNT),
    "amounts, missing values": ("Regressor", MISSING, AMOUNT),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("library", [lightgbm, xgboost, catboost])
def test_a_package_gives_the_predictions_of_the_library(
    library: Callable[..., Fitted], name: str, tmp_path: Path
) -> None:
    kind, rows, targets = CASES[name]
    model, predict = library(kind, rows, targets)
    onnx.save(model, tmp_path / "model.onnx")
    made = convert_file(tmp_path / "model.onnx")  # which compares with onnxruntime
    assert made.comparison.rows == [1, 3]
    package = load_model(made.path)
    asked = probes(rows)
    answers = package.predict({next(iter(package.inputs)): asked})
    wanted = np.asarray(predict(asked), np.float64)
    found = np.asarray(answers[list(package.outputs)[-1]]).reshape(wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4)
