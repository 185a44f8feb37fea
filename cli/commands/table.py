"""The commands by name. A command is imported when it is called: `lienzo --help` stays quick, and a machine
needs only the libraries of what it uses."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Command:
    """Where a command is.

    Attributes:
        module: Module that has it.
        function: Its name in there.
        summary: What it does, for the list of commands: the first line of its docstring.
        extra: The extra of the distribution that it needs.
        settings: Further arguments of `typer.Typer.command`.
    """

    module: str
    function: str
    summary: str
    extra: str = "cli"
    settings: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> Callable[..., None]:
        """Imports the command.

        Raises:
            ModuleNotFoundError: When a library is not installed that it needs.
        """
        loaded: Callable[..., None] = getattr(importlib.import_module(self.module), self.function)
        return loaded


# What a service does not know itself is handed on to it.
_HANDS_ON = {"context_settings": {"allow_extra_args": True, "ignore_unknown_options": True}}

COMMANDS: Final[Mapping[str, Command]] = {
    "check": Command("cli.commands.check", "check", "Tell what is odd about a folder of pictures.", "train"),
    "train": Command(
        "cli.commands.train", "train", "Train on a folder of pictures and write the model.", "train"
    ),
    "evaluate": Command(
        "cli.commands.evaluate", "evaluate", "Tell how often a model is right about a labelled folder."
    ),
    "classify": Command("cli.commands.classify", "classify", "Tell what pictures show."),
    "palette": Command(
        "cli.commands.palette", "palette", "Tell which colours pictures are made of.", "palette"
    ),
    "models": Command("cli.commands.models", "models", "List the models there are."),
    "keypoints": Command(
        "cli.commands.keypoints",
        "keypoints",
        "Draw what an extractor sees in a picture, or what two pictures share.",
        "vision",
    ),
    "export": Command(
        "cli.commands.coreml",
        "export",
        "Write a model for another run time, once it gives the same answers there.",
        "export",
    ),
    "onnx2coreml": Command(
        "cli.commands.coreml", "onnx2coreml", "Convert an ONNX model to a Core ML package.", "export"
    ),
    "coreml": Command(
        "cli.commands.coreml", "coreml", "Run a Core ML package here, without a Mac.", "export"
    ),
    "serve": Command(
        "cli.commands.serve", "serve", "Serve models: all services, or the one named.", "serve", _HANDS_ON
    ),
    "demo": Command(
        "cli.commands.demo.command",
        "demo",
        "Show the whole way on pictures that ship with scikit-image and scikit-learn.",
        "all",
    ),
}
