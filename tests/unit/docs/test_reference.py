"""The pages that are written from the code say all of it; `make check-stubs` holds them to the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GENERATORS = ("settings", "commands")
PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in GENERATORS}


@pytest.mark.parametrize("name", GENERATORS)
def test_every_line_of_a_table_says_what_it_is_about(name: str) -> None:
    assert [line for line in PAGES[name].splitlines() if line.endswith("| – |")] == []


def test_every_variable_that_a_command_reads_is_documented() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "cli").rglob("*.py")]
    read = {name for source in sources for name in re.findall(r'"(LIENZO_[A-Z_]+)"', source)}
    assert "LIENZO_API_KEY" in read
    assert {name for name in read if not any(f"`{name}`" in page for page in PAGES.values())} == set()


def test_a_stale_page_fails_with_the_difference(tmp_path: Path) -> None:
    script = "import sys, page; page.DOCS = page.Path(sys.argv.pop()); " + (
        "sys.exit(page.write_or_check('a.md', None, lambda: ['new']))"
    )
    (tmp_path / "a.md").write_text("old\n")
    done = subprocess.run(
        [sys.executable, "-c", script, "--check", tmp_path],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "docs" / "generate")},
    )
    assert done.returncode == 1
    assert "-old\n+new\n" in done.stderr
