"""The gateway that a command asks: the one at `--target`, or one of its own for as long as it takes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bundle.repository import default_model, find_bundle, list_versions
from cli.errors import CliError, to_cli_error
from cli.options import DEFAULT_TIMEOUT_S
from cli.output.console import working
from cli.serving.launcher import for_loopback, running_services
from lienzo_client import Client, LienzoError
from services.table import GATEWAY

API_KEY_VARIABLE = "LIENZO_API_KEY"


@dataclass(frozen=True)
class Door:
    """How to get in.

    Attributes:
        target: `host:port` of a running gateway; empty starts one on this machine.
        insecure: Plain text to another machine.
        root_certificates: File with the certificates that the gateway's must be signed by.
        timeout_s: Deadline of one call in seconds.
        languages: In which names are answered, the preferred one first.
    """

    target: str = ""
    insecure: bool = False
    root_certificates: Path | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    languages: tuple[str, ...] = ()


@contextmanager
def open_gateway(
    door: Door,
    models: Path,
    *,
    model: str = "",
    backends: Sequence[str] = ("features", "classification"),
    needs_model: bool = True,
) -> Iterator[Client]:
    """A client that is connected, to a running gateway or to one that lives as long as this.

    Args:
        door: How to get in.
        models: The model repository, for services of our own.
        model: The model that will be asked for; empty is the only one there is.
        backends: Which services are needed, for services of our own.
        needs_model: Whether any model is needed at all.

    Raises:
        CliError: In one sentence, for everything that can go wrong on the way or at the far end.
    """
    try:
        if door.target:
            with _client(door, door.target) as client:
                yield client
            return
        if needs_model:
            check_model(models, model)
        with ExitStack() as stack:
            asked = stack.enter_context(asked_alone(models, model)) if needs_model else models
            with working("Starting services …"):
                target = stack.enter_context(_own_gateway(asked, backends))
            yield stack.enter_context(_client(door, target))
    except LienzoError as error:
        raise to_cli_error(error) from error


def check_model(models: Path, model: str) -> None:
    """Says that a model is not there before anything is started for it.

    Raises:
        CliError: When the repository is empty, or has no such model.
    """
    if not list_versions(models):
        raise CliError(f"No models in {models}. Train one: lienzo train DIR --name NAME --models {models}")
    if model:
        find_bundle(models, model)


@contextmanager
def asked_alone(models: Path, model: str) -> Iterator[Path]:
    """A model repository that has only the model that will be asked for: services load every one there is.

    Args:
        models: The model repository.
        model: The model; empty is the default one, and without a default all of them stay.
    """
    known, asked = list_versions(models), model or default_model(models)
    if asked not in known or len(known) == 1:
        yield models
        return
    with TemporaryDirectory(prefix="lienzo-") as folder:
        (Path(folder) / asked).symlink_to((models / asked).resolve(), target_is_directory=True)
        yield Path(folder)


@contextmanager
def _own_gateway(models: Path, backends: Sequence[str]) -> Iterator[str]:
    flags = ("--drain-seconds", "1")
    with running_services(
        backends,
        folders={"models": models},
        backend_flags=flags,
        gateway_flags=flags,
        environment=for_loopback(os.environ),
    ) as services:
        yield services[GATEWAY.name].target


def _client(door: Door, target: str) -> Client:
    key = os.environ.get(API_KEY_VARIABLE, "") if door.target else ""
    certificates = door.root_certificates.read_bytes() if door.root_certificates else None
    try:
        client = Client(
            target,
            api_key=key,
            insecure=door.insecure,
            root_certificates=certificates,
            timeout_s=door.timeout_s,
        )
        return client.with_languages(*door.languages) if door.languages else client
    except (ValueError, ImportError) as error:  # the latter for an address without the library for HTTP
        raise CliError(f"{error}.") from error
