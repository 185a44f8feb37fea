from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from bundle import layout
from bundle.errors import BundleError, UnknownModel
from bundle.folder import read_manifest
from bundle.repository import closed_models, find_bundle, list_versions, next_version
from tests.support.permissions import another_user, open_folder


def add(root: Path, *parts: str) -> Path:
    folder = root.joinpath(*parts)
    folder.mkdir(parents=True)
    (folder / layout.MANIFEST).write_text("{}")
    return folder


def test_lists_versions_as_numbers(tmp_path: Path) -> None:
    for version in ("1", "2", "10"):
        add(tmp_path, "artworks", version)
    add(tmp_path, "digits", "3")

    assert list_versions(tmp_path) == {"artworks": [1, 2, 10], "digits": [3]}
    assert find_bundle(tmp_path, "artworks").name == "10"
    assert next_version(tmp_path, "artworks") == 11
    assert next_version(tmp_path, "new") == 1


def test_sees_nothing_that_is_not_a_whole_version(tmp_path: Path) -> None:
    add(tmp_path, "artworks", ".writing-1")
    add(tmp_path, ".artworks-x", "1")
    add(tmp_path, "artworks", "latest")
    add(tmp_path, "artworks", "0")
    (tmp_path / "artworks" / "4").mkdir()
    (tmp_path / "notes.txt").write_text("no model")

    assert list_versions(tmp_path) == {}
    assert list_versions(tmp_path / "nowhere") == {}


def test_is_not_disturbed_by_folders_that_vanish_meanwhile(tmp_path: Path) -> None:
    add(tmp_path, "artworks", "1")
    stopping = threading.Event()

    def come_and_go() -> None:
        while not stopping.is_set():
            shutil.rmtree(add(tmp_path, "fleeting", "1").parent)

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        assert all(list_versions(tmp_path)["artworks"] == [1] for _ in range(300))
    finally:
        stopping.set()
        thread.join()


def test_says_what_there_is_and_what_was_meant(tmp_path: Path) -> None:
    for version in ("1", "2", "3"):
        add(tmp_path, "artworks", version)
    add(tmp_path, "digits", "1")

    with pytest.raises(UnknownModel) as error:
        find_bundle(tmp_path, "artwork")

    assert str(error.value) == (
        'No model "artwork". There are: artworks (versions 1–3), digits (version 1). Did you mean artworks?'
    )


def test_a_closed_version_counts_and_a_closed_model_is_told_apart() -> None:
    with open_folder() as root:
        add(root, "artworks", "1")
        add(root, "artworks", "2").chmod(0)
        add(root, "secret", "1").parent.chmod(0)
        with another_user():
            assert list_versions(root) == {"artworks": [1, 2]}
            assert closed_models(root) == ["secret"]
            with pytest.raises(BundleError, match=r"manifest.json cannot be read \(Permission denied\)"):
                read_manifest(find_bundle(root, "artworks"))
        for closed in (root / "artworks" / "2", root / "secret"):
            closed.chmod(0o755)
