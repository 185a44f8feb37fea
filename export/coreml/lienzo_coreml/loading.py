"""Loads coremltools for a command: quickly, and for nothing but ML Programs."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

# coremltools imports each of them where it is installed, and does without it where it is not.
_OTHERS: Final = ("sklearn", "tensorflow", "torch", "torchaudio", "torchvision", "transformers", "xgboost")


def load_coremltools() -> None:
    """Imports coremltools without the libraries whose models it converts itself.

    These take up to four seconds, and nothing here needs them. In this process coremltools will say that they
    are not installed, so that commands call this, and no library does. Others import them as ever.

    Raises:
        CoremltoolsMissing: When coremltools is not installed.
    """
    if "coremltools" not in sys.modules:
        hidden: list[str] = [each for each in _OTHERS if each not in sys.modules]
        sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: it cannot be imported
        try:
            import_module("lienzo_coreml.mil")
        finally:
            for each in hidden:
                del sys.modules[each]
