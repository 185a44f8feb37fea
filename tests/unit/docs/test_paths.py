"""Documents name files and functions that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Folders of the repository; models/ is what users train, and is named as an example.
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"models"}
ENDINGS = (".py", ".proto", ".toml", ".md", ".yaml", ".yml")


def in_code(text: str) -> list[str]:
    """What stands between backticks on a line, outside fenced blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))


def is_path(token: str) -> bool:
    if not re.fullmatch(r"[\w./*-]+", token) or "/" not in token:
        return False
    return token.partition("/")[0] in FOLDERS or token.endswith(ENDINGS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_a_document_exists(page: Path) -> None:
    # NAME stands for what a reader adds: then its neighbours must be there.
    paths = {token.replace("NAME", "*") for token in in_code(page.read_text("utf-8")) if is_path(token)}
    assert {path for path in paths if not any(ROOT.glob(path.rstrip("/")))} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    files = [link for link in links if "://" not in link]
    assert [link for link in files if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_function_named_after_its_file_is_in_it(page: Path) -> None:
    text = re.sub(r"\s+", " ", page.read_text("utf-8"))
    named = re.findall(r"`([\w/]+\.py)` `(\w+)`", text)
    lost = [
        f"{file}: {name}"
        for file, name in named
        if not re.search(rf"(def|class) {name}\b", (ROOT / file).read_text("utf-8"))
    ]
    assert lost == []


def test_the_map_names_functions() -> None:
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "architecture.md").read_text("utf-8"))
    assert len(re.findall(r"`([\w/]+\.py)` `(\w+)`", text)) > 30
