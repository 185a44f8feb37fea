"""The images and docker-compose.yml with a real engine: `make containers`.

The tests are one story and run in this order: up without a model, which is not ready; a model appears;
replicas come and go; down.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from export.parity.samples import edge_pictures
from export.phone.package import export_package
from export.pipeline import read_pipeline
from lienzo_client import Client, LienzoError, UnknownModel
from services.table import BACKENDS, SERVICES
from tests.support.model import write_model
from tests.support.pictures import draw, jpeg

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(f"lienzo_application.{name}" for name in ("training", "export", "cli"))
MAKING = ("coremltools", "onnx", "skl2onnx", "sklearn", "matplotlib", *OURS)
PICTURE = jpeg(draw("grid", seed=3))

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]


class Stack:
    """One `docker compose` project, apart from any other on this machine."""

    def __init__(self, models: Path) -> None:
        self.models = models
        self.grpc_port, self.http_port = _free_port(), _free_port()
        self.target, self.url = f"127.0.0.1:{self.grpc_port}", f"http://127.0.0.1:{self.http_port}"
        self._environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": f"lienzo-test-{os.getpid()}",
            "LIENZO_MODELS": str(models),
            "LIENZO_GATEWAY_GRPC_PORT": str(self.grpc_port),
            "LIENZO_GATEWAY_HTTP_PORT": str(self.http_port),
        }

    def docker(self, *arguments: str) -> str:
        """What a docker command prints; one that fails, fails the test with its errors."""
        done = subprocess.run(
            ["docker", *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=800,
        )
        if done.returncode != 0:
            raise AssertionError(f"docker {' '.join(arguments)}: {(done.stderr or done.stdout)[-4000:]}")
        return done.stdout

    def compose(self, *arguments: str) -> str:
        """What a `docker compose` command prints."""
        return self.docker("compose", "--progress", "plain", *arguments)

    def up(self, *flags: str) -> None:
        """Starts what is missing and waits until all of it is healthy."""
        try:
            self.compose("up", "--detach", "--wait", "--wait-timeout", "180", *flags)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.compose('logs', '--tail', '20')}") from None

    def containers(self, service: str) -> list[str]:
        """The running containers of a service."""
        return self.compose("ps", "--quiet", "--status", "running", service).split()

    def run(self, service: str, *command: str) -> str:
        """What a command prints inside a service's container."""
        return self.compose("exec", "-T", service, *command)

    def calls(self, container: str, method: str) -> int:
        """How many calls of a method a container has answered so far, by its log."""
        command = ["docker", "logs", "--tail", "10000", container]
        log = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return log.stdout.count(f"{method} OK")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All services in containers, with an empty model repository to begin with."""
    if shutil.which("docker") is None:
        pytest.skip("needs the docker command")
    try:
        subprocess.run(["docker", "info"], check=True, capture_output=True, timeout=15)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("needs a container engine, and none answers")
    models = tmp_path_factory.mktemp("models")
    models.chmod(0o755)  # the services are another user
    stack = Stack(models)
    try:
        stack.compose("build")
        stack.compose("up", "--detach")
        yield stack
    finally:
        stack.compose("down", "--volumes", "--remove-orphans", "--timeout", "2")


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    """A client that tries once: what fails is seen."""
    with Client(stack.target, attempts=1) as client:
        yield client


def test_the_compose_file_says_only_what_compose_knows(stack: Stack) -> None:
    assert stack.compose("config", "--quiet") == ""


def test_is_not_ready_before_there_is_a_model(stack: Stack, client: Client) -> None:
    def health() -> dict[str, str]:
        with suppress(httpx.TransportError):  # it starts
            return dict(httpx.get(f"{stack.url}/healthz").json()["problems"])
        return {}

    lacking = "the model repository has no model"
    wait_until(
        lambda: health() == {"features": lacking, "classification": lacking},
        "the gateway says what is missing",
        seconds=60,
    )
    assert client.list_models() == ()
    with pytest.raises(UnknownModel):
        client.classify_image(PICTURE)


def test_serves_a_model_that_appears_in_the_repository(stack: Stack, client: Client) -> None:
    # With a package for the phone, as after `lienzo export`: the services are another user than we are.
    export_package(read_pipeline(write_model(stack.models)), edge_pictures())
    stack.up("--no-recreate")
    answer = client.classify_image(PICTURE)
    assert (answer.label, answer.model.name) == ("grid", "patterns")
    assert stack.run("gateway", "ls", "/models").split() == ["patterns"]
    assert client.download_model("patterns", stack.models.parent / "patterns.zip").total_bytes > 0


def test_answers_over_http(stack: Stack) -> None:
    answer = httpx.post(f"{stack.url}/predict", files={"file": ("photo.jpg", PICTURE)})
    assert answer.json() == "grid"


def test_answers_with_a_palette(client: Client) -> None:
    colors = client.extract_palette(PICTURE, color_count=4).colors
    assert sum(color.share for color in colors) == pytest.approx(1, abs=1e-3)


def test_publishes_the_gateway_alone_and_on_loopback_only(stack: Stack) -> None:
    published: dict[str, set[tuple[str, str]]] = {}
    for service in SERVICES:
        ports = json.loads(inspected(stack, service, "json .NetworkSettings.Ports"))
        bound = [each for bindings in ports.values() for each in bindings or ()]
        published[service] = {(each["HostIp"], each["HostPort"]) for each in bound}
    doors = {("127.0.0.1", str(stack.grpc_port)), ("127.0.0.1", str(stack.http_port))}
    assert published == {"gateway": doors, **{name: set() for name in BACKENDS}}


def test_the_services_behind_the_gateway_reach_nobody_else(stack: Stack) -> None:
    networks: set[str] = set()
    for service in BACKENDS:
        networks |= set(json.loads(inspected(stack, service, "json .NetworkSettings.Networks")))
    (inside,) = networks
    assert stack.docker("network", "inspect", "--format", "{{.Internal}}", inside).strip() == "true"


@pytest.mark.parametrize("service", SERVICES)
def test_runs_without_any_privilege(stack: Stack, service: str) -> None:
    probe = """
