"""Draws shares as bars of text."""

from __future__ import annotations

_EIGHTHS = " ▏▎▍▌▋▊▉"
BAR_CELLS = 20


def bar(share: float, cells: int = BAR_CELLS) -> str:
    """Draws a share from 0 to 1 as a bar in eighths of a cell.

    >>> bar(0.5, 4), bar(0.59375, 4), bar(1.0, 4)
    ('██', '██▍', '████')
    """
    eighths = round(min(1.0, max(0.0, share)) * cells * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()
