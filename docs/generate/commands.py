"""Writes `docs/commands.md` from the commands: `python docs/generate/commands.py [--check]`.

With `--check` nothing is written; the exit status is 1 when the committed page differs from the commands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import typer
from page import code, table, write_or_check
from typer.main import get_command

from cli.commands.table import COMMANDS
from cli.errors import FAULT, INTERRUPTED, WRONG_INPUT
from cli.refusals import TRACEBACK_VARIABLE
from cli.serving.gateway import API_KEY_VARIABLE

INTRODUCTION = """\
# The command line

Generated from the commands by `make reference`. `lienzo --help` lists them, `lienzo COMMAND --help` prints
the same as this page, and `lienzo --version` prints the installed version. Answers go to standard output,
everything else to standard error. If the libraries of a command are missing, it names the extra that
installs them."""

AFTER_VARIABLES = """
Services that a command starts also read [their settings](settings.md) from the environment; the libraries
of the clouds read [their own variables](operations.md#pictures-at-addresses).

## Exit status"""

STATUSES = {
    0: "done",
    FAULT: "a fault: of this machine, of a server, or of lienzo",
    WRONG_INPUT: "wrong input: an unknown flag, a missing file, address or model, or an unreadable picture",
    INTERRUPTED: "interrupted by Ctrl-C",
}

VARIABLES = {
    API_KEY_VARIABLE: "the key for a gateway at `--target`; `lienzo-app` reads it too",
    TRACEBACK_VARIABLE: "any value: print the traceback of a failure before its one line",
    "XDG_CACHE_HOME": "the folder in which `train` caches finished work, in `lienzo/`; else `~/.cache`",
    "NO_COLOR": "any value: no colours on a terminal",
}

TYPES = {str: "text", int: "whole number", float: "number", bool: "switch", Path: "path"}


def lines() -> list[str]:
    """Makes the page: every command with its arguments and options, then variables and exit statuses."""
    page, options = [INTRODUCTION], dict[str, list[str]]()
    for name, entry in COMMANDS.items():
        app = typer.Typer(add_completion=False)
        function = entry.load()
        app.command(name, **entry.settings)(function)
        command: Any = get_command(app)
        hints = get_type_hints(function, include_extras=True)
        page += ["", f"## lienzo {name}", "", f"`{_usage(name, command.params)}`", "", command.help]
        page += ["", f"Needs `pip install 'lienzo[{entry.extra}]'`."]
        rows = [_row(each, hints[each.name]) for each in command.params]
        page += table(("argument or option", "type", "default", "what"), rows)
        for each in filter(lambda parameter: parameter.envvar, command.params):
            options.setdefault(each.envvar, []).append(f"`{name}`")
    page += ["", "## Environment", *table(("variable", "what"), list(_variables(options)))]
    statuses = [(str(status), meaning) for status, meaning in STATUSES.items()]
    return [*page, AFTER_VARIABLES, *table(("status", "meaning"), statuses)]


def _usage(name: str, parameters: Iterable[Any]) -> str:
    words = ["lienzo", name]
    for each in parameters:
        if not each.opts[0].startswith("-"):
            label = _label(each)
            words.append(label if each.required or label.startswith("[") else f"[{label}]")
        elif each.required:
            words.append(f"{each.opts[0]} {_label(each)}")
    return " ".join([*words, "[OPTION…]"])


def _label(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _row(parameter: Any, hint: Any) -> list[str]:
    """Makes one line of a command's table."""
    option = parameter.opts[0].startswith("-")
    names = "/".join([*parameter.opts, *parameter.secondary_opts]) if option else _label(parameter)
    if option and parameter.metavar:
        names += f" {parameter.metavar}"
    variable = f"{code(parameter.envvar)}, else " if parameter.envvar else ""
    default = variable + _default(parameter)
    return [code(names), _type(hint) + _range(parameter), default, parameter.help or ""]


def _type(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated or origin in (Union, UnionType):
        return _type(arguments[0])
    if origin is Literal:
        return ", ".join(map(code, arguments))
    if origin is list:
        return f"{_type(arguments[0])}, several"
    return TYPES[hint]


def _range(parameter: Any) -> str:
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    at_least = "" if low is None else f", at least {low:,}"
    return at_least if high is None else f"{at_least}, at most {high:,}"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default is None or parameter.default == "":
        return ""
    if isinstance(parameter.default, bool):
        return "on" if parameter.default else "off"
    return code(str(parameter.default))


def _variables(options: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for variable, commands in options.items():
        option = variable.removeprefix("LIENZO_").lower()
        yield code(variable), f"`--{option}` of {', '.join(commands)}"
    for variable, what in VARIABLES.items():
        yield code(variable), what


if __name__ == "__main__":
    raise SystemExit(write_or_check("commands.md", __doc__, lines))
