"""Pages generated from the code: Markdown tables, and `--check`, which compares instead of writing."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields the lines of a Markdown table, an empty line before it; a bar in a cell is escaped."""
    yield ""
    yield "| " + " | ".join(headings) + " |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") or "–" for cell in row) + " |"


def code(text: str) -> str:
    """Sets a text as code; an empty text stays empty."""
    return f"`{text}`" if text else ""


def write_or_check(name: str, description: str | None, lines: Callable[[], Sequence[str]]) -> int:
    """Runs the command line of a generator.

    Args:
        name: File name of the page in `docs/`.
        description: Text of `--help`: the docstring of the generator.
        lines: Makes the page.

    Returns:
        Exit status: 1 when `--check` finds that the committed page is stale.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    checks = parser.parse_args().check
    path, text = DOCS / name, "\n".join(lines()) + "\n"
    if not checks:
        path.write_text(text, encoding="utf-8")
        return 0
    committed = path.read_text(encoding="utf-8") if path.is_file() else ""
    if committed == text:
        return 0
    before, after = committed.splitlines(), text.splitlines()
    for line in difflib.unified_diff(before, after, f"docs/{name}", "generated from the code", lineterm=""):
        print(line, file=sys.stderr)
    print(f"docs/{name} is stale; run: make reference", file=sys.stderr)
    return 1
