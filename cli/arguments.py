"""What every command refuses before it reads its arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from typer.core import TyperCommand


class PathCommand(TyperCommand):
    """A command that takes no empty path, which would be the working folder.

    Nobody types one: it comes from a variable of the shell that is not set.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses a command line.

        Raises:
            typer.BadParameter: For a folder or file with an empty name.
        """
        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        hints = get_type_hints(self.callback)
        parameters: list[Any] = self.get_params(ctx)
        for parameter in parameters:
            hint = hints.get(parameter.name)
            if given.get(parameter.name) == "" and (hint is Path or Path in get_args(hint)):
                raise typer.BadParameter("the path is empty: is a variable not set?", ctx, parameter)
        return super().parse_args(ctx, args)
