"""Answers go to standard output, messages to standard error, colour only to a terminal."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager

from rich.console import Console
from rich.text import Text

_PIPE_WIDTH = 200


def answers() -> Console:
    """The console for answers. Into a pipe nothing is wrapped at 80 columns."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def messages() -> Console:
    """The console for messages and progress."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _PIPE_WIDTH)


def say(message: str) -> None:
    """A message for people, as it is: nothing in it is taken for markup, nothing is wrapped."""
    messages().print(Text(message), soft_wrap=True)


def print_json(answer: object) -> None:
    """An answer for machines, alone on standard output."""
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def print_json_line(answer: object) -> None:
    """One of many answers for machines: a line each, as they come."""
    print(json.dumps(answer, ensure_ascii=False), flush=True)


def working(message: str) -> AbstractContextManager[object]:
    """Shows that something takes a moment, on a terminal only."""
    return messages().status(message)
