"""Formats figures for people: shares, times, sizes."""

from __future__ import annotations

_MOST_DIGITS = 2
"""Decimals of a percentage that would otherwise be rounded to 0 or 100."""


def size(count: int) -> str:
    """Formats a number of bytes.

    >>> size(1_250_000), size(20_000)
    ('1.2 MB', '20 kB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def percent(share: float, digits: int = 0) -> str:
    """Formats a share, 0 to 1, in percent; only 1 becomes 100 %, and only 0 becomes 0 %.

    >>> percent(0.998), percent(1.0), percent(0.9984, 1), percent(1e-7)
    ('99.8 %', '100 %', '99.8 %', '< 0.01 %')
    """
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    while digits < _MOST_DIGITS and f"{share:.{digits}%}" in (f"{0:.{digits}%}", f"{1:.{digits}%}"):
        digits += 1
    least = 10.0 ** -(digits + 2)
    if share < least / 2 or share > 1 - least / 2:
        text = f"< {least:.{digits}%}" if share < 0.5 else f"> {1 - least:.{digits}%}"
        return text.replace("%", " %")
    return f"{share:.{digits}%}".replace("%", " %")


def percents(first: float, second: float) -> tuple[str, str]:
    """Formats two different shares so that they do not look the same.

    >>> percents(0.967, 0.971), percents(0.5, 0.75)
    (('96.7 %', '97.1 %'), ('50 %', '75 %'))
    """
    digits = 0
    while first != second and digits < 6 and percent(first, digits) == percent(second, digits):
        digits += 1
    return percent(first, digits), percent(second, digits)


def milliseconds(value: float) -> str:
    """Formats a time in milliseconds.

    >>> milliseconds(3.14), milliseconds(31.4)
    ('3.1 ms', '31 ms')
    """
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
