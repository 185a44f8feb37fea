from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from runtime.configuration.folders import check_folder
from services.features.settings import FeaturesSettings
from services.gateway.settings import GatewaySettings


def test_a_folder_may_be_there_or_come_later(tmp_path: Path) -> None:
    assert check_folder(tmp_path) == tmp_path
    assert check_folder(tmp_path / "later") == tmp_path / "later"


@pytest.mark.parametrize("settings", [FeaturesSettings, GatewaySettings])
def test_a_file_in_place_of_the_models_is_told_at_the_start(
    settings: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["example"])
    (tmp_path / "models").write_text("x")
    with pytest.raises(ValueError, match="models cannot be read as a folder: Not a directory"):
        settings(models=tmp_path / "models")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_is_closed_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        with pytest.raises(ValueError, match="Permission denied"):
            check_folder(tmp_path)
    finally:
        tmp_path.chmod(0o700)
