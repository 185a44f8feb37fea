"""The `lienzo` command: finds a command, runs it, and reports failures in one line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer
from typer.main import get_command

from cli.arguments import PathCommand
from cli.commands.table import COMMANDS
from cli.errors import INTERRUPTED, CliError
from cli.output.hints import installable
from cli.refusals import to_refusal


def run() -> None:
    """Entry point of the distribution."""
    raise SystemExit(run_command(sys.argv[1:]))


def run_command(arguments: Sequence[str]) -> int:
    """Runs one command line.

    Returns:
        Exit status: 0 done, 2 wrong input, 130 interrupted, 1 anything else.
    """
    name = next((argument for argument in arguments if not argument.startswith("-")), "")
    try:
        status = get_command(_app(name))(args=list(arguments), prog_name="lienzo", standalone_mode=False)
    except Exception as error:  # noqa: BLE001  # the one place where everything ends
        return _print_refusal(to_refusal(error, name))
    if status == INTERRUPTED:
        return _print_refusal(CliError("Stopped.", INTERRUPTED))
    return status if isinstance(status, int) else 0


def _print_version(asked: bool) -> None:
    if asked:
        print(f"lienzo {version('lienzo')}")
        raise typer.Exit


def _lienzo(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the installed version."
        ),
    ] = False,
) -> None:
    """Train on a folder of pictures, serve the model, recognise pictures."""


def _not_called() -> None:
    """Placeholder for a command in the list of commands."""


def _app(called: str) -> typer.Typer:
    """Makes the application with all commands; imports only the one that is called."""
    app = typer.Typer(add_completion=False, no_args_is_help=True)
    app.callback()(_lienzo)
    for name, command in COMMANDS.items():
        function = command.load() if name == called else _not_called
        told = None if name == called else command.summary
        app.command(name, cls=PathCommand, help=told, **command.settings)(function)
    return app


def _print_refusal(refusal: CliError) -> int:
    if refusal.message:
        print(installable(refusal.message), file=sys.stderr)
    return refusal.status
