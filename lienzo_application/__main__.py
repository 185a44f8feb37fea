"""`python -m lienzo_application MODULE [ARGUMENT…]`: runs one of our modules as `python -m` would."""

from __future__ import annotations

import gc
import runpy
import sys

from lienzo_application import show_packages


def main() -> None:
    """Runs the module that the first argument names."""
    if len(sys.argv) < 2:
        raise SystemExit("Which module? Such as: python -m lienzo_application services.gateway --help")
    module, *arguments = sys.argv[1:]
    show_packages()
    # A service imports a hundred thousand objects, of which a hundredth is garbage: looking for it would be a
    # tenth of its start. It begins when the service has started, see `runtime.process.aio_server.settle`.
    gc.disable()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
