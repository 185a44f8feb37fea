"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = (
    "bundle",
    "cli",
    "drawing",
    "explanation",
    "runtime",
    "services",
    "sources",
    "training",
    "vision",
)
ROOTS = {
    **dict.fromkeys(APPLICATION, ROOT),
    "lienzo_client": ROOT / "clients" / "python",
    "lienzo_coreml": ROOT / "export" / "coreml",
    "lienzo_notebook": ROOT / "notebook",
}


def modules_with_examples() -> list[str]:
    return sorted(
        ".".join(path.relative_to(root).with_suffix("").parts)
        for name, root in ROOTS.items()
        for path in (root / name).rglob("*.py")
        if ">>> " in path.read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("name", modules_with_examples())
def test_the_examples_hold(name: str) -> None:
    result = doctest.testmod(import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
