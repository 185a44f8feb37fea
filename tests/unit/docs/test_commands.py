"""Documents name commands and options that there are, as the generated pages list them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
GENERATED = {DOCS / f"{name}.md" for name in ("api", "commands", "errors", "settings")}
PAGES = [
    path
    for folder in (ROOT, DOCS, ROOT / "clients", ROOT / "notebook", ROOT / "export")
    for path in sorted(folder.glob("*.md") if folder == ROOT else folder.rglob("*.md"))
    if path not in GENERATED and path.name != "CHANGELOG.md" and "node_modules" not in path.parts
]
COMMANDS = (DOCS / "commands.md").read_text("utf-8")
SETTINGS = (DOCS / "settings.md").read_text("utf-8")
OPTION = r"(?<![\w-])(--[a-z][a-z0-9-]+)"
OPTIONS = {
    section.partition("\n")[0]: {*re.findall(OPTION, section), "--help"}
    for section in COMMANDS.split("\n## lienzo ")[1:]
}
SWITCHES = set(re.findall(OPTION, SETTINGS))
OPTIONS["serve"] |= SWITCHES | {each.replace("--", "--no-", 1) for each in SWITCHES}

of_each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def commands_in(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a page and what stands behind them, from its blocks of code and its lines."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    blocks += re.findall(r"^ {4}(lienzo .*)", text, re.MULTILINE)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    spans = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for each in [*lines, *(re.sub(r"\s+", " ", span) for span in spans)]:
        yield from re.findall(r"(?:^|[= ])lienzo ([a-z0-9]+)\b([^#|;]*)", each)


@of_each_page
def test_every_command_has_the_options_that_a_page_gives_it(page: Path) -> None:
    for name, rest in commands_in(page.read_text("utf-8")):
        assert name in OPTIONS, f"lienzo {name} is not a command"
        unknown = set(re.findall(OPTION, rest)) - OPTIONS[name]
        assert sorted(unknown) == [], f"lienzo {name} does not have these"


def test_pages_name_commands() -> None:
    named = [each for page in PAGES for each in commands_in(page.read_text("utf-8"))]
    assert len(named) > 150
    assert len({name for name, _ in named}) > 12
