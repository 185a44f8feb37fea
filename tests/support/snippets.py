"""The code in a README, by the file name that its first line gives it."""

from __future__ import annotations

import re
from pathlib import Path

CLIENTS = Path(__file__).resolve().parents[2] / "clients"

_BLOCK = re.compile(r"^```\w+\n(.*?)^```", flags=re.S | re.M)
_NAME = re.compile(r"//\s+([\w./]+\.\w+)\n")


def snippets_of(readme: Path) -> dict[str, str]:
    """Returns the blocks of code that begin with a comment like `// Gateway.java`, by that name."""
    blocks = _BLOCK.findall(readme.read_text("utf-8"))
    return {named[1]: block for block in blocks if (named := _NAME.match(block))}


def write_snippets(readme: Path, folder: Path, *names: str) -> None:
    """Writes some of them as files into a folder.

    Raises:
        KeyError: When the README has none of that name.
    """
    found = snippets_of(readme)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(found[name], "utf-8")
