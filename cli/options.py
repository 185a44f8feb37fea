"""Arguments and options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Models = Annotated[
    Path, typer.Option("--models", envvar="LIENZO_MODELS", help="The model repository.", show_envvar=True)
]
Target = Annotated[
    str,
    typer.Option("--target", metavar="HOST:PORT", help="A running gateway; without it one is started here."),
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Plain text to a gateway on another machine.")]
RootCertificates = Annotated[
    Path | None,
    typer.Option(
        "--root-certificates",
        exists=True,
        dir_okay=False,
        help="PEM file with the authority that signed the gateway's certificate.",
    ),
]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0.001, metavar="SECONDS", help="Deadline of one call.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Everything for machines, alone on standard output.")]

DEFAULT_MODELS = Path("models")
DEFAULT_TIMEOUT_S = 30.0
