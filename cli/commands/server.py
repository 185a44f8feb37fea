"""`lienzo server`: what a running server takes, has, and has switched on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from rich.table import Table

from cli.errors import CliError
from cli.options import (
    DEFAULT_MODELS,
    PROBE_TIMEOUT_S,
    AsJson,
    Insecure,
    RootCertificates,
    RunningGateway,
    Timeout,
)
from cli.output.console import answers, print_json
from cli.serving.gateway import Door, open_gateway
from lienzo_client import ServerInfo
from services.table import GATEWAY


def server(
    target: RunningGateway = GATEWAY.target,
    as_json: AsJson = False,
    insecure: Insecure = False,
    root_certificates: RootCertificates = None,
    timeout: Timeout = PROBE_TIMEOUT_S,
) -> None:
    """Show what a running server takes, has, and has switched on.

    It is what apps ask before they send a photo. `lienzo status` shows which of its services serve.
    """
    if not target:  # for which other commands start a gateway of their own
        raise CliError("the target is empty (expected host:port).")
    door = Door(target, insecure, root_certificates, timeout)
    with open_gateway(door, DEFAULT_MODELS) as client:
        info = client.get_server_info()
    if as_json:
        print_json({**dataclasses.asdict(info), "features": sorted(info.features)})
        return
    table = Table.grid(padding=(0, 3))
    for name, value in _lines(info):
        table.add_row(name, value)
    answers().print(table)


def _lines(info: ServerInfo) -> Iterator[tuple[str, str]]:
    model = info.default_model
    yield "version", info.version or "unknown"
    yield "default model", f"{model.name} {model.version}" if model else "none"
    yield "catalogues", ", ".join(info.catalogues) or "none"
    yield "switched on", ", ".join(sorted(info.features)) or "nothing"
    yield "formats", ", ".join(info.formats) or "unknown"
    yield "largest picture", _largest(info)
    yield "smallest side", "unknown" if info.min_side_px is None else f"{info.min_side_px} pixels"
    yield "reduce photos to", f"{info.photo_side_px} pixels: more change no answer"
    yield "largest message", f"{info.max_message_bytes / 2**20:g} MiB"
    yield "deadline", f"{info.default_deadline_s:g} s for calls that set none"


def _largest(info: ServerInfo) -> str:
    size = f"{info.max_picture_bytes / 2**20:g} MiB"
    pixels = info.max_picture_pixels
    return size if pixels is None else f"{size}, {pixels / 1e6:g} megapixels"
