"""Hints that hold where they are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_ABOVE_CLI = Path(__file__).resolve().parents[2]
_FOLDERS: Final = {
    "lienzo": "",
    "lienzo-client": "/clients/python",
    "lienzo-coreml": "/export/coreml",
    "lienzo-notebook": "/notebook",
    "lienzo-protos": "/protos",
}
"""The distributions of a checkout."""
_HINT: Final = re.compile(rf"pip install '?({'|'.join(_FOLDERS)})(\[[\w,]+\])?(?![\w-])'?")


def installable(message: str, root: Path | None = None) -> str:
    """Names a distribution so that pip finds it: in a checkout by its folder, since no index has it.

    Of an installed wheel the name is right: pip takes what is installed, and adds what its extra lacks.

    Args:
        message: May have `pip install 'lienzo[EXTRA]'` in it, or another distribution of ours.
        root: The folder of `cli`; by default the one that runs.

    >>> installable("pip install 'lienzo[oci]'", Path("/nowhere"))
    "pip install 'lienzo[oci]'"
    """
    above = root or _ABOVE_CLI
    if not (above / "pyproject.toml").is_file():
        return message
    return _HINT.sub(lambda hint: f"pip install -e '{above}{_FOLDERS[hint[1]]}{hint[2] or ''}'", message)
