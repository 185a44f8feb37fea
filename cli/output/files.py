"""Writes the files that a command line names."""

from __future__ import annotations

from pathlib import Path


def write_file(path: Path, content: bytes) -> None:
    """Writes a file; folders of its path that are missing are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