import errno, os, pathlib
try:
    pathlib.Path("/app/written").touch()
except OSError as error:
    print(errno.errorcode[error.errno])
pathlib.Path("/tmp/written").touch()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(os.getuid(), os.getgid(), int(status["CapEff"], 16), int(status["NoNewPrivs"]))
"""
    assert stack.run(service, "python", "-c", probe).split() == ["EROFS", "10001", "10001", "0", "1"]
    assert int(inspected(stack, service, ".HostConfig.Memory")) > 0


@pytest.mark.parametrize(
    ("service", "absent"),
    [
        ("gateway", ("numpy", "cv2", "onnxruntime", "PIL", *MAKING)),
        ("features", ("fastapi", "coloraide", *MAKING)),
        ("classification", ("PIL", "fastapi", *MAKING)),
        ("palette", ("onnxruntime", "fastapi", *MAKING)),
    ],
)
def test_holds_only_what_it_runs(stack: Stack, service: str, absent: tuple[str, ...]) -> None:
    probe = f"import importlib.util as u; print([n for n in {absent} if u.find_spec(n)])"
    assert stack.run(service, "python", "-c", probe).strip() == "[]"


def test_loses_no_call_while_replicas_come_and_go(stack: Stack, client: Client) -> None:
    (first,) = stack.containers("features")
    with load(stack.target) as answers:
        stack.up("--no-recreate", "--scale", "features=2")
        (second,) = set(stack.containers("features")) - {first}
        wait_until(lambda: stack.calls(second, "ExtractFeatures") >= 20, "the new replica works", seconds=60)
        stack.docker("kill", first)
        killed_at = len(answers)
        wait_until(lambda: len(answers) >= killed_at + 100, "calls go on", seconds=60)
    assert [answer for answer in answers if answer != "grid"] == []
    assert stack.containers("features") == [second]


def test_goes_down_within_five_seconds(stack: Stack) -> None:
    start = time.monotonic()
    stack.compose("down")
    assert time.monotonic() - start < 5
    assert stack.compose("ps", "--all", "--quiet") == ""


@contextmanager
def load(target: str, callers: int = 4) -> Iterator[list[str]]:
    """Callers that classify without a pause; yields the labels, and the errors, as they come."""
    answers: list[str] = []
    stopping = threading.Event()

    def call() -> None:
        with Client(target, attempts=1) as client:
            while not stopping.is_set():
                try:
                    answers.append(str(client.classify_image(PICTURE).label))
                except LienzoError as error:
                    answers.append(f"{error.reason}: {error}")

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def wait_until(holds: Callable[[], bool], what: str, *, seconds: float) -> None:
    """Returns once something holds; fails the test when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)


def inspected(stack: Stack, service: str, template: str) -> str:
    """One fact about a service's first container."""
    return stack.docker("inspect", "--format", f"{{{{{template}}}}}", stack.containers(service)[0])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
