"""requirements.lock: one version of everything that the projects ask for, on every Python and platform."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = [".", "protos", "clients/python", "export/coreml"]
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"}
MAC = {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"}


def projects() -> Iterator[dict[str, Any]]:
    for folder in PROJECTS:
        yield tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def wanted() -> list[Requirement]:
    """What the projects ask for, with all extras, but for each other."""
    ours = {str(project["name"]) for project in projects()}
    lines = [
        line
        for project in projects()
        for part in (project["dependencies"], *project.get("optional-dependencies", {}).values())
        for line in part
    ]
    return [each for each in map(Requirement, lines) if each.name not in ours]


def locked(environment: dict[str, str]) -> dict[str, set[str]]:
    """The versions of each package that the lock names for an environment."""
    pins: dict[str, set[str]] = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate(environment):
            (version,) = pin.specifier
            assert version.operator == "=="
            pins.setdefault(canonicalize_name(pin.name), set()).add(version.version)
    return pins


@pytest.mark.parametrize("platform", [LINUX, MAC], ids=["linux", "macos"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_names_one_version_of_everything_that_is_wanted(python: str, platform: dict[str, str]) -> None:
    environment = {**platform, "python_version": python, "python_full_version": f"{python}.0"}
    pins = locked(environment)
    assert [name for name, versions in pins.items() if len(versions) != 1] == []
    for requirement in wanted():
        if requirement.marker is None or requirement.marker.evaluate(environment):
            (version,) = pins[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{requirement}: {version}. Run: make lock"


def test_names_versions_and_no_address() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_every_project_says_for_which_pythons_it_is() -> None:
    for project in projects():
        versions = [str(each).rpartition(" ")[2] for each in project["classifiers"] if ":: 3." in str(each)]
        newest = 13 if project["name"] == "lienzo-coreml" else 14
        assert versions == [f"3.{minor}" for minor in range(11, newest + 1)]
        assert project["requires-python"] == ">=3.11"
