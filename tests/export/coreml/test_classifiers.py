"""Every classifier of scikit-learn that a recipe may name: the same answers from its Core ML package."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from skl2onnx import to_onnx
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from lienzo_coreml import convert, load_model, save_package

pytestmark = pytest.mark.slow

CLASSIFIERS: dict[str, Any] = {
    "linear svm": CalibratedClassifierCV(LinearSVC(random_state=0), ensemble=False),
    "svm with a linear kernel": CalibratedClassifierCV(SVC(kernel="linear"), ensemble=False),
    "svm with an rbf kernel": CalibratedClassifierCV(SVC(), ensemble=False),
    "svm with a polynomial kernel": CalibratedClassifierCV(SVC(kernel="poly", degree=2), ensemble=False),
    "logistic regression": LogisticRegression(),
    "random forest": RandomForestClassifier(21, random_state=0),
    "adaboost": AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=11, random_state=0),
    "decision tree": DecisionTreeClassifier(random_state=0),
    "nearest neighbours": KNeighborsClassifier(5),
    "perceptron": MLPClassifier((16,), max_iter=40, random_state=0),
}
LABELS = {2: ["cat", "dog"], 4: ["ant", "bee", "cow", "doe"]}


def fitted(name: str, classes: int) -> tuple[Any, NDArray[np.float32]]:
    """A classifier fitted on synthetic data, and rows to try."""
    values, targets = make_classification(260, 12, n_informative=8, n_classes=classes, random_state=classes)
    values = values.astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CLASSIFIERS[name].fit(values[:200], targets[:200]), values[200:]


def to_graph(classifier: Any, rows: int | None) -> onnx.ModelProto:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = to_onnx(
            classifier,
            np.zeros((1, 12), np.float32),
            options={id(classifier): {"zipmap": False}},
            target_opset=18,
        )
    if rows is not None:
        model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = rows
    return model


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("name", sorted(CLASSIFIERS))
def test_a_classifier_answers_as_in_scikit_learn(name: str, classes: int, tmp_path: Path) -> None:
    classifier, rows = fitted(name, classes)
    expected = classifier.predict_proba(rows)
    model = convert(to_graph(classifier, 1), labels=LABELS[classes])
    program = load_model(save_package(model, tmp_path / "head.mlpackage"))
    for row, wanted in zip(rows, expected, strict=True):
        answer = program.predict({"X": row[None]})
        probabilities = np.array([answer["probabilities"][label] for label in LABELS[classes]])
        np.testing.assert_allclose(probabilities, wanted, atol=1e-4)
        ties = np.flatnonzero(wanted.max() - wanted < 1e-6)
        assert answer["label"] in {LABELS[classes][i] for i in ties}


@pytest.mark.parametrize(
    "name", ["linear svm", "random forest", "nearest neighbours", "svm with an rbf kernel"]
)
def test_a_classifier_takes_as_many_rows_as_the_app_has(name: str, tmp_path: Path) -> None:
    classifier, rows = fitted(name, 4)
    model = convert(to_graph(classifier, None), outputs=["probabilities"], max_rows=64)
    program = load_model(save_package(model, tmp_path / "head.mlpackage"))
    for count in (1, 7, 60):
        answer = program.predict({"X": rows[:count]})
        np.testing.assert_allclose(answer["probabilities"], classifier.predict_proba(rows[:count]), atol=1e-4)
