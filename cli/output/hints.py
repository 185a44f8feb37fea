"""Hints that hold where they are read."""

from __future__ import annotations

import re
from pathlib import Path

_ABOVE_CLI = Path(__file__).resolve().parents[2]


def installable(message: str, root: Path | None = None) -> str:
    """Names an extra so that pip finds it: in a checkout by its folder, since no index has what is only here.

    Args:
        message: May have `pip install 'lienzo[EXTRA]'` in it.
        root: The folder of `cli`; by default the one that runs.

    >>> installable("pip install 'lienzo[oci]'", Path("/nowhere"))
    "pip install 'lienzo[oci]'"
    """
    above = root or _ABOVE_CLI
    if not (above / "pyproject.toml").is_file():
        return message
    return re.sub(r"pip install '?lienzo\[(\w+)\]'?", rf"pip install -e '{above}[\1]'", message)
