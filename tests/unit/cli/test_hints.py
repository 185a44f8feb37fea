"""Hints name what pip finds."""

from __future__ import annotations

from pathlib import Path

from cli.output.hints import installable

HINT = "oci:// needs a library: pip install 'lienzo[oci]'."


def test_in_a_checkout_an_extra_is_installed_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    assert installable(HINT, tmp_path) == f"oci:// needs a library: pip install -e '{tmp_path}[oci]'."


def test_of_an_installed_wheel_the_distribution_is_named(tmp_path: Path) -> None:
    assert installable(HINT, tmp_path) == HINT
