"""What strangers install: the wheels of the five distributions hold all they need and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.table import BACKENDS

ROOT = Path(__file__).resolve().parents[2]
CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
BUILD = "import importlib, sys; importlib.import_module(sys.argv[1]).build_wheel(sys.argv[2])"
NOT_SOURCES = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info", "build", "dist", ".venv*")
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = SETTINGS["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
APPLICATION = "lienzo_application"
PROJECTS = {
    "lienzo": (".", ".", APPLICATION),
    "lienzo-client": ("clients/python", "clients/python", "lienzo_client"),
    "lienzo-coreml": ("export/coreml", "export/coreml", "lienzo_coreml"),
    "lienzo-notebook": ("notebook", "notebook", "lienzo_notebook"),
    "lienzo-protos": ("protos", "protos/python", "lienzo"),
}


@dataclass(frozen=True)
class Wheel:
    """One distribution, built.

    Attributes:
        path: The file.
        names: The files in it, without its metadata.
        metadata: The files of its metadata.
    """

    path: Path
    names: set[str]
    metadata: set[str]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the distributions are made of, so that nothing is left behind in the checkout."""
    copy = tmp_path_factory.mktemp("sources")
    for folder in (*FOLDERS, "clients", "notebook", "protos"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=NOT_SOURCES)
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheels(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Wheel]:
    return {
        name: built(sources / project, tmp_path_factory.mktemp(name))
        for name, (project, _, _) in PROJECTS.items()
    }


def built(project: Path, destination: Path) -> Wheel:
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    command = [sys.executable, "-c", BUILD, settings["build-system"]["build-backend"], str(destination)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (path,) = destination.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        held = set(archive.namelist())
    metadata = {name for name in held if ".dist-info/" in name}
    return Wheel(path, held - metadata, metadata)


def files_of(root: Path, folder: str) -> set[str]:
    return {path.relative_to(root).as_posix() for path in (root / folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize("distribution", sorted(PROJECTS))
def test_brings_one_name_that_is_its_own(wheels: dict[str, Wheel], distribution: str) -> None:
    assert {name.partition("/")[0] for name in wheels[distribution].names} == {PROJECTS[distribution][2]}


@pytest.mark.parametrize(
    "distribution", ["lienzo-client", "lienzo-coreml", "lienzo-notebook", "lienzo-protos"]
)
def test_holds_every_file_of_its_package(sources: Path, wheels: dict[str, Wheel], distribution: str) -> None:
    _, root, package = PROJECTS[distribution]
    assert wheels[distribution].names == files_of(sources / root, package)


def test_the_application_lies_inside_its_package(sources: Path, wheels: dict[str, Wheel]) -> None:
    folders = [name for name in FOLDERS if name != APPLICATION]
    inside = {f"{APPLICATION}/{name}" for folder in folders for name in files_of(sources, folder)}
    converter = {f"{APPLICATION}/{name}" for name in files_of(sources, "export/coreml")}
    assert wheels["lienzo"].names == (inside - converter) | files_of(sources, APPLICATION)


@pytest.mark.parametrize("distribution", sorted(PROJECTS))
def test_carries_its_licence(wheels: dict[str, Wheel], distribution: str) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheels[distribution].metadata)


def test_the_stubs_come_with_their_types(wheels: dict[str, Wheel]) -> None:
    names = wheels["lienzo-protos"].names
    stubs = {name for name in names if re.search(r"_pb2(_grpc)?\.py$", name)}
    assert {f"{name}i" for name in stubs} <= names
    assert {f"{Path(name).parent.as_posix()}/py.typed" for name in stubs} <= names


@pytest.fixture(scope="module")
def installed(wheels: dict[str, Wheel], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment with the wheels; it borrows the libraries of the one that tests."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder)
    commands = folder / "bin"
    files = [str(wheel.path) for wheel in wheels.values()]
    pip = [sys.executable, "-m", "pip", "--python", str(commands / "python"), "install", "-qq", "--no-index"]
    subprocess.run([*pip, "--no-deps", *files], env=CLEAN, check=True, capture_output=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return commands


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command where no folder and no variable leads to the checkout."""
    return subprocess.run(
        list(map(str, command)), cwd=folder, env=CLEAN, capture_output=True, text=True, timeout=60
    )


def test_leaves_common_names_to_others(installed: Path, tmp_path: Path) -> None:
    names = [name for name in FOLDERS if name != APPLICATION]
    probe = f"import importlib.util as u, {APPLICATION}; print([n for n in {names} if u.find_spec(n)])"
    ran = run(installed / "python", "-c", probe, folder=tmp_path)
    assert (len(names), ran.stdout.strip()) == (11, "[]"), ran.stderr


def test_the_installed_command_lists_its_commands(installed: Path, tmp_path: Path) -> None:
    ran = run(installed / "lienzo", "--help", folder=tmp_path)
    assert (ran.returncode, "palette" in ran.stdout) == (0, True), ran.stderr


def test_is_not_led_astray_by_a_folder_of_the_same_name(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "__init__.py").write_text("raise SystemExit('not ours')")
    ran = run(installed / "python", "-m", APPLICATION, "cli", "--version", folder=tmp_path)
    assert (ran.returncode, ran.stdout[:7]) == (0, "lienzo "), ran.stderr


def test_the_installed_command_serves_in_processes_of_its_own(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "lienzo"), "serve", "--grpc-port", "0", "--http-port", "0", "--json"]
    served = subprocess.Popen(
        command, cwd=tmp_path, env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert served.stdout is not None
        addresses = json.loads(served.stdout.readline() or "{}")
        served.send_signal(signal.SIGTERM)
        _, said = served.communicate(timeout=30)
    finally:
        served.kill()
    assert set(addresses.get("services", ())) == {"gateway", *BACKENDS}, said
