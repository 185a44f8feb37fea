"""Keys, tokens and TLS at every door, and between the services."""

from __future__ import annotations

import datetime
import hashlib
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from cli.serving.launcher import running_services
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2
from runtime.status import from_rpc_error
from tests.support.pictures import draw, jpeg

GRID = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=jpeg(draw("grid"))))
PEM = serialization.Encoding.PEM


def reason(call: Any) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error = from_rpc_error(caught.value)  # type: ignore[arg-type]
    assert error is not None, caught.value
    return error.reason


@pytest.fixture(scope="module")
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def locked(models: Path, signing_key: rsa.RSAPrivateKey, tmp_path_factory: Any) -> Any:
    """A gateway with keys and tokens before services with a key of their own."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "apps").write_text(f"android:{hashlib.sha256(b'app key').hexdigest()}\n")
    (folder / "backends").write_text(f"gateway:{hashlib.sha256(b'inner key').hexdigest()}\n")
    public = signing_key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "jwt.pem").write_bytes(public)
    outer = ["--api-keys-file", str(folder / "apps"), "--jwt-key-file", str(folder / "jwt.pem")]
    with running_services(
        ("features", "classification"),
        folders={"models": models},
        backend_flags=["--api-keys-file", str(folder / "backends")],
        gateway_flags=[*outer, "--backend-api-key", "inner key"],
    ) as processes:
        yield processes


def bearer(credential: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {credential}")]


def test_a_key_opens_the_gateway_and_its_own_key_the_services(locked: Any, channel: Any) -> None:
    gateway = GatewayServiceStub(channel(locked["gateway"].target))
    assert gateway.ClassifyImage(GRID, metadata=bearer("app key")).recognition.recognized.label == "grid"
    assert gateway.ClassifyImage(GRID, metadata=[("x-api-key", "app key")]).recognition.labels


def test_a_signed_token_opens_the_gateway(locked: Any, channel: Any, signing_key: rsa.RSAPrivateKey) -> None:
    def token(minutes: int) -> str:
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
        return jwt.encode({"aud": "lienzo", "exp": end}, signing_key, algorithm="RS256")

    gateway = GatewayServiceStub(channel(locked["gateway"].target))
    assert gateway.ClassifyImage(GRID, metadata=bearer(token(1))).recognition.labels
    assert reason(lambda: gateway.ClassifyImage(GRID, metadata=bearer(token(-1)))) == "INVALID_CREDENTIALS"


@pytest.mark.parametrize("name", ["gateway", "features", "classification"])
def test_nobody_gets_in_without_a_key_not_even_for_reflection(locked: Any, channel: Any, name: str) -> None:
    open_channel = channel(locked[name].target)
    assert reason(lambda: open_channel.unary_unary("/a.B/C")(b"")) == "MISSING_CREDENTIALS"
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    ask = reflection_pb2_grpc.ServerReflectionStub(open_channel).ServerReflectionInfo
    assert reason(lambda: list(ask(iter([request])))) == "MISSING_CREDENTIALS"
    assert reason(lambda: list(ask(iter([request]), metadata=bearer("no")))) == "INVALID_CREDENTIALS"
    health = health_pb2_grpc.HealthStub(open_channel).Check(health_pb2.HealthCheckRequest())
    assert health.status == health_pb2.HealthCheckResponse.SERVING


def test_the_gateways_key_is_none_of_its_callers(locked: Any, channel: Any) -> None:
    gateway = GatewayServiceStub(channel(locked["gateway"].target))
    assert reason(lambda: gateway.ClassifyImage(GRID, metadata=bearer("inner key"))) == "INVALID_CREDENTIALS"


def test_a_gateway_without_the_services_key_says_that_they_failed(
    locked: Any, channel: Any, start: Any
) -> None:
    gateway = GatewayServiceStub(
        channel(start("gateway", "--features-target", locked["features"].target).target)
    )
    assert reason(lambda: gateway.ClassifyImage(GRID)) == "BACKEND_FAILED"


def test_http_asks_for_the_same_credentials(locked: Any) -> None:
    url = locked["gateway"].url
    refused = httpx.post(url + "/predict", content=GRID.image.data)
    assert (refused.status_code, refused.json()["reason"]) == (401, "MISSING_CREDENTIALS")
    assert refused.headers["www-authenticate"] == "Bearer"
    wrong = httpx.get(url + "/v1/models", headers={"authorization": "Bearer no"})
    assert (wrong.status_code, wrong.json()["reason"]) == (401, "INVALID_CREDENTIALS")
    right = httpx.post(url + "/predict", content=GRID.image.data, headers={"x-api-key": "app key"})
    assert right.json() == "grid"
    assert httpx.get(url + "/healthz").json()["services"]["features"] is True


def test_tls_on_every_door_and_between_the_services(
    start: Any, models: Path, certificate: Any, channel: Any
) -> None:
    features = start("features", "--models", models, *certificate.flags)
    classification = start("classification", "--models", models, *certificate.flags)
    targets = ["--features-target", features.target, "--classification-target", classification.target]
    gateway = start("gateway", *targets, "--backend-ca", certificate.authority, *certificate.flags)
    credentials = grpc.ssl_channel_credentials(certificate.authority.read_bytes())
    with grpc.secure_channel(gateway.target, credentials) as secure:
        assert GatewayServiceStub(secure).ClassifyImage(GRID).recognition.recognized.label == "grid"
    assert gateway.url.startswith("https://")
    trusting = ssl.create_default_context(cafile=str(certificate.authority))
    answer = httpx.post(gateway.url + "/predict", content=GRID.image.data, verify=trusting)
    assert answer.json() == "grid"
    with pytest.raises(grpc.RpcError) as caught:
        GatewayServiceStub(channel(gateway.target)).ClassifyImage(GRID, timeout=5)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    with pytest.raises(httpx.HTTPError):
        httpx.get(gateway.url.replace("https", "http") + "/healthz")


@pytest.mark.parametrize("name", ["gateway", "features"])
def test_is_not_reachable_without_tls_unless_told_so(name: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", f"services.{name}", "--grpc-port", "0", "--host", "0.0.0.0"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert "host 0.0.0.0 is reachable from other machines" in line


@pytest.mark.parametrize("flag", ["--grpc-port", "--http-port", "--metrics-port"])
def test_a_port_in_use_is_told_in_one_line(flag: str, services: Any) -> None:
    taken = services.target("features").rpartition(":")[2]
    ports = {"--grpc-port": "0", "--http-port": "0", flag: taken}
    ended = subprocess.run(
        [sys.executable, "-m", "services.gateway", *(word for pair in ports.items() for word in pair)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 2
    (line,) = [line for line in ended.stderr.splitlines() if "cannot listen" in line]
    assert f"127.0.0.1:{taken}" in line
    assert "Traceback" not in ended.stderr
