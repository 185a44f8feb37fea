"""The only module that imports coremltools, late and without its messages.

The import takes two seconds, and warns about missing parts of macOS and about the version of scikit-learn,
which a converter that only builds ML Programs does not need.
"""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import warnings
from collections.abc import Iterator

from lienzo_coreml.errors import CoremltoolsMissing


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Suppresses warnings, log lines and progress bars of coremltools."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


@contextlib.contextmanager
def settled_garbage() -> Iterator[None]:
    """Excludes existing objects from garbage collection, which coremltools triggers in every conversion."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


with quiet():
    try:
        import coremltools
    except ModuleNotFoundError as error:
        raise CoremltoolsMissing from error
    from coremltools.converters.mil import Builder as mb
    from coremltools.converters.mil.mil import Function, Program, Var, get_new_symbol, types
    from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry
    from coremltools.converters.mil.mil.types.symbolic import is_symbolic


def operations_of(family: str) -> list[str]:
    """Lists the operations of the ML Program that Apple describes under one heading, such as `reduction`."""
    found = {name: next(iter(kinds.values())) for name, kinds in SSAOpRegistry.core_ops.items()}
    return sorted(name for name, kind in found.items() if kind.__module__.endswith(f".{family}"))


__all__ = [
    "Function",
    "Program",
    "Var",
    "coremltools",
    "get_new_symbol",
    "is_symbolic",
    "mb",
    "operations_of",
    "quiet",
    "settled_garbage",
    "types",
]
