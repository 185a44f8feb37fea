"""How the application's processes are started, from a wheel and from a checkout alike.

Its packages (`cli`, `services`, `vision`, …) have short names. A checkout imports them by their paths; in a
wheel they lie inside this package, so that none of them stands beside other people's packages. A process sees
them when it was started here: by `lienzo`, or by `python -m lienzo_application MODULE [ARGUMENT…]`.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def run() -> None:
    """Runs the command `lienzo`."""
    show_packages()
    from cli.main import run as run_lienzo

    run_lienzo()


def show_packages() -> None:
    """Lets this process import the application's packages, before any others of the same name."""
    in_a_wheel = (_HERE / "runtime").is_dir()
    sys.path.insert(0, str(_HERE if in_a_wheel else _HERE.parent))
