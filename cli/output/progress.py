"""Shows the progress of long work, on a terminal only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from cli.output.console import messages


class StageBars:
    """Shows each stage as a bar from its first step on."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Updates the bar of a stage; called by the work itself."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def tell(self, line: str) -> None:
        """Prints a line above the bars, also where there are none."""
        self._bars.console.print(line, markup=False, soft_wrap=True)


@contextmanager
def stage_bars() -> Iterator[StageBars]:
    """Shows bars inside the context; nothing unless standard error is a terminal."""
    console = messages()
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        yield StageBars(bars)
