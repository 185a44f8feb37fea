"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Models = Annotated[
    Path, typer.Option("--models", envvar="LIENZO_MODELS", help="The model repository.", show_envvar=True)
]
Catalogues = Annotated[
    str,
    typer.Option(
        "--catalogues",
        metavar="DIR|postgresql://…|qdrant://…",
        envvar="LIENZO_CATALOGUES",
        help="The catalogues: a folder, or a database.",
        show_envvar=True,
    ),
]
Target = Annotated[
    str,
    typer.Option(
        "--target", metavar="HOST:PORT", help="A running gateway; by default one is started on this machine."
    ),
]
RunningGateway = Annotated[str, typer.Option("--target", metavar="HOST:PORT", help="The running gateway.")]
Insecure = Annotated[bool, typer.Option("--insecure", help="No TLS to a gateway on another machine.")]
RootCertificates = Annotated[
    Path | None,
    typer.Option(
        "--root-certificates",
        exists=True,
        dir_okay=False,
        help="PEM file of the authority that signed the gateway's certificate.",
    ),
]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0.001, metavar="SECONDS", help="Deadline of one call.")
]
Language = Annotated[
    str,
    typer.Option(
        "--language",
        metavar="TAG",
        help="Language of names and titles, such as es-AR; by default the system's.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON, alone on standard output.")]

Precision = Annotated[
    Literal["fp32", "fp16"], typer.Option("--precision", help="Precision of numbers and weights.")
]
Quantize = Annotated[
    Literal["int8", "palette8"] | None,
    typer.Option("--quantize", help="Store weights of linear layers and convolutions in 8 bits."),
]
OldestSystem = Annotated[
    Literal["iOS15", "iOS16", "iOS17", "iOS18"],
    typer.Option("--target", help="Oldest system that the package runs on."),
]

DEFAULT_MODELS = Path("models")
DEFAULT_CATALOGUES = "catalogues"
DEFAULT_TIMEOUT_S = 30.0
PROBE_TIMEOUT_S = 5.0
"""Of commands that ask a running server how it is."""
