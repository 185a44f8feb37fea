"""What tests of commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def curate(lienzo: Any, tmp_path: Path) -> Any:
    """Runs a command with the catalogues of this test."""
    return lambda *arguments: lienzo(*map(str, arguments), "--catalogues", str(tmp_path / "catalogues"))
