from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import onnx
import onnxruntime
import pytest

from export.classifier.graph import build_classifier
from export.errors import ParityError
from export.parity.classifier import check_parity
from training.classifiers import ClassifierSettings
from training.imagesets.imageset import ImageSet, read_image_set
from training.recipe import parse_recipe
from training.trainer import TrainedModel, train

SMALL = {
    "random_forest": ", trees = 30",
    "adaboost": ", trees = 11",
    "knn": ", neighbors = 3",
    "mlp": ", hidden = 16",
    "vote": ', members = [{name = "linear_svm"}, {name = "rbf_svm"}, {name = "knn"}, {name = "mlp"}]',
}
NAMES = [kind.model_fields["name"].default for kind in get_args(get_args(ClassifierSettings)[0])]
CLASSIFIERS = [f'{{name = "{name}"{SMALL.get(name, "")}}}' for name in NAMES]
ENCODERS = ['{name = "vlad", words = 8, components = 16}', '{name = "bovw", words = 30, weighting = "tfidf"}']


@pytest.fixture(scope="module")
def image_set(image_folder: Path) -> ImageSet:
    return read_image_set(image_folder)


def learnt(image_set: ImageSet, encoder: str, classifier: str, cache: Path) -> TrainedModel:
    text = f"""
encoders = [{encoder}]
classifiers = [{classifier}]
extractor = {{name = "rootsift", max_side_px = 240}}
validation = {{folds = 2, class_rounds = 2}}
"""
    return train(image_set, parse_recipe(text, "test", "test"), cache)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_two_labels_are_enough(image_folder: Path, classifier: str, cache: Path, tmp_path: Path) -> None:
    for folder in sorted(path for path in image_folder.iterdir() if path.is_dir())[:2]:
        (tmp_path / folder.name).symlink_to(folder)
    image_set = read_image_set(tmp_path)

    model = learnt(image_set, ENCODERS[0], classifier, cache)
    parity, _ = check_parity(model, build_classifier(model), [each.path for each in image_set.pictures])

    assert len(model.labels) == 2
    assert parity.same_label == parity.pictures > len(image_set.pictures)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize("encoder", ENCODERS[:2])
def test_one_graph_answers_as_scikit_learn(
    image_set: ImageSet, encoder: str, classifier: str, cache: Path
) -> None:
    model = learnt(image_set, encoder, classifier, cache)
    graph = build_classifier(model)
    parity, _ = check_parity(model, graph, [picture.path for picture in image_set.pictures])
    assert parity.same_label == parity.pictures == 24 + 7  # those at the edge, and no descriptors at all
    assert parity.max_probability_difference <= 1e-5
    assert [each.name for each in graph.graph.input] == ["descriptors"]
    assert [each.name for each in graph.graph.output] == ["probabilities"]


@pytest.mark.parametrize(
    "encoder",
    [
        '{name = "bovw", words = 30, softness = 0.2}',
        '{name = "fisher", gaussians = 4, components = 8}',
        '{name = "bovw", words = 30, weighting = "tfidf", pyramid = 2}',
        '{name = "vlad", words = 8, components = 16, pyramid = 1}',
        '{name = "fisher", gaussians = 4, components = 8, pyramid = 1}',
    ],
)
def test_other_encoders_export_too(image_set: ImageSet, encoder: str, cache: Path) -> None:
    model = learnt(image_set, encoder, CLASSIFIERS[0], cache)
    names = [picture.path for picture in image_set.pictures]
    parity, _ = check_parity(model, build_classifier(model), names)
    assert parity.max_probability_difference <= 1e-5


def test_the_graph_takes_any_number_of_descriptors(image_set: ImageSet, cache: Path) -> None:
    graph = build_classifier(learnt(image_set, ENCODERS[0], CLASSIFIERS[0], cache))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    for count in (0, 1, 2, 500, 5000):
        descriptors = random.integers(0, 256, (count, 128)).astype(np.float32)
        [probabilities] = session.run(None, {"descriptors": descriptors})
        assert probabilities.shape == (1, 4)
        assert probabilities.dtype == np.float32
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_another_answer_names_the_picture(image_set: ImageSet, cache: Path) -> None:
    model = learnt(image_set, ENCODERS[0], CLASSIFIERS[0], cache)
    graph = build_classifier(model)
    drifted = replace(
        model, calibration=replace(model.calibration, sharpness=model.calibration.sharpness * 1.01)
    )
    names = [picture.path for picture in image_set.pictures]
    with pytest.raises(ParityError, match=r"astronaut/0\.jpg: a probability of the exported graph is"):
        check_parity(drifted, graph, names)


def test_the_graph_stays_within_what_older_run_times_read(image_set: ImageSet, cache: Path) -> None:
    graph = build_classifier(learnt(image_set, ENCODERS[0], CLASSIFIERS[0], cache))
    assert graph.ir_version <= 10
    versions = {each.domain: each.version for each in graph.opset_import}
    assert 17 <= versions[""] <= 20
    assert not onnx.checker.check_model(graph, full_check=True)
