"""What strangers install: the wheels of the three distributions hold all they need and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
NOT_SOURCES = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info", "build", "dist")
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = [name for name in SETTINGS["tool"]["setuptools"]["packages"]["find"]["include"] if "*" not in name]


@dataclass(frozen=True)
class Wheel:
    """One distribution, built.

    Attributes:
        sources: The files of its packages, as a wheel names them.
        names: The files in the wheel, without its metadata.
        metadata: The files of its metadata.
    """

    sources: set[str]
    names: set[str]
    metadata: set[str]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Wheel]:
    """The three distributions, built from a copy, so that nothing is left behind in the sources."""
    copy = tmp_path_factory.mktemp("sources")
    for folder in (*PACKAGES, "clients", "protos"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=NOT_SOURCES)
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    return {
        "lienzo": built(copy, copy, PACKAGES),
        "lienzo-client": built(copy / "clients/python", copy / "clients/python", ["lienzo_client"]),
        "lienzo-protos": built(copy / "protos", copy / "protos/python", ["lienzo"]),
    }


def built(project: Path, root: Path, packages: list[str]) -> Wheel:
    files = [path for package in packages for path in (root / package).rglob("*") if path.is_file()]
    sources = {path.relative_to(root).as_posix() for path in files}
    command = [sys.executable, "-c", BUILD, str(project / "dist")]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (path,) = (project / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        held = set(archive.namelist())
    metadata = {name for name in held if ".dist-info/" in name}
    return Wheel(sources, held - metadata, metadata)


@pytest.mark.parametrize("distribution", ["lienzo", "lienzo-client", "lienzo-protos"])
def test_holds_every_file_of_its_packages_and_no_other(wheels: dict[str, Wheel], distribution: str) -> None:
    assert wheels[distribution].names == wheels[distribution].sources


@pytest.mark.parametrize("distribution", ["lienzo", "lienzo-client", "lienzo-protos"])
def test_carries_its_licence(wheels: dict[str, Wheel], distribution: str) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheels[distribution].metadata)


def test_the_stubs_come_with_their_types(wheels: dict[str, Wheel]) -> None:
    names = wheels["lienzo-protos"].names
    stubs = {name for name in names if re.search(r"_pb2(_grpc)?\.py$", name)}
    assert {f"{name}i" for name in stubs} <= names
    assert {f"{Path(name).parent.as_posix()}/py.typed" for name in stubs} <= names
