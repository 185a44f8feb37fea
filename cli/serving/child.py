"""`python -m cli.serving.child MODULE [FLAG…]`: runs a module that ends with the process that started it.

A command that starts services stops them when it ends, but it cannot do so when it is killed. So it holds
the other end of the child's standard input, and never writes to it: when that end closes, whichever way the
parent went, the child asks itself to stop.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

_STDIN = 0


def end_with_parent() -> None:
    """Sends SIGTERM to this process when the parent's end of standard input closes."""
    while os.read(_STDIN, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Runs the module that the first argument names."""
    module, *flags = sys.argv[1:]
    threading.Thread(target=end_with_parent, name="parent", daemon=True).start()
    sys.argv = [module, *flags]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
