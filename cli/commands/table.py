"""The commands by name. A command is imported when it is called: `lienzo --help` stays quick, and a machine
needs only the libraries of the commands in use."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Command:
    """The facts about a command.

    Attributes:
        module: Its module.
        function: Its function in that module.
        summary: The first line of its docstring, for the list of commands.
        extra: The extra of the distribution with its libraries.
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
            ModuleNotFoundError: When a library that it needs is not installed.
        """
        collects = gc.isenabled()
        gc.disable()  # imports leave no garbage to speak of, and looking for it takes an eighth of their time
        try:
            loaded: Callable[..., None] = getattr(importlib.import_module(self.module), self.function)
        finally:
            if collects:
                gc.enable()
        return loaded


# Arguments that the command does not know are handed on to the service.
_HANDS_ON = {"context_settings": {"allow_extra_args": True, "ignore_unknown_options": True}}

COMMANDS: Final[Mapping[str, Command]] = {
    "check": Command("cli.commands.check", "check", "Find problems of a folder of pictures.", "train"),
    "train": Command(
        "cli.commands.train", "train", "Train on a folder of pictures and write the model.", "train"
    ),
    "evaluate": Command("cli.commands.evaluate", "evaluate", "Measure a model on a labelled folder."),
    "classify": Command("cli.commands.classify", "classify", "Recognise pictures."),
    "palette": Command("cli.commands.palette", "palette", "Extract the colours of pictures.", "palette"),
    "models": Command(
        "cli.commands.models",
        "models",
        "List the models, pull the Core ML package of one, or describe its labels.",
    ),
    "catalogue": Command(
        "cli.commands.catalogue",
        "catalogue",
        "Keep a catalogue: import, add, remove, list, evaluate or export its works.",
        "catalogue",
    ),
    "identify": Command(
        "cli.commands.identify", "identify", "Identify the works of a catalogue in photos.", "catalogue"
    ),
    "keypoints": Command(
        "cli.commands.keypoints",
        "keypoints",
        "Draw the keypoints of a picture, or the matches of two.",
        "vision",
    ),
    "templates": Command(
        "cli.commands.templates",
        "templates",
        "Draw a picture as the classifier sees it, beside its templates.",
        "train",
    ),
    "features": Command(
        "cli.commands.features",
        "features",
        "Write the features of pictures into a file: descriptors with keypoints, or vectors.",
        "features",
    ),
    "explain": Command(
        "cli.commands.explain",
        "explain",
        "Show what there is to see in a photo, and why a model answers as it does.",
        "train",
    ),
    "export": Command(
        "cli.commands.coreml",
        "export",
        "Write a model for another run time, after comparing its answers there.",
        "export",
    ),
    "import": Command(
        "cli.commands.import_model",
        "import_model",
        "Import an ONNX image classifier that was trained elsewhere.",
        "export",
    ),
    "onnx2coreml": Command(
        "cli.commands.onnx2coreml",
        "onnx2coreml",
        "Convert an ONNX model to a Core ML package, and compare the two.",
        "export",
    ),
    "coreml": Command(
        "cli.commands.coreml", "coreml", "Run a Core ML package here, without a Mac.", "export"
    ),
    "serve": Command(
        "cli.commands.serve", "serve", "Serve models: all services, or the one named.", "serve", _HANDS_ON
    ),
    "server": Command(
        "cli.commands.server", "server", "Show what a running server takes, has, and has switched on."
    ),
    "status": Command(
        "cli.commands.status", "status", "Show which services serve, and why the others do not.", "serve"
    ),
    "demo": Command(
        "cli.commands.demo.command",
        "demo",
        "Show the whole way on pictures that ship with scikit-image and scikit-learn.",
        "all",
    ),
}
