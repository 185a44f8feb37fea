from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import numpy as np
import onnxruntime
import pytest

import export.bundle
from bundle import layout
from bundle.folder import read_bundle
from bundle.manifest import Component, Manifest, TrainingData
from bundle.meanings import read_meanings
from bundle.repository import default_model, list_versions
from bundle.working_folder import working_folder
from export.bundle import check_repository, write_bundle
from export.errors import ExportError
from export.model import ExportedModel, export_model
from tests.support.bundle import write_files
from tests.support.permissions import unreadable_for_others
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.trainer import train

pytestmark = pytest.mark.slow

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
FILES = {layout.CLASSIFIER: b"graph", layout.METRICS: b"{}"}
MEANINGS = {"coffee": {"name": "Coffee", "name_es": "Café"}}
RECIPE = """
extractor = {name = "rootsift", max_side_px = 240}
encoders = [{name = "vlad", words = 8, components = 16}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
"""


def describe(version: int, digests: dict[str, str]) -> Manifest:
    return Manifest(
        name="small",
        version=version,
        created=CREATED,
        recipe={},
        extractor=Component(name="sift"),
        features="local",
        dimension=128,
        encoder=None,
        classifier=Component(name="linear_svm"),
        labels=("a", "b"),
        calibration="softmax",
        threshold=0.5,
        metrics={},
        training_data=TrainingData(fingerprint="0" * 64, pictures=1, groups=1),
        seed=0,
        versions={},
        files=digests,
    )


@pytest.fixture(scope="module")
def model(image_set: ImageSet, new_cache: Callable[[], Path]) -> TrainedModel:
    return train(image_set, parse_recipe(RECIPE, "small", "small"), new_cache())


@pytest.fixture(scope="module")
def exported(
    model: TrainedModel, image_set: ImageSet, tmp_path_factory: pytest.TempPathFactory
) -> ExportedModel:
    return export_model(model, image_set, (), tmp_path_factory.mktemp("models"), "small", CREATED, MEANINGS)


def test_each_training_writes_the_next_version(tmp_path: Path) -> None:
    for version in (1, 2, 3):
        assert write_bundle(tmp_path / "models", "small", FILES, describe).name == str(version)
    assert read_bundle(tmp_path / "models" / "small" / "3").version == 3


def test_others_may_read_what_was_written_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        folder = write_bundle(tmp_path / "models", "small", {**FILES, layout.EXPECTED: b"{}"}, describe)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.parent.parent.stat().st_mode) == 0o755
    assert unreadable_for_others(tmp_path / "models") == []


def test_the_first_model_of_a_repository_stays_its_default(tmp_path: Path) -> None:
    for name in ("small", "a-later-one"):
        write_bundle(tmp_path, name, FILES, describe)
        assert default_model(tmp_path) == "small"
    assert stat.S_IMODE((tmp_path / ".default").stat().st_mode) == 0o644
    write_files(tmp_path / "others", {f"{name}/1/manifest.json": b"{}" for name in "ab"})
    write_bundle(tmp_path / "others", "c", FILES, describe)
    assert default_model(tmp_path / "others") == ""


def test_a_repository_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir(mode=0o750)
    write_bundle(tmp_path / "models", "small", FILES, describe)
    assert stat.S_IMODE((tmp_path / "models").stat().st_mode) == 0o750


