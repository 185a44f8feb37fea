"""Makes the packages of the application importable, from a wheel and from a checkout alike."""

from __future__ import annotations

from importlib.util import find_spec


def show_application() -> None:
    """Makes `vision`, `training` and the others importable in this process, unless they are already."""
    if find_spec("explanation") is None or find_spec("vision") is None:
        from lienzo_application import show_packages

        show_packages()
