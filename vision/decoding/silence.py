"""Keeps libtiff from writing to the terminal of whoever decodes a broken TIFF."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path

import PIL


def silence_libtiff() -> None:
    """Takes out the handler that prints errors; Pillow does that for warnings only, and has no setting.

    Only the libtiff that Pillow's wheels bring is found: one of the system goes on printing.
    """
    package = Path(PIL.__file__).parent
    for library in [*package.with_name("pillow.libs").glob("libtiff*"), *package.glob(".dylibs/libtiff*")]:
        with suppress(OSError, AttributeError):
            set_handler = ctypes.CDLL(str(library)).TIFFSetErrorHandler
            set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
            set_handler(None)
