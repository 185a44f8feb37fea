"""The languages in which names are shown: those of an option, else the system's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

VARIABLES: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Where systems keep the user's languages; the first one that is set counts."""


def shown_languages(asked: str, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Returns languages as BCP 47 tags, the preferred one first; none where nobody says it.

    Args:
        asked: What the user asked for, separated by commas; empty means the system's.
        environment: Where the system says it.

    >>> shown_languages("es-AR,en"), shown_languages("", {"LANG": "es_AR.UTF-8"})
    (('es-AR', 'en'), ('es-AR',))
    >>> shown_languages("", {"LANG": "C"})
    ()
    """
    if asked:
        return tuple(each.strip() for each in asked.split(",") if each.strip())
    said = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    tags = (each.partition(".")[0].partition("@")[0].replace("_", "-") for each in said.split(":"))
    return tuple(tag for tag in tags if tag and tag not in ("C", "POSIX"))
