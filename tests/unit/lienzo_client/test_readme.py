"""The examples of the README, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]


def examples_of(page: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.S | re.M)


EXAMPLES = examples_of("clients/python/README.md")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_an_example_runs(
    example: str,
    gateway: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    assert "127.0.0.1:50050" in example
    exec(compile(example.replace("127.0.0.1:50050", gateway.target), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "guernica" in printed or "did you mean artworks" in printed


def test_the_readme_has_examples() -> None:
    assert len(EXAMPLES) == 7


def test_the_example_for_many_pictures_runs(
    gateway: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos" / "deep").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "deep/c.jpg"):
        Image.new("RGB", (64, 48)).save(tmp_path / "photos" / name)
    (tmp_path / "photos" / "d.jpg").write_bytes(b"text")
    monkeypatch.chdir(tmp_path)
    (example,) = examples_of("docs/bulk.md")
    exec(compile(example.replace("127.0.0.1:50050", gateway.target), "bulk.md", "exec"), {})
    rows = sorted(line.split(",") for line in (tmp_path / "answers.csv").read_text().splitlines())
    assert rows == [
        ["photos/a.jpg", "guernica"],
        ["photos/b.jpg", "guernica"],
        ["photos/d.jpg", "NOT_A_PICTURE"],
        ["photos/deep/c.jpg", "guernica"],
    ]
