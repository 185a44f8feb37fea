"""Estimators of scikit-learn by way of skl2onnx: the package agrees, or the converter says why not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from skl2onnx import to_onnx
from sklearn import ensemble, linear_model, naive_bayes, neighbors, pipeline, preprocessing, svm, tree
from sklearn.base import BaseEstimator, is_classifier
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA, IncrementalPCA, KernelPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.mixture import GaussianMixture
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor

from lienzo_coreml import convert, load_model, save_package
from lienzo_coreml.errors import UnsupportedOp

pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(0)
TARGETS = RANDOM.integers(0, 3, 40)
ROWS = (RANDOM.normal(size=(40, 5)) + TARGETS[:, None]).astype(np.float32)
KINDS = RANDOM.integers(0, 4, (40, 5)).astype(np.int64)
"""Categories."""

ESTIMATORS: dict[str, BaseEstimator] = {
    type(each).__name__: each
    for each in (
        ensemble.AdaBoostClassifier(n_estimators=3),
        ensemble.AdaBoostRegressor(n_estimators=3, random_state=0),
        ensemble.BaggingClassifier(n_estimators=3),
        ensemble.ExtraTreesClassifier(n_estimators=3),
        ensemble.GradientBoostingClassifier(n_estimators=3),
        ensemble.GradientBoostingRegressor(n_estimators=3),
        ensemble.IsolationForest(n_estimators=3),
        ensemble.RandomForestClassifier(n_estimators=3),
        ensemble.RandomForestRegressor(n_estimators=3),
        GaussianMixture(2),
        GaussianProcessRegressor(),
        IncrementalPCA(3),
        KMeans(3, n_init=1),
        KernelPCA(3, kernel="rbf"),
        LinearDiscriminantAnalysis(),
        linear_model.BayesianRidge(),
        linear_model.ElasticNet(alpha=0.1),
        linear_model.LinearRegression(),
        linear_model.LogisticRegression(),
        linear_model.PoissonRegressor(),
        linear_model.Ridge(),
        linear_model.SGDClassifier(loss="log_loss"),
        MiniBatchKMeans(3, n_init=1),
        MLPClassifier((8,), max_iter=20),
        MLPRegressor(hidden_layer_sizes=(8,), max_iter=20),
        naive_bayes.GaussianNB(),
        neighbors.KNeighborsClassifier(3),
        neighbors.KNeighborsRegressor(3),
        OneVsOneClassifier(linear_model.LogisticRegression()),
        OneVsRestClassifier(linear_model.LogisticRegression()),
        PCA(3),
        PLSRegression(2),
        preprocessing.MaxAbsScaler(),
        preprocessing.MinMaxScaler(),
        preprocessing.Normalizer(),
        preprocessing.PolynomialFeatures(2),
        preprocessing.PowerTransformer(),
        preprocessing.QuantileTransformer(n_quantiles=10),
        preprocessing.RobustScaler(),
        preprocessing.StandardScaler(),
        QuadraticDiscriminantAnalysis(reg_param=0.1),
        SelectKBest(k=2),
        SimpleImputer(),
        svm.LinearSVC(),
        svm.SVC(probability=False, decision_function_shape="ovr"),
        svm.SVR(),
        tree.DecisionTreeClassifier(),
        tree.DecisionTreeRegressor(),
        TruncatedSVD(2),
        VarianceThreshold(),
        KNNImputer(n_neighbors=2),
        ensemble.VotingClassifier(
            [("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier())],
            voting="soft",
            flatten_transform=False,
        ),
        ensemble.StackingClassifier([("a", linear_model.LogisticRegression())], cv=2),
        pipeline.Pipeline([("a", preprocessing.StandardScaler()), ("b", linear_model.LogisticRegression())]),
    )
}
ON_CATEGORIES: dict[str, BaseEstimator] = {
    "OneHotEncoder": preprocessing.OneHotEncoder(sparse_output=False),
    "OneHotEncoder, unknown ignored": preprocessing.OneHotEncoder(
        sparse_output=False, handle_unknown="ignore"
    ),
    "OrdinalEncoder": preprocessing.OrdinalEncoder(),
    "CategoricalNB": naive_bayes.CategoricalNB(),
}
BINNED: dict[str, BaseEstimator] = {
    f"KBinsDiscretizer, {encode}": preprocessing.KBinsDiscretizer(
        3, encode=encode, quantile_method="averaged_inverted_cdf"
    )
    for encode in ("ordinal", "onehot-dense")
}
REFUSED = {
    "KNNImputer": "dist_nan_euclidean .* not supported",
    "SVC": r"SVMClassifier .*the label by vote; keep the scores only",
}
"""What the converter says where it cannot."""
EVERY = {
    **dict.fromkeys(ESTIMATORS, ROWS),
    **dict.fromkeys(ON_CATEGORIES, KINDS),
    **dict.fromkeys(BINNED, ROWS),
}


def exported(estimator: Any, rows: NDArray[Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(rows, TARGETS)
        # What is written of one against one has scores in place of probabilities, mapped all the same.
        whole = hasattr(estimator, "predict_proba") or isinstance(estimator, OneVsOneClassifier)
        options = {id(estimator): {"zipmap": False}} if is_classifier(estimator) and whole else None
        return to_onnx(estimator, rows[:1], options=options, target_opset={"": 18, "ai.onnx.ml": 3})


@pytest.mark.parametrize("name", EVERY)
def test_an_estimator_agrees_or_is_refused_by_name(name: str, tmp_path: Path) -> None:
    rows = EVERY[name]
    estimator = (ESTIMATORS | ON_CATEGORIES | BINNED)[name]
    model = exported(estimator, rows)
    if name in REFUSED:
        with pytest.raises(UnsupportedOp, match=REFUSED[name]):
            convert(model)
        return
    package = load_model(save_package(convert(model), tmp_path / "model.mlpackage"))
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), settings, providers=["CPUExecutionProvider"]
    )
    answers = package.predict({"X": rows})
    for output, expected in zip(package.outputs, session.run(None, {"X": rows}), strict=True):
        found = np.asarray(answers[output], np.float64).reshape(expected.shape)
        size = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(found, expected, atol=1e-4 * size)
    if not hasattr(estimator, "predict"):
        wanted = np.asarray(estimator.transform(rows), np.float64)
        found = np.asarray(answers[package.outputs[0]]).reshape(wanted.shape)
        np.testing.assert_allclose(found, wanted, atol=1e-3 * max(1.0, float(np.abs(wanted).max())))
