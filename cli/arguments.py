"""What every command refuses before it reads its arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import typer
from typer.core import TyperCommand

_ANY_NUMBER: Final = -1


class PathCommand(TyperCommand):
    """A command that takes no empty path, and no empty name in a list of pictures: both would be this folder.

    Nobody types one: it comes from a variable of the shell that is not set.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses a command line.

        Raises:
            typer.BadParameter: For an empty one.
        """
        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        hints = get_type_hints(self.callback)
        parameters: list[Any] = self.get_params(ctx)
        for parameter in parameters:
            hint, value = hints.get(parameter.name), given.get(parameter.name)
            if value == "" and (hint is Path or Path in get_args(hint)):
                raise typer.BadParameter("the path is empty: is a variable not set?", ctx, parameter)
            if parameter.nargs == _ANY_NUMBER and "" in (value or ()):
                raise typer.BadParameter("a name is empty: is a variable not set?", ctx, parameter)
        return super().parse_args(ctx, args)
