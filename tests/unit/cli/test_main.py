"""What every command line has in common: help, exit status, one line instead of a traceback."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer
from typer.main import get_command

from catalogue.errors import CatalogueNotWritten, CatalogueUnreachable, DamagedCatalogue
from cli.commands.table import COMMANDS, Command
from cli.main import _app, run_command
from cli.refusals import to_refusal
from lienzo_client import Overloaded, ServerFault, Unauthenticated

TESTS = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tests_text() -> str:
    """All tests but this file."""
    files = [path for path in TESTS.rglob("*.py") if path != Path(__file__)]
    return "\n".join(path.read_text("utf-8") for path in files)


def test_help_lists_every_command_without_importing_one(lienzo: Any) -> None:
    script = (
        "import sys; from cli.main import run_command; run_command(['--help']); print(sorted(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for name, command in COMMANDS.items():
        assert name in ran.stdout
        assert f"'{command.module}'" not in ran.stdout
    loaded = set(ran.stdout.replace(",", " ").split())
    assert loaded.isdisjoint(
        f"'{name}'" for name in ("cv2", "google.protobuf", "grpc", "numpy", "onnx", "sklearn")
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(lienzo: Any, name: str) -> None:
    summary = COMMANDS[name].summary
    assert summary == inspect.cleandoc(COMMANDS[name].load().__doc__ or "").partition("\n")[0]
    assert summary.endswith(".")
    ran = lienzo(name, "--help")
    assert ran.status == 0
    assert summary.split(",")[0] in " ".join(ran.out.split())


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"demo"}))  # which .ci/run runs
def test_every_command_is_called_by_a_test(name: str, tests_text: str) -> None:
    called = re.search(rf'[\[(]\s*"{name}"', tests_text)
    assert called, f"no test calls lienzo {name}: say what it prints in tests/unit/cli/commands/"


def test_the_version_is_the_distribution_s(lienzo: Any) -> None:
    assert lienzo("--version").out == f"lienzo {version('lienzo')}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("clasify",), "Did you mean 'classify'?"),
        (("classify",), "Missing argument 'PHOTO|DIR…'"),
        (("classify", "--no-such-flag", "x"), "No such option: --no-such-flag"),
        (("serve", "gatway"), 'No service "gatway". There are: gateway,'),
        (("serve", "--grpc-port", "99999"), "less than or equal to 65535"),
        (("evaluate", "m", "/no/such/folder"), "does not exist"),
        (("catalogue",), "Choose from: import, add, remove,"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(lienzo: Any, arguments: tuple[str, ...], said: str) -> None:
    ran = lienzo(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def commands_with_an_empty_path() -> Iterator[tuple[str, ...]]:
    """Every command with each of its folders and files left empty."""
    for name, command in COMMANDS.items():
        hints = get_type_hints(command.load())
        before: tuple[str, ...] = (name,)
        for parameter in get_command(_app(name)).commands[name].params:
            is_path = "Path" in str(hints.get(parameter.name))
            if parameter.param_type_name == "option" and is_path:
                yield name, f"{parameter.opts[0]}="
            elif parameter.param_type_name == "argument":
                if is_path:
                    yield *before, ""
                before = (*before, "x")


EMPTY_PATHS = list(commands_with_an_empty_path())


@pytest.mark.parametrize("arguments", EMPTY_PATHS, ids=" ".join)
def test_an_empty_path_is_not_the_working_folder(lienzo: Any, arguments: tuple[str, ...]) -> None:
    ran = lienzo(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert f"the path is empty: is a variable not set? See: lienzo {arguments[0]} --help\n" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("classify", ""),
        ("identify", "a.jpg", ""),
        ("palette", ""),
        ("features", "", "--output", "x.csv"),
        ("catalogue", "import", ""),
    ],
)
def test_an_empty_name_in_a_list_is_not_the_working_folder(lienzo: Any, arguments: tuple[str, ...]) -> None:
    ran = lienzo(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert f"a name is empty: is a variable not set? See: lienzo {arguments[0]} --help\n" in ran.err


def test_all_folders_and_files_of_commands_are_tried_empty() -> None:
    assert {arguments[0] for arguments in EMPTY_PATHS} >= {"train", "models", "serve", "keypoints"}
    assert len(EMPTY_PATHS) > 30


def test_an_empty_variable_is_not_set(lienzo: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIENZO_MODELS", "")
    assert lienzo("models").err.startswith("No models in models.")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ServerFault("INTERNAL", "INTERNAL", "Unexpected fault.", None, "r-1"), 1, "Unexpected fault."),
        (Overloaded("RESOURCE_EXHAUSTED", "OVERLOADED", "Too busy."), 1, "Try again in a moment."),
        (Unauthenticated("UNAUTHENTICATED", "MISSING_CREDENTIALS", "No key."), 2, "LIENZO_API_KEY"),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), 2, "a.csv: no such file or directory."),
        (OSError(28, "No space left on device", "a.csv"), 1, "a.csv: no space left on device."),
        (CatalogueNotWritten(Path("art"), "No space left on device"), 1, "No space left on device"),
        (CatalogueUnreachable("postgresql://db/art", "Connection refused"), 1, "Connection refused."),
        (
            DamagedCatalogue(Path("art"), "works-000001.log is missing"),
            2,
            "art: works-000001.log is missing.",
        ),
        (ZeroDivisionError("division by zero"), 1, "Unexpected fault: ZeroDivisionError: division by zero."),
        (
            ValueError("No such thing."),
            1,
            "Unexpected fault: ValueError: No such thing. Set",
        ),
        (ValueError("odd\nmatrix"), 1, "Unexpected fault: ValueError: odd matrix. Set"),
        (typer.BadParameter("no"), 2, "no."),
    ],
)
def test_every_exception_becomes_a_line_and_a_status(error: Exception, status: int, said: str) -> None:
    refusal = to_refusal(error, "classify")
    assert refusal.status == status
    assert said in refusal.message
    assert "\n" not in refusal.message


def test_a_missing_library_says_which_extra_brings_it() -> None:
    error = ModuleNotFoundError("No module named 'sklearn'", name="sklearn")
    assert to_refusal(error, "serve").message == (
        "lienzo serve needs sklearn, which is not installed: pip install 'lienzo[serve]'"
    )


def test_the_way_to_a_fault_is_told_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENZO_TRACEBACK", "1")
    assert "ValueError: odd" in to_refusal(ValueError("odd"), "train").message


def test_ctrl_c_says_so_and_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Command, "load", lambda self: interrupted)
    assert run_command(["models"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"
