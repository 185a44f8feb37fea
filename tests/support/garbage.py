"""What is kept until garbage is collected, which a busy server does seldom."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

OURS = tuple(str(Path(__file__).parents[2] / room) for room in ("catalogue", "runtime", "services", "vision"))


@contextmanager
def garbage() -> Iterator[list[str]]:
    """Yields a list that gets the functions of ours whose frames only a collection of garbage would free.

    Such a frame keeps its arguments and variables, however large they are.
    """
    found: list[str] = []
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        frames = [each for each in gc.garbage if isinstance(each, FrameType)]
        found += sorted({each.f_code.co_name for each in frames if each.f_code.co_filename.startswith(OURS)})
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
