"""`python -m cli.serving.child [--held] MODULE [FLAG…]`: runs a service that ends with who started it.

A command that starts services stops them when it ends, but it cannot do so when it is killed. So it holds
the other end of the child's standard input: when that end closes, whichever way the parent went, the child
asks itself to stop.

A service that is held reads its settings, says that they can be used, and begins when it gets a line there: a
list of further flags, as JSON. So a wrong setting of one of them ends a start before any of them has begun.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import threading
from importlib import import_module
from typing import Final

HELD: Final = "--held"
SETTINGS_FIT: Final = "settings fit"
"""The line on standard output of a service that is held."""

_STDIN = 0


def end_with_parent() -> None:
    """Sends SIGTERM to this process when the parent's end of standard input closes."""
    while os.read(_STDIN, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Runs the module that the first argument names."""
    is_held = sys.argv[1] == HELD
    module, *flags = sys.argv[1 + is_held :]
    sys.argv = [module, *flags]
    if is_held:
        _read_settings(module)
        print(SETTINGS_FIT, flush=True)
        sys.argv[1:1] = _awaited_flags()  # before those that it has already, which count in their place
    threading.Thread(target=end_with_parent, name="parent", daemon=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _read_settings(module: str) -> None:
    """Ends this process with status 2, like the service itself, when its settings cannot be used."""
    from runtime.configuration.settings import ServerSettings, load_settings

    for each in vars(import_module(f"{module}.settings")).values():
        if isinstance(each, type) and issubclass(each, ServerSettings) and "process" in vars(each):
            load_settings(each)


def _awaited_flags() -> list[str]:
    line = b""
    while not line.endswith(b"\n"):
        read = os.read(_STDIN, 1024)
        if not read:
            raise SystemExit(0)  # the parent is gone
        line += read
    flags: list[str] = json.loads(line)
    return flags


if __name__ == "__main__":
    main()
