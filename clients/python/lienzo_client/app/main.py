"""The `lienzo-app` command."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from lienzo_client.app.address import check_address
from lienzo_client.channel import DEFAULT_TARGET, DEFAULT_TIMEOUT_S

API_KEY_VARIABLE = "LIENZO_API_KEY"
_DONE, _FAULT, _WRONG_INPUT = 0, 1, 2
_NEEDS = ("PySide6", "PIL", "pillow_heif", "av", "httpx")


def run(arguments: Sequence[str] | None = None) -> int:
    """Opens the window and returns the exit status when it is closed.

    Args:
        arguments: Command-line arguments; None means those of this process.
    """
    options = _parser().parse_args(arguments)
    missing = next((name for name in _NEEDS if find_spec(name) is None), None)
    if missing is not None:
        return _refuse(f"The app needs {missing}, which the extra lienzo-client[app] installs", _FAULT)
    try:
        certificates = options.root_certificates.read_bytes() if options.root_certificates else None
    except OSError as error:
        return _refuse(f"{options.root_certificates}: {error.strerror}", _WRONG_INPUT)
    try:
        return _show(options, certificates)
    except ImportError as error:  # a system library that Qt needs is missing
        return _refuse(f"Qt cannot be loaded: {error}", _FAULT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "lienzo-app", description="Shows a picture to a lienzo gateway, and what the gateway sees in it."
    )
    parser.add_argument("photo", type=Path, nargs="?", metavar="PHOTO", help="a picture to begin with")
    parser.add_argument(
        "--server",
        type=_address,
        default=DEFAULT_TARGET,
        metavar="HOST:PORT|https://…",
        help="default: %(default)s",
    )
    parser.add_argument("--model", default="", metavar="NAME", help="default: the server's")
    parser.add_argument("--language", choices=("en", "es"), help="default: the system's")
    parser.add_argument(
        "--timeout", type=seconds, default=DEFAULT_TIMEOUT_S, metavar="SECONDS", help="default: %(default)s"
    )
    encryption = parser.add_mutually_exclusive_group()
    encryption.add_argument(
        "--root-certificates", type=Path, metavar="FILE", help="PEM file with the server's authority"
    )
    encryption.add_argument("--insecure", action="store_true", help="plain text to another machine")
    return parser


def _address(text: str) -> str:
    try:
        return check_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def seconds(text: str) -> float:
    """Parses a deadline; raises ArgumentTypeError or ValueError, which argparse reports."""
    seconds = float(text)
    if not 0 < seconds < 3600:
        raise argparse.ArgumentTypeError("a deadline is above 0 and below 3600 seconds")
    return seconds


def _show(options: argparse.Namespace, certificates: bytes | None) -> int:
    from PySide6.QtCore import QLocale

    from lienzo_client import AsyncClient
    from lienzo_client.app.display import open_display
    from lienzo_client.app.webcam import Webcam
    from lienzo_client.app.window import MainWindow
    from lienzo_client.app.words import load_words

    def connect(server: str) -> AsyncClient:
        return AsyncClient(
            server,
            api_key=os.environ.get(API_KEY_VARIABLE, ""),
            root_certificates=certificates,
            insecure=options.insecure and not server.lower().startswith("https://"),
            timeout_s=options.timeout,
        ).with_languages(*languages)

    languages = [options.language] if options.language else QLocale.system().uiLanguages()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's handler would not run inside Qt's loop
    application = open_display("lienzo")
    words = load_words(languages[0])
    window = MainWindow(connect, Webcam(), words, server=options.server, model=options.model)
    if options.photo is not None:
        window.open_photo(options.photo)
    status = application.exec()
    window.close()
    return status


def _refuse(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201  # a command speaks
    return status
