"""`python -m cli.child MODULE [FLAG…]`: runs a module that does not outlive the process that started it.

A command that starts services stops them when it ends, but it cannot do so when it is killed. On Linux
the kernel can: it sends a child SIGTERM when its parent dies, if the child has asked for that.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Asks the kernel for SIGTERM when the parent dies; does nothing where there is no such thing.

    Args:
        parent: Process id of the parent, as it was when it started this process.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the kernel was asked
        raise SystemExit(1)


def main() -> None:
    """Runs the module that the first two arguments name, after the parent's process id."""
    parent, module, *flags = sys.argv[1:]
    end_with_parent(int(parent))
    sys.argv = [module, *flags]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