def test_two_trainings_at_once_get_a_version_each(tmp_path: Path) -> None:
    threads = [Thread(target=write_bundle, args=(tmp_path, "small", FILES, describe)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list_versions(tmp_path) == {"small": list(range(1, 9))}
    for version in range(1, 9):
        assert read_bundle(tmp_path / "small" / str(version)).version == version


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(export.bundle.os, "fsync", full)
    with pytest.raises(ExportError, match=r"could not be written .*No space left on device"):
        write_bundle(tmp_path, "small", FILES, describe)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_training_left_is_removed_by_the_next(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time; from bundle.working_folder import working_folder\n"
        "with working_folder(pathlib.Path(sys.argv[1]), 'small') as folder:\n"
        "    (folder / 'half').write_text('written'); print('ready', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == "ready\n"
        [left] = tmp_path.iterdir()
        with working_folder(tmp_path, "small") as own:
            assert left.is_dir(), "it is still being written"
            killed.kill()
            killed.wait(30)
            write_bundle(tmp_path, "small", FILES, describe)
            assert own.is_dir()
    assert not left.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == [".default", "small"]


def test_says_when_the_repository_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    with pytest.raises(ExportError, match="no model can be written there"):
        write_bundle(tmp_path / "models", "small", FILES, describe)


def test_says_before_a_training_that_its_model_could_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "art").touch()
    for root, name in (
        (tmp_path / "file", "small"),
        (tmp_path / "file" / "models", "small"),
        (tmp_path, "art"),
    ):
        with pytest.raises(ExportError, match=r"no model can be written there \(Not a directory\)"):
            check_repository(root, name)
    check_repository(tmp_path, "small")
    check_repository(tmp_path / "not" / "yet", "small")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["art", "file"]


def test_the_bundle_says_what_it_is(exported: ExportedModel, image_set: ImageSet) -> None:
    manifest = read_bundle(exported.folder)
    assert manifest == exported.manifest
    assert manifest.labels == image_set.labels
    assert manifest.dimension == 128
    assert manifest.training_data.fingerprint == image_set.fingerprint
    assert {"accuracy", "log_loss", "calibration_error"} <= manifest.metrics.keys()
    assert {layout.CLASSIFIER, layout.METRICS, layout.EXPECTED} <= manifest.files.keys()
    assert manifest.versions["scikit-learn"]
    assert read_meanings(manifest, exported.folder) == MEANINGS


def test_the_manifest_names_the_members_of_a_vote(image_set: ImageSet, cache: Path, tmp_path: Path) -> None:
    voting = parse_recipe(
        RECIPE.replace(
            '{name = "linear_svm"}', '{name = "vote", members = [{name = "linear_svm"}, {name = "knn"}]}'
        ),
        "vote",
        "vote",
    )
    elected = train(image_set, voting, cache)
    written = export_model(elected, image_set, (), tmp_path / "models", "vote", CREATED)
    classifier = read_bundle(written.folder).classifier
    assert classifier.name == "vote"
    assert classifier.parameters == {
        "members.1.name": "linear_svm",
        "members.1.C": 1.0,
        "members.1.class_weight": "none",
        "members.1.loss": "hinge",
        "members.2.name": "knn",
        "members.2.neighbors": 5,
        "members.2.metric": "euclidean",
    }


def test_golden_files_repeat(exported: ExportedModel) -> None:
    session = onnxruntime.InferenceSession(
        exported.folder / layout.CLASSIFIER, providers=["CPUExecutionProvider"]
    )
    cases = json.loads((exported.folder / layout.EXPECTED).read_text())["cases"]
    assert len(cases) == 5
    for case in cases:
        descriptors = np.load(exported.folder / layout.GOLDEN / case["input"], allow_pickle=False)
        [probabilities] = session.run(None, {"descriptors": descriptors.astype(np.float32)})
        np.testing.assert_allclose(probabilities[0], case["probabilities"], atol=1e-7)
        assert exported.manifest.labels[probabilities.argmax()] == case["label"]


def test_the_same_seed_writes_the_same_bytes(
    image_set: ImageSet, exported: ExportedModel, cache: Path, tmp_path: Path
) -> None:
    again = train(image_set, parse_recipe(RECIPE, "small", "small"), cache)
    folder = export_model(again, image_set, (), tmp_path / "models", "small", CREATED, MEANINGS).folder
    # The page tells measured times; what it is made of is compared in the tests of the report.
    timed = {"index.html", layout.MANIFEST}
    for path in sorted(exported.folder.rglob("*")):
        if path.is_file() and path.name not in timed:
            assert path.read_bytes() == (folder / path.relative_to(exported.folder)).read_bytes(), path.name
    one, other = read_bundle(exported.folder), read_bundle(folder)
    assert one.fingerprint == other.fingerprint
    changed = {path for path, digest in one.files.items() if other.files[path] != digest}
    assert changed <= {layout.PAGE}
    same = {"files": {}, "versions": {}}
    assert one.model_copy(update=same) == other.model_copy(update=same)
