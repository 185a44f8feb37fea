"""The examples of the README, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

README = Path(__file__).resolve().parents[3] / "clients" / "python" / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), flags=re.S | re.M)


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
