"""The first bytes of a picture are known in one place."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = (
    "bundle",
    "cli",
    "clients",
    "drawing",
    "explanation",
    "export",
    "runtime",
    "services",
    "sources",
    "training",
    "vision",
)


@pytest.mark.parametrize("mark", ["ftyp", "GIF8", "RIFF", "\\xff\\xd8", "\\x89PNG"])
def test_nobody_else_looks_at_first_bytes(mark: str) -> None:
    sources = (
        file
        for room in ROOMS
        for ending in ("py", "js", "ts", "swift")
        for file in (ROOT / room).rglob(f"*.{ending}")
        if "node_modules" not in file.parts
    )
    knowing = {str(file.relative_to(ROOT)) for file in sources if mark in file.read_text(encoding="utf-8")}
    assert knowing == {"vision/decoding/formats.py"}
