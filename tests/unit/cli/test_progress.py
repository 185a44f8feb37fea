"""Progress of long work."""

from __future__ import annotations

import pytest

from cli.output.progress import stage_bars


def test_lines_are_told_where_no_bars_are_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with stage_bars() as watch:
        watch("reading", 1, 2)
        watch.tell("fold 1 of 2: epoch 1 of 20 [bold]")
    assert capsys.readouterr().err == "fold 1 of 2: epoch 1 of 20 [bold]\n"
