"""Prints answers to standard output and messages to standard error, with colour only on a terminal."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from unicodedata import category

from rich.console import Console
from rich.text import Text

from cli.output.hints import installable

_PIPE_WIDTH = 200


def answers() -> Console:
    """Makes the console for answers; lines in a pipe are not wrapped."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def messages() -> Console:
    """Makes the console for messages and progress."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _PIPE_WIDTH)


def say(message: str) -> None:
    """Prints a message for people, without markup and without wrapping."""
    messages().print(Text("\n".join(map(shown, installable(message).split("\n")))), soft_wrap=True)


def shown(name: str) -> str:
    r"""Writes out the control characters of a name: labels may have some that steer terminals.

    >>> print(shown("two\nlines"), shown("\x1b[2J"))
    two\nlines \x1b[2J
    """
    return "".join(repr(each)[1:-1] if category(each) == "Cc" else each for each in name)


def print_json(answer: object) -> None:
    """Prints an answer for machines, alone on standard output."""
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def print_json_line(answer: object) -> None:
    """Prints one of many answers for machines as a line."""
    print(json.dumps(answer, ensure_ascii=False), flush=True)


def working(message: str) -> AbstractContextManager[object]:
    """Shows that something takes a while, on a terminal only."""
    return messages().status(message)
