"""The gateway that a command starts for itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bundle.repository import list_versions
from cli.serving.gateway import asked_alone
from tests.support.bundle import describe, write_files


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Three models, of which none is the default."""
    for name in ("one", "two", "three"):
        for version in (1, 2):
            manifest = describe({}, name=name, version=version).to_json().encode()
            write_files(tmp_path / name / str(version), {"manifest.json": manifest})
    return tmp_path


@pytest.mark.parametrize(("named", "asked"), [("", "one"), ("two", "two")])
def test_services_of_its_own_find_only_the_model_that_is_asked_for(
    models: Path, named: str, asked: str
) -> None:
    (models / ".default").write_text("one\n")
    with asked_alone(models, named) as found:
        assert list_versions(found) == {asked: [1, 2]}
    assert not found.exists()
    assert len(list_versions(models)) == 3


def test_all_models_stay_where_none_is_chosen(models: Path) -> None:
    with asked_alone(models, "") as found:
        assert found == models
