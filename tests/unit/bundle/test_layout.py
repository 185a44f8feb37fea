"""The format that phones and older servers read: these names cannot change without a new schema version."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bundle import layout
from vision import ports

ROOT = Path(__file__).parents[3]
HOMES = (ROOT / "bundle" / "layout.py", ROOT / "vision" / "ports.py")
FILES = {name: value for name, value in vars(layout).items() if name.isupper()}


def test_the_names_are_those_of_the_format() -> None:
    assert (layout.MANIFEST, layout.FEATURES, layout.CLASSIFIER, layout.PACKAGE) == (
        "manifest.json",
        "features.onnx",
        "classifier.onnx",
        "model.mlpackage",
    )
    assert (layout.EXPECTED, layout.REFERENCE) == ("golden/expected.json", "golden/scikit_learn.npy")
    assert ports.OF_KIND == {"local": "descriptors", "global": "features"}
    assert (ports.IMAGE, ports.KEYPOINTS, ports.PROBABILITIES) == ("image", "keypoints", "probabilities")


def test_the_test_of_the_phone_reads_the_same_names() -> None:
    swift = (ROOT / "clients" / "ios" / "Tests" / "LienzoTests" / "GoldenTests.swift").read_text("utf-8")
    read = set(re.findall(r'appendingPathComponent\("([^"]+)"\)', swift))
    assert {layout.PACKAGE, layout.MANIFEST, layout.GOLDEN, Path(layout.EXPECTED).name} <= read


@pytest.mark.parametrize(
    "part",
    [
        "bundle",
        "cli",
        "drawing",
        "explanation",
        "export",
        "runtime",
        "services",
        "tests/support",
        "training",
        "vision",
    ],
)
def test_nobody_else_spells_a_file_of_the_bundle(part: str) -> None:
    names = [name for name in FILES.values() if "." in name]
    spelt = [
        f"{file.relative_to(ROOT)}: {text}"
        for file in sorted((ROOT / part).rglob("*.py"))
        # Most files do not even mention one, and need not be parsed.
        if file not in HOMES and any(name in file.read_text("utf-8") for name in names)
        for text in texts(file)
        if any(text == name or text.startswith(f"{name}/") for name in names)
    ]
    assert spelt == []


def texts(file: Path) -> Iterator[str]:
    """The string literals of a module, docstrings left out because they are longer."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
