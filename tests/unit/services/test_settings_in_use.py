"""A setting that nobody reads promises what does not happen."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from services.table import BACKENDS, SERVICES, ServiceEntry
from tests.unit.services.test_table import settings_of

ROOT = Path(__file__).resolve().parents[3]
BY_NAME_OF_SERVICE = {f"{name}_target" for name in BACKENDS}


@pytest.fixture(scope="module")
def read() -> set[str]:
    """Names of attributes that services and run time read, and texts, by which validators read values."""
    found: set[str] = set()
    for path in [*(ROOT / "runtime").rglob("*.py"), *(ROOT / "services").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_every_setting_is_read_somewhere(service: ServiceEntry, read: set[str]) -> None:
    unread = settings_of(service).model_fields.keys() - read - BY_NAME_OF_SERVICE
    assert sorted(unread) == [], f"the settings of {service.name} have fields that nobody reads"
