"""What no compiler here knows is read by the grammar of its language: Swift, Objective-C, Kotlin, C#."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.reasons.table import REASONS
from tests.support.snippets import CLIENTS, snippets_of

GRAMMARS = {
    ".swift": "tree_sitter_swift",
    ".kt": "tree_sitter_kotlin",
    ".kts": "tree_sitter_kotlin",
    ".cs": "tree_sitter_c_sharp",
    ".m": "tree_sitter_objc",
}
COMPILED = {".java", ".go", ".hpp", ".ts", ".tsx"}
"""What `test_compiled.py` and `test_web_sample.py` compile."""

READMES = sorted(CLIENTS.glob("*/README.md"))
FILES = sorted(path for path in CLIENTS.rglob("*") if path.suffix in GRAMMARS and "build" not in path.parts)
SNIPPETS = {
    f"{page.parent.name}/{name}": code for page in READMES for name, code in snippets_of(page).items()
}
READ = {
    **{name: code for name, code in SNIPPETS.items() if Path(name).suffix in GRAMMARS},
    **{str(path.relative_to(CLIENTS)): path.read_text("utf-8") for path in FILES},
}


def mistakes(node: Any) -> Iterator[str]:
    if node.is_error or node.is_missing:
        yield f"line {node.start_point.row + 1}: {node.text[:60]!r}"
    for child in node.children:
        yield from mistakes(child)


@pytest.mark.parametrize("name", READ)
def test_code_is_of_its_language(name: str) -> None:
    grammar = GRAMMARS[Path(name).suffix]
    tree_sitter = pytest.importorskip("tree_sitter", reason="needs tree-sitter")
    language = tree_sitter.Language(pytest.importorskip(grammar, reason=f"needs {grammar}").language())
    tree = tree_sitter.Parser(language).parse(READ[name].encode())
    assert list(mistakes(tree.root_node)) == []


def test_every_named_snippet_is_compiled_or_read() -> None:
    assert {Path(name).suffix for name in SNIPPETS} <= GRAMMARS.keys() | COMPILED
    assert {name.partition("/")[0] for name in SNIPPETS} == {page.parent.name for page in READMES} - {
        "python"
    }


def test_every_snippet_that_asks_a_gateway_carries_a_key() -> None:
    without = {"android/app/build.gradle.kts", "dotnet/Photo.cs", "ios/Looking.swift"}
    assert {name for name, code in SNIPPETS.items() if not re.search(r"\bkey\b", code)} == without


def test_the_page_for_maui_names_handlers_that_are_there() -> None:
    sample = CLIENTS / "dotnet/sample"
    page = ElementTree.parse(sample / "MainPage.xaml")
    code = (sample / "MainPage.xaml.cs").read_text("utf-8")
    handlers = {each.get("Clicked") for each in page.iter() if each.get("Clicked")}
    assert handlers == {"ElegirImage", "TomarFoto", "Clasificar"}
    assert all(f"void {handler}(object? sender, EventArgs arguments)" in code for handler in handlers)
    names = {value for each in page.iter() for key, value in each.items() if key.endswith("}Name")}
    assert {"Img", "ResponseLabel", "Accuracy"} < names
    assert [name for name in names if name not in code] == []


def test_android_s_resources_are_there() -> None:
    main = CLIENTS / "android/sample/app/src/main"
    strings = {each.get("name") for each in ElementTree.parse(main / "res/values/strings.xml").iter("string")}
    code = (main / "java/museum/lienzo/MainActivity.kt").read_text("utf-8")
    assert set(re.findall(r"R\.string\.(\w+)", code)) | {"app_name"} == strings
    manifest = (main / "AndroidManifest.xml").read_text("utf-8")
    ElementTree.fromstring(manifest)
    assert "@xml/photos" in manifest
    assert ElementTree.parse(main / "res/xml/photos.xml").getroot().tag == "paths"


def test_words_for_what_can_go_wrong_are_of_reasons_that_there_are() -> None:
    words = "\n".join(
        (CLIENTS / name).read_text("utf-8")
        for name in (
            "android/sample/app/src/main/java/museum/lienzo/MainActivity.kt",
            "apple/sample/Gateway.swift",
            "dotnet/sample/MainPage.xaml.cs",
            "web/sample/src/gateway.ts",
        )
    )
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", words)) | {"OVERLOADED"}
    assert named - REASONS.keys() <= {"CAMERA_MISSING"}
