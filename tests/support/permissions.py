"""Reads a folder as another user, to find files that are closed to others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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
