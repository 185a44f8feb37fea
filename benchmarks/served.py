"""The services of this machine with a tiny model, for benchmarks of what stands around it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cli.serving.launcher import running_services
from cli.serving.process import ServiceProcess
from services.table import NEEDED
from tests.support.model import write_model


@contextmanager
def serving(
    models: Path | None = None,
    model: str = "patterns",
    *,
    backends: Iterable[str] = NEEDED,
    backend_flags: Sequence[str] = (),
    gateway_flags: Sequence[str] = (),
) -> Iterator[tuple[dict[str, ServiceProcess], Path]]:
    """Runs the services with a model repository, or with one that has a tiny model alone.

    Args:
        models: The repository; None makes one for the time of the benchmark.
        model: Name of the tiny model.
        backends: The services behind the gateway.
        backend_flags: Further settings of each of them.
        gateway_flags: Further settings of the gateway.

    Yields:
        The processes by name, and the repository.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = models or Path(scratch)
        if models is None:
            write_model(folder, model)
        with running_services(
            backends, folders={"models": folder}, backend_flags=backend_flags, gateway_flags=gateway_flags
        ) as stack:
            yield stack, folder
