from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from runtime.configuration.settings import ServerSettings, is_loopback, load_settings
from tests.support.certificate import make_certificate


class ExampleSettings(ServerSettings):
    process: ClassVar[str] = "example"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["example"])


def flags(monkeypatch: pytest.MonkeyPatch, *given: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["example", *map(str, given)])


def problems(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines on standard error of a start that was refused with status 2."""
    with pytest.raises(SystemExit) as caught:
        load_settings(ExampleSettings)
    assert caught.value.code == 2
    return capsys.readouterr().err.splitlines()


def test_defaults_listen_on_loopback_and_ask_for_nothing() -> None:
    settings = load_settings(ExampleSettings)
    assert (settings.host, settings.metrics_port, settings.tls_pair()) == ("127.0.0.1", None, None)
    assert not settings.credentials().required


def test_a_flag_wins_over_the_own_variable_and_that_over_the_shared_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LIENZO_WORKERS", "3")
    assert load_settings(ExampleSettings).workers == 3
    monkeypatch.setenv("LIENZO_EXAMPLE_WORKERS", "4")
    assert load_settings(ExampleSettings).workers == 4
    flags(monkeypatch, "--workers", "5")
    assert load_settings(ExampleSettings).workers == 5


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENZO_METRICS_PORT", "")
    monkeypatch.setenv("LIENZO_TLS_KEY", "")
    assert load_settings(ExampleSettings).metrics_port is None


@pytest.mark.parametrize("flag", ["--tls-certificate", "--api-keys-file"])
def test_an_empty_path_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    flags(monkeypatch, flag, "")
    name = flag.removeprefix("--").replace("-", "_")
    assert f"lienzo example: {name}: the path is empty: is a variable not set?" in problems(capsys)


def test_tells_all_problems_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text("ana:123\n")
    monkeypatch.setenv("LIENZO_WORKERS", "many")
    monkeypatch.setenv("LIENZO_LOG_LEVEL", "loud")
    flags(monkeypatch, "--host", "0.0.0.0", "--api-keys-file", keys, "--jwt-key-file", tmp_path / "none")
    lines = problems(capsys)
    names = [line.removeprefix("lienzo example: ").split(":")[0] for line in lines]
    assert names == ["insecure", "api_keys_file", "jwt_key_file", "log_level", "workers"]


def test_refuses_to_be_reachable_without_tls(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flags(monkeypatch, "--host", "0.0.0.0")
    assert problems(capsys) == [
        "lienzo example: insecure: host 0.0.0.0 is reachable from other machines: "
        "give tls_certificate and tls_key, or say --insecure"
    ]
    flags(monkeypatch, "--host", "0.0.0.0", "--insecure")
    assert load_settings(ExampleSettings).host == "0.0.0.0"


@pytest.mark.parametrize("flag", ["--tls-certificate", "--tls-key"])
def test_wants_certificate_and_key_together(
    flag: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "half.pem").write_text("")
    flags(monkeypatch, flag, tmp_path / "half.pem")
    assert "belong together" in "\n".join(problems(capsys))


def test_refuses_a_certificate_that_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.pem").write_text("nonsense")
    flags(monkeypatch, "--tls-certificate", tmp_path / "a.pem", "--tls-key", tmp_path / "a.pem")
    assert "are not a certificate and its key" in problems(capsys)[0]


@pytest.mark.parametrize(
    ("days", "problem"), [((-3, -1), "expired on 20"), ((1, 3), "this machine's clock says 20")]
)
def test_refuses_a_certificate_that_every_client_would_refuse(
    days: tuple[float, float],
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    certificate = make_certificate(tmp_path, "localhost", days=days)
    flags(monkeypatch, *certificate.flags)
    (line,) = problems(capsys)
    assert str(certificate.chain) in line
    assert problem in line


@pytest.mark.parametrize("text", ["", "# nobody yet\n\n"])
def test_a_file_without_keys_does_not_let_everybody_in(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text(text)
    flags(monkeypatch, "--api-keys-file", tmp_path / "keys")
    assert "has no keys, so that everybody could call" in problems(capsys)[0]


def test_refuses_a_token_key_that_could_check_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "key.pem").write_text("nonsense")
    flags(monkeypatch, "--jwt-key-file", tmp_path / "key.pem")
    assert problems(capsys) == ["lienzo example: jwt_key_file: not a public key in PEM"]


def test_metrics_stay_on_this_machine_or_under_the_same_conditions_as_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flags(monkeypatch, "--metrics-host", "0.0.0.0")
    (line,) = problems(capsys)
    assert line.startswith("lienzo example: metrics_host: 0.0.0.0 is reachable from other machines")
    flags(monkeypatch, "--metrics-host", "0.0.0.0", "--insecure")
    assert load_settings(ExampleSettings).metrics_host == "0.0.0.0"


def test_reads_keys_with_names_and_comments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"secret").hexdigest()
    (tmp_path / "keys").write_text(f"# apps\nandroid: {digest.upper()}  # phone\n\n")
    flags(monkeypatch, "--api-keys-file", tmp_path / "keys")
    assert load_settings(ExampleSettings).credentials().accept("secret")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "10.0.0.1", "museum.local", "")),
    ],
)
def test_knows_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
