"""A gateway that asks for a key, and what compiles code of other languages and lets it ask that gateway."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from tests.e2e.conftest import Backends
from tests.support.services import starting_services

KEY = "sesame"
ROOT = Path(__file__).resolve().parents[3]
PROTOS = ROOT / "protos"
DRIVERS = Path(__file__).parent / "drivers"
ANSWERS = ["rocket", "-", "NOT_A_PICTURE", "INVALID_CREDENTIALS"]
"""What every driver prints: of a known picture, of an unknown one, of a text, and with another key."""


@dataclass(frozen=True)
class Door:
    """Where a driver asks."""

    target: str
    url: str
    pictures: Path

    def asked_by(self, *command: str | Path, http: bool, cwd: Path | None = None) -> list[str]:
        """Runs a driver and returns the lines that it prints."""
        address = self.url if http else self.target
        return run(*command, address, KEY, self.pictures, cwd=cwd).splitlines()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def sample_server() -> Iterator[ThreadingHTTPServer]:
    """What will serve the sample for browsers: it has its port before a gateway is told of it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="session")
def sample_origin(sample_server: ThreadingHTTPServer) -> str:
    """Where the sample for browsers is served from."""
    return f"http://127.0.0.1:{sample_server.server_port}"


@pytest.fixture(scope="session")
def door(
    backends: Backends, pictures: Path, sample_origin: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Door]:
    """A gateway with a key, and pictures to ask it about."""
    keys = tmp_path_factory.mktemp("keys") / "keys.txt"
    keys.write_text(f"app:{hashlib.sha256(KEY.encode()).hexdigest()}\n")
    flags = (*backends.flags, "--api-keys-file", keys, "--cors-origins", sample_origin)
    with starting_services(SIGKILL) as start:
        gateway = start("gateway", *flags)
        yield Door(gateway.target, gateway.url, pictures)


@pytest.fixture(scope="session")
def needs() -> Callable[..., None]:
    """Skips a test where a program or a file that it needs is absent."""

    def check(packages: str, *wanted: str) -> None:
        missing = [
            each for each in wanted if not (Path(each).exists() if "/" in each else shutil.which(each))
        ]
        if missing:
            pytest.skip(f"needs {', '.join(missing)}: apt-get install --no-install-recommends {packages}")

    return check


def run(*command: str | Path, cwd: Path | None = None, **variables: str) -> str:
    """Runs a command and returns what it prints; a failure shows what it said."""
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def protoc(*options: str | Path, areas: Sequence[str] = ("image", "gateway"), errors: bool = False) -> None:
    """Runs the system's compiler, which fits its plugins, over what an app needs of the contract."""
    wanted = {"image": "lienzo/image/v1/*.proto", "gateway": "lienzo/gateway/v1/gateway.proto"}
    sources = [path for area in areas for path in PROTOS.glob(wanted[area])]
    if errors:
        sources += PROTOS.glob("third_party/google/rpc/*.proto")
    run("protoc", "-I", PROTOS / "third_party", "-I", PROTOS, *options, *sources)
