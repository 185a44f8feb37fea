from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

from bundle import layout
from bundle.errors import UnknownModel
from bundle.manifest import Manifest
from runtime.models import store as models
from runtime.models.errors import BrokenBundle, ModelNotNamed
from runtime.models.store import ModelStore
from tests.support.model import write_model
from tests.support.waiting import eventually
from tests.unit.runtime.models.conftest import Store, flip_a_byte, load, version


def test_an_empty_or_absent_repository_has_no_models(tmp_path: Path) -> None:
    store: Store = ModelStore(tmp_path / "absent", load)
    store.start()
    assert store.newest() == []
    with pytest.raises(UnknownModel, match="there are none yet"):
        store.get("patterns")
    store.stop()


def test_says_why_no_model_can_be_served(store: Store, tmp_path: Path) -> None:
    assert store.problem() == "the model repository has no model"
    folder = write_model(tmp_path)
    flip_a_byte(folder / layout.CLASSIFIER)
    store.refresh()
    assert store.problem() == "no model can be used: 1 version cannot be loaded, see the log"
    write_model(tmp_path, version=2)
    store.refresh()
    assert store.problem() == ""


def test_serves_the_newest_version_and_older_ones_by_number(store: Store, tmp_path: Path) -> None:
    for number in (1, 2, 10):
        write_model(tmp_path, version=number)
    store.refresh()
    assert [each.manifest.version for each in store.newest()] == [10]
    assert (version(store), version(store, "", 0), version(store, "patterns", 2)) == (10, 10, 2)
    with pytest.raises(UnknownModel):
        store.get("patterns", 3)


def test_needs_a_name_where_there_are_several(store: Store, tmp_path: Path) -> None:
    write_model(tmp_path, "one")
    write_model(tmp_path, "two")
    store.refresh()
    with pytest.raises(ModelNotNamed, match="one, two"):
        store.get()


def test_a_second_model_changes_nothing_for_callers_who_name_none(store: Store, tmp_path: Path) -> None:
    write_model(tmp_path, "one")
    store.refresh()
    write_model(tmp_path, "another")
    store.refresh()
    assert store.get().manifest.name == "one"


def test_a_default_that_a_restart_would_forget_is_told_once(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_model(tmp_path, name="first")
    store.refresh()
    for name in ("second", "third"):
        write_model(tmp_path, name=name)
        store.refresh()
    [told] = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert told == (
        "requests that name no model get first until this process ends; "
        f"its name in {tmp_path / '.default'} keeps that"
    )
    caplog.clear()
    (tmp_path / ".default").write_text("first\n")
    again: Store = ModelStore(tmp_path, load)
    again.refresh()
    assert version(again, "") == 1
    assert not [each for each in caplog.records if each.levelname == "WARNING"]


def test_the_recorded_default_is_taken_at_once_when_it_changes(store: Store, tmp_path: Path) -> None:
    write_model(tmp_path, "one")
    write_model(tmp_path, "two")
    for name in ("two", "one"):
        (tmp_path / ".default").write_text(f"{name}\n")
        store.refresh()
        assert store.get().manifest.name == name
    (tmp_path / ".default").write_text("misspelt\n")
    store.refresh()
    assert store.get().manifest.name == "one"


def test_finds_a_new_version_that_was_not_looked_for_yet(store: Store, tmp_path: Path) -> None:
    store.refresh()
    write_model(tmp_path)
    assert version(store, "patterns", 1) == 1


def test_a_version_made_anew_under_the_same_number_is_served(store: Store, tmp_path: Path) -> None:
    write_model(tmp_path, labels=("a", "b", "c"))
    store.refresh()
    shutil.rmtree(tmp_path / "patterns")
    store.refresh()
    write_model(tmp_path, labels=("x", "y", "z"))
    store.refresh()
    assert store.get("patterns").loaded == "x"


def test_taking_the_newest_version_away_brings_the_one_before_back(store: Store, tmp_path: Path) -> None:
    write_model(tmp_path)
    write_model(tmp_path, version=2)
    store.refresh()
    shutil.rmtree(tmp_path / "patterns" / "2")
    store.refresh()
    assert version(store) == 1


def test_a_call_on_its_way_still_finds_the_version_that_was_taken_away(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(tmp_path)
    store.refresh()
    shutil.rmtree(tmp_path / "patterns")
    store.refresh()
    assert version(store, "patterns", 1) == 1
    assert store.newest() == []
    with pytest.raises(UnknownModel):
        store.get("patterns")
    monkeypatch.setattr(models, "GRACE_SECONDS", 0.0)
    store.refresh()
    with pytest.raises(UnknownModel):
        store.get("patterns", 1)


def test_keeps_only_a_few_versions_in_memory(store: Store, tmp_path: Path) -> None:
    for number in range(1, 7):
        write_model(tmp_path, version=number)
    store.refresh()
    for number in (1, 2, 3):
        assert version(store, "patterns", number) == number
    assert len(store._models["patterns"]) <= models.KEPT_VERSIONS + 1


def test_watches_by_itself(tmp_path: Path) -> None:
    store: Store = ModelStore(tmp_path, load, poll_seconds=0.02)
    store.start()
    write_model(tmp_path)
    eventually(lambda: [each.manifest.version for each in store.newest()] == [1])
    store.stop()


def test_goes_on_watching_after_a_fault(tmp_path: Path) -> None:
    faults = iter([RuntimeError("once")])

    def load_with_a_fault(manifest: Manifest, folder: Path) -> str:
        for fault in faults:
            raise fault
        return load(manifest, folder)

    store: Store = ModelStore(tmp_path, load_with_a_fault, poll_seconds=0.02)
    store.start()
    write_model(tmp_path)
    eventually(lambda: bool(store.newest()))
    store.stop()


def test_many_readers_never_miss_a_model_while_versions_come(store: Store, tmp_path: Path) -> None:
    write_model(tmp_path)
    store.refresh()
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(version(store))
            time.sleep(0.0002)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2, 8):
        write_model(tmp_path, version=number)
        store.refresh()
    done.set()
    reader.join()
    assert seen == sorted(seen)


def test_old_versions_are_described_without_being_loaded(tmp_path: Path) -> None:
    loaded: list[int] = []

    def count(manifest: Manifest, folder: Path) -> str:
        loaded.append(manifest.version)
        return ""

    for number in range(1, 8):
        write_model(tmp_path, version=number)
    store: Store = ModelStore(tmp_path, count, poll_seconds=3600)
    store.refresh()
    assert loaded == [7]
    for _ in range(3):
        assert [store.manifest("patterns", number).version for number in (1, 2, 0)] == [1, 2, 7]
    assert loaded == [7]
    with pytest.raises(UnknownModel):
        store.manifest("patterns", 9)
    flip_a_byte(tmp_path / "patterns" / "2" / layout.CLASSIFIER)
    with pytest.raises(BrokenBundle):
        store.manifest("patterns", 2)


def test_two_old_versions_in_turn_are_loaded_once(tmp_path: Path) -> None:
    loaded: list[int] = []

    def count(manifest: Manifest, folder: Path) -> str:
        loaded.append(manifest.version)
        return ""

    for number in range(1, 8):
        write_model(tmp_path, version=number)
    store: Store = ModelStore(tmp_path, count, poll_seconds=3600)
    store.refresh()
    for _ in range(3):
        assert [version(store, "patterns", number) for number in (1, 2, 6, 5)] == [1, 2, 6, 5]
    assert loaded == [7, 1, 2, 6, 5]
