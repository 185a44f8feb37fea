"""What is written from the contract says what the contract says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_committed_stubs_are_what_the_contract_gives() -> None:
    done = run(ROOT / "protos" / "generate.py", "--check")

    assert done.returncode == 0, done.stderr


def test_the_page_of_the_contract_is_what_its_comments_say() -> None:
    done = run(ROOT / "protos" / "document.py", "--check")

    assert done.returncode == 0, done.stderr


def test_the_page_of_errors_is_what_the_tables_of_reasons_say() -> None:
    done = run(ROOT / "docs" / "generate" / "errors.py", "--check")

    assert done.returncode == 0, done.stderr


def test_what_is_said_of_several_fields_together_is_on_the_page() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")

    assert "`source`, one of `data`, `uri`, `upload_id`: Where the bytes come from. Exactly one must" in page


def test_every_method_and_field_is_described() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")

    assert "**ClassifyImage** (ClassifyImageRequest) → ClassifyImageResponse" in page
    assert [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")] == []


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("java", "class ClassifyImageRequest"),
        ("kotlin", "classifyImageRequest"),
        ("objc", "ClassifyImageRequest"),
        ("csharp", "class ClassifyImageRequest"),
    ],
)
def test_other_platforms_get_the_messages(platform: str, text: str, tmp_path: Path) -> None:
    done = run(ROOT / "clients" / "generate.py", tmp_path)

    assert done.returncode == 0, done.stderr
    written = "".join(path.read_text() for path in (tmp_path / platform).rglob("*") if path.is_file())
    assert text in written
