"""`lienzo onnx2coreml` is the converter's own command: whoever knows one knows the other."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
import typer

from cli.commands.onnx2coreml import onnx2coreml

command = pytest.importorskip("lienzo_coreml.command")


def test_it_has_the_flags_choices_and_defaults_of_the_converter() -> None:
    app = typer.Typer(add_completion=False)
    app.command()(onnx2coreml)
    kinds = get_type_hints(onnx2coreml)
    ours = {str(each.name).removeprefix("as_"): each for each in typer.main.get_command(app).params}
    theirs = {each.dest: each for each in command.parser()._actions if each.dest != "help"}
    assert ours.keys() == theirs.keys()
    for name, flag in ours.items():
        if flag.param_type_name == "option":
            assert flag.opts == theirs[name].option_strings
        assert (flag.default or None) == (theirs[name].default or None)
        assert choices(kinds[str(flag.name)]) == list(theirs[name].choices or [])


def choices(kind: Any) -> list[Any]:
    """The choices of a literal type, also where it may be None."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [choice for part in get_args(kind) for choice in choices(part)]
