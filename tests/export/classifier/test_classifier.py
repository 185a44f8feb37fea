from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import onnx
import onnxruntime
import pytest

from export.classifier.graph import build_classifier
from export.errors import ParityError
from export.parity.classifier import check_classifier
from tests.export.pairs import CLASSIFIERS, ENCODERS, train_pair
from training.encoders.local import LocalEncoder
from training.imagesets.imageset import ImageSet, read_image_set
from training.model import TrainedModel

Fitted = Callable[[str, str], TrainedModel]


@pytest.fixture(scope="module")
def cache(new_cache: Callable[[], Path]) -> Path:
    return new_cache()


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_two_labels_are_enough(image_folder: Path, classifier: str, cache: Path, tmp_path: Path) -> None:
    for folder in sorted(path for path in image_folder.iterdir() if path.is_dir())[:2]:
        (tmp_path / folder.name).symlink_to(folder)
    image_set = read_image_set(tmp_path)

    model = train_pair(image_set, ENCODERS[0], classifier, cache)
    parity, _ = check_classifier(model, build_classifier(model), [each.path for each in image_set.pictures])

    assert len(model.labels) == 2
    assert parity.same_label == parity.pictures > len(image_set.pictures)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_one_graph_answers_as_scikit_learn(
    image_set: ImageSet, encoder: str, classifier: str, fitted: Fitted
) -> None:
    model = fitted(encoder, classifier)
    graph = build_classifier(model)
    parity, _ = check_classifier(model, graph, [picture.path for picture in image_set.pictures])
    assert parity.same_label == parity.pictures == 24 + 7  # those at the edge, and no descriptors at all
    assert parity.max_probability_difference <= 1e-5
    assert [each.name for each in graph.graph.input] == ["descriptors"]
    assert [each.name for each in graph.graph.output] == ["probabilities"]


@pytest.mark.parametrize(
    "classifier",
    [
        '{name = "knn", metric = "cosine"}',
        '{name = "knn", metric = "manhattan"}',
        '{name = "poly_svm", degree = 3, offset = 0.0, class_weight = "balanced"}',
    ],
)
def test_other_settings_of_classifiers_export_too(
    image_set: ImageSet, classifier: str, fitted: Fitted
) -> None:
    model = fitted(ENCODERS[0], classifier)
    names = [picture.path for picture in image_set.pictures]
    parity, _ = check_classifier(model, build_classifier(model), names)
    assert parity.max_probability_difference <= 1e-5


OTHER_ENCODERS = [
    '{name = "bovw", words = 30, softness = 0.2}',
    '{name = "fisher", gaussians = 4, components = 8}',
    '{name = "bovw", words = 30, weighting = "tfidf", pyramid = 2}',
    '{name = "vlad", words = 8, components = 16, pyramid = 1}',
    '{name = "fisher", gaussians = 4, components = 8, pyramid = 1}',
]


@pytest.mark.parametrize("kind", get_args(LocalEncoder))
def test_every_encoder_of_descriptors_is_exported_here(kind: Any) -> None:
    name = kind.model_fields["name"].default
    assert any(f'"{name}"' in each for each in ENCODERS + OTHER_ENCODERS), f"OTHER_ENCODERS lacks {name}"


@pytest.mark.parametrize("encoder", OTHER_ENCODERS)
def test_other_encoders_export_too(image_set: ImageSet, encoder: str, fitted: Fitted) -> None:
    model = fitted(encoder, CLASSIFIERS[0])
    names = [picture.path for picture in image_set.pictures]
    parity, _ = check_classifier(model, build_classifier(model), names)
    assert parity.max_probability_difference <= 1e-5


def test_the_graph_takes_any_number_of_descriptors(fitted: Fitted) -> None:
    graph = build_classifier(fitted(ENCODERS[0], CLASSIFIERS[0]))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    for count in (0, 1, 2, 500, 5000):
        descriptors = random.integers(0, 256, (count, 128)).astype(np.float32)
        [probabilities] = session.run(None, {"descriptors": descriptors})
        assert probabilities.shape == (1, 4)
        assert probabilities.dtype == np.float32
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_another_answer_names_the_picture(image_set: ImageSet, fitted: Fitted) -> None:
    model = fitted(ENCODERS[0], CLASSIFIERS[0])
    graph = build_classifier(model)
    drifted = replace(
        model, calibration=replace(model.calibration, sharpness=model.calibration.sharpness / 10)
    )
    names = [picture.path for picture in image_set.pictures]
    with pytest.raises(ParityError, match=r"astronaut/0\.jpg: a probability of onnxruntime differs by"):
        check_classifier(drifted, graph, names)


def test_the_graph_stays_within_what_older_run_times_read(fitted: Fitted) -> None:
    graph = build_classifier(fitted(ENCODERS[0], CLASSIFIERS[0]))
    assert graph.ir_version <= 10
    versions = {each.domain: each.version for each in graph.opset_import}
    assert 17 <= versions[""] <= 20
    assert not onnx.checker.check_model(graph, full_check=True)
