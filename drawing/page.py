"""Templates of self-contained pages, with the style sheet and the formats of figures that all share."""

from __future__ import annotations

from functools import cache
from importlib import resources

import jinja2

from drawing.amounts import milliseconds, percent, size


@cache
def page_template(package: str) -> jinja2.Template:
    """Loads the template of a page; it has the style sheet as `style`, and filters that format figures.

    Args:
        package: The package whose folder has the template, `page.html.j2`.
    """
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(percent=percent, milliseconds=milliseconds, size=size)
    environment.globals["style"] = (resources.files("drawing") / "page.css").read_text("utf-8")
    return environment.from_string((resources.files(package) / "page.html.j2").read_text("utf-8"))
