"""Reads a folder as another user, to find files that are closed to others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

# Below the working folder, which the child is in already: those above may be closed to others.
_TRIED = """
import json, os
def report(error):
    failed.append(error.filename)
failed = []
for folder, folders, names in os.walk(".", onerror=report):
    for name in names:
        try:
            open(os.path.join(folder, name), "rb").read()
        except OSError as error:
            report(error)
print(json.dumps(sorted(failed)))
"""


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that other users can look into, as they cannot into those of pytest."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def another_user() -> Iterator[None]:
    """Makes root another user inside the context; to anyone else, closed files are closed as they are."""
    if os.geteuid() == 0:
        os.seteuid(10001)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)


def unreadable_for_others(folder: Path) -> list[str]:
    """Lists the files that the user of the containers cannot read; skips the test unless it runs as root."""
    if os.geteuid() != 0:
        pytest.skip("only root may become another user")
    done = subprocess.run(
        ["python3", "-I", "-S", "-c", _TRIED],
        env={"PATH": f"/usr/bin:/bin:{Path(sys.base_prefix) / 'bin'}"},
        cwd=folder,
        user=10001,
        group=10001,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[str] = json.loads(done.stdout)
    return found
