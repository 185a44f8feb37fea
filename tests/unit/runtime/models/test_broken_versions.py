"""Versions that cannot be served: what callers get, and when they are tried again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bundle import layout
from bundle.errors import BundleError, UnknownModel
from bundle.manifest import Manifest
from runtime.models.errors import BrokenBundle
from runtime.models.store import ModelStore
from tests.support.model import write_model
from tests.support.permissions import another_user, open_folder
from tests.unit.runtime.models.conftest import Store, flip_a_byte, load, version


def test_the_version_before_a_broken_one_goes_on(store: Store, tmp_path: Path) -> None:
    write_model(tmp_path)
    flip_a_byte(write_model(tmp_path, version=2) / layout.CLASSIFIER)
    store.refresh()
    assert version(store) == 1
    with pytest.raises(BrokenBundle, match=r"version 2 cannot be used: classifier\.onnx was changed"):
        store.get("patterns", 2)


def test_a_single_broken_version_is_told_without_a_name_too(store: Store, tmp_path: Path) -> None:
    flip_a_byte(write_model(tmp_path) / layout.CLASSIFIER)
    store.refresh()
    with pytest.raises(BrokenBundle, match="patterns version 1"):
        store.get()


def test_a_broken_version_is_tried_again_when_its_files_change(store: Store, tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    whole = (folder / layout.CLASSIFIER).read_bytes()
    (folder / layout.CLASSIFIER).write_bytes(whole[:100])
    store.refresh()
    with pytest.raises(BrokenBundle):
        store.get("patterns")
    (folder / layout.CLASSIFIER).write_bytes(whole)
    assert version(store) == 1


def test_a_version_closed_to_the_server_harms_no_other_and_is_served_once_it_is_opened(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with open_folder() as root:
        store: Store = ModelStore(root, load)
        write_model(root, name="open")
        closed = write_model(root, name="closed")
        secret = write_model(root, name="secret").parent
        closed.chmod(0)
        secret.chmod(0)
        with another_user():
            store.refresh()
            store.refresh()
            assert version(store, "open") == 1
            with pytest.raises(BrokenBundle, match=r"manifest.json cannot be read \(Permission denied\)"):
                store.get("closed")
        closed.chmod(0o755)
        secret.chmod(0o755)
        with another_user():
            assert version(store, "closed") == version(store, "secret") == 1
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == [
        "model closed version 1 cannot be loaded: manifest.json cannot be read (Permission denied)",
        "model secret cannot be looked into: its folder is closed to this user",
    ]


def test_a_file_that_is_opened_to_the_server_is_read_again() -> None:
    with open_folder() as root:
        store: Store = ModelStore(root, load)
        file = write_model(root) / layout.CLASSIFIER
        file.chmod(0)
        with another_user():
            store.refresh()
            with pytest.raises(BrokenBundle, match=r"classifier.onnx cannot be read \(Permission denied\)"):
                store.get()
        file.chmod(0o644)
        with another_user():
            assert version(store) == 1


def test_a_broken_version_that_was_taken_away_is_not_named_any_more(store: Store, tmp_path: Path) -> None:
    flip_a_byte(write_model(tmp_path) / layout.CLASSIFIER)
    store.refresh()
    shutil.rmtree(tmp_path / "patterns")
    store.refresh()
    assert store.problem() == "the model repository has no model"
    with pytest.raises(UnknownModel, match=r"^No model: there are none yet\.$"):
        store.get()


def test_what_is_loaded_goes_on_when_its_file_is_damaged_later(store: Store, tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    store.refresh()
    flip_a_byte(folder / layout.CLASSIFIER)
    store.refresh()
    assert version(store) == 1


def test_never_sees_a_bundle_that_is_still_written(store: Store, tmp_path: Path) -> None:
    write_model(tmp_path)
    half = write_model(tmp_path, version=2).rename(tmp_path / "patterns" / ".writing-2")
    store.refresh()
    assert version(store) == 1
    half.rename(tmp_path / "patterns" / "2")
    store.refresh()
    assert version(store) == 2


def test_refuses_a_bundle_in_another_models_folder(store: Store, tmp_path: Path) -> None:
    write_model(tmp_path, "one").parent.rename(tmp_path / "two")
    store.refresh()
    with pytest.raises(BrokenBundle, match="the manifest says one version 1"):
        store.get("two")


def test_a_bundle_that_cannot_be_loaded_is_broken(tmp_path: Path) -> None:
    def refuse(manifest: Manifest, folder: Path) -> str:
        raise BundleError(folder, "no such extractor here")

    write_model(tmp_path)
    store: Store = ModelStore(tmp_path, refuse)
    with pytest.raises(BrokenBundle, match="no such extractor here"):
        store.get()
