"""The commands by name. A command is imported when it is called: `lienzo --help` stays quick, and a machine
needs only the libraries of what it uses."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final


@dataclass(frozen=True)
class Command:
    """Where a command is.

    Attributes:
        module: Module that has it.
        function: Its name in there.
        extra: The extra of the distribution that it needs.
        settings: Further arguments of `typer.Typer.command`.
    """

    module: str
    function: str
    extra: str = "cli"
    settings: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> Callable[..., None]:
        """Imports the command.

        Raises:
            ModuleNotFoundError: When a library is not installed that it needs.
        """
        loaded: Callable[..., None] = getattr(importlib.import_module(self.module), self.function)
        return loaded

    def summary(self) -> str:
        """The first line of its docstring, read from the source: nothing is imported for it."""
        spec = find_spec(self.module)
        if spec is None or spec.origin is None:
            return ""
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == self.function:
                return inspect.cleandoc(ast.get_docstring(node) or "").partition("\n")[0]
        return ""


# What a service does not know itself is handed on to it.
_HANDS_ON = {"context_settings": {"allow_extra_args": True, "ignore_unknown_options": True}}

COMMANDS: Final[Mapping[str, Command]] = {
    "check": Command("cli.commands.check", "check", "train"),
    "train": Command("cli.commands.train", "train", "train"),
    "evaluate": Command("cli.commands.evaluate", "evaluate"),
    "classify": Command("cli.commands.classify", "classify"),
    "palette": Command("cli.commands.palette", "palette", "palette"),
    "models": Command("cli.commands.models", "models"),
    "keypoints": Command("cli.commands.keypoints", "keypoints", "vision"),
    "export": Command("cli.commands.coreml", "export", "export"),
    "onnx2coreml": Command("cli.commands.coreml", "onnx2coreml", "export"),
    "coreml": Command("cli.commands.coreml", "coreml", "export"),
    "serve": Command("cli.commands.serve", "serve", "serve", _HANDS_ON),
    "demo": Command("cli.commands.demo.command", "demo", "all"),
}
