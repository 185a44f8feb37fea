"""Hints name what pip finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.output.hints import installable

HINT = "oci:// needs a library: pip install 'lienzo[oci]'."


def test_in_a_checkout_an_extra_is_installed_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    assert installable(HINT, tmp_path) == f"oci:// needs a library: pip install -e '{tmp_path}[oci]'."


@pytest.mark.parametrize(
    ("hint", "where"),
    [
        ("pip install 'lienzo-client[http]'", "clients/python[http]"),
        ("pip install lienzo-coreml", "export/coreml"),
    ],
)
def test_other_distributions_are_installed_from_theirs(tmp_path: Path, hint: str, where: str) -> None:
    (tmp_path / "pyproject.toml").touch()
    assert (
        installable(f"It needs more: {hint}.", tmp_path)
        == f"It needs more: pip install -e '{tmp_path}/{where}'."
    )
    root = Path(__file__).resolve().parents[3]
    assert (root / where.partition("[")[0] / "pyproject.toml").is_file()


def test_of_an_installed_wheel_the_distribution_is_named(tmp_path: Path) -> None:
    assert installable(HINT, tmp_path) == HINT
