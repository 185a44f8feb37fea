"""Converts any exception to the one line that ends a command."""

from __future__ import annotations

import os
import traceback
from typing import Any

import typer

from bundle.errors import BundleError, InvalidLabels, InvalidModelName, UnknownModel
from bundle.validation import own_words
from catalogue.errors import CatalogueError, CatalogueNotNamed, CatalogueNotWritten, CatalogueUnreachable
from cli.commands.table import COMMANDS
from cli.errors import FAULT, NAME_THE_CATALOGUE, WRONG_INPUT, CliError, ended, to_cli_error
from cli.pictures.files import UnreadableFile
from lienzo_client import LienzoError
from vision.errors import VisionError

TRACEBACK_VARIABLE = "LIENZO_TRACEBACK"
_CALLERS_FILE_ERRORS = (
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
    UnreadableFile,
)


def to_refusal(error: Exception, command: str) -> CliError:
    """Converts the exception that ended a command to one line and an exit status.

    Args:
        error: The exception. With LIENZO_TRACEBACK set, its traceback is printed as well.
        command: Name of the command.
    """
    refusal = _refusal(error, command)
    if os.environ.get(TRACEBACK_VARIABLE):
        trace = "".join(traceback.format_exception(error))
        return CliError(f"{trace}{refusal.message}", refusal.status)
    return refusal


def _refusal(error: Exception, command: str) -> CliError:
    match error:
        case CliError():
            return error
        case typer.TyperException():
            return CliError(_usage(error), error.exit_code)
        case LienzoError():
            return to_cli_error(error)
        case CatalogueNotNamed():
            return CliError(f"{error} {NAME_THE_CATALOGUE}")
        case BundleError() | InvalidLabels() | InvalidModelName() | UnknownModel():
            return CliError(ended(str(error)))
        case CatalogueNotWritten() | CatalogueUnreachable():
            return CliError(ended(str(error)), FAULT)
        case CatalogueError() | VisionError():
            return CliError(ended(str(error)))
        case ImportError(name="coremltools"):
            return CliError(ended(str(error)), FAULT)
        case ModuleNotFoundError():
            return _missing(error, command)
        case OSError():
            return _file_error(error)
    found = _line(f"{type(error).__name__}: {error}")
    return CliError(f"Unexpected fault: {found} Set {TRACEBACK_VARIABLE}=1 to see where.", FAULT)


def _line(text: str) -> str:
    return ended(" ".join(text.split()))


def _usage(error: typer.TyperException) -> str:
    context: Any = getattr(error, "ctx", None)
    message = _line(own_words(error.format_message()))
    return f"{message} See: {context.command_path} --help" if context is not None and message else message


def _missing(error: ModuleNotFoundError, command: str) -> CliError:
    extra = COMMANDS[command].extra if command in COMMANDS else "all"
    return CliError(
        f"lienzo {command} needs {error.name}, which is not installed: pip install 'lienzo[{extra}]'", FAULT
    )


def _file_error(error: OSError) -> CliError:
    named = f"{error.filename}: " if error.filename else ""
    problem = error.strerror or str(error)
    status = WRONG_INPUT if isinstance(error, _CALLERS_FILE_ERRORS) else FAULT
    return CliError(f"{named}{problem[:1].lower()}{problem[1:]}.", status)
