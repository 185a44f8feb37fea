"""The app's texts: one TOML catalogue per language beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from lienzo_client.errors import LienzoError

LANGUAGES = ("en", "es")
_GENERAL = "OTHER"
_MOST_DIGITS = 4
# Reasons whose difference does not matter to a person.
_SAME_AS = {
    "MISSING_IMAGE": "NOT_A_PICTURE",
    "FULLY_TRANSPARENT": "UNUSABLE_PICTURE",
    "BACKEND_UNAVAILABLE": "UNAVAILABLE",
}


@dataclass(frozen=True)
class Problem:
    """An error for people: a title, and a text that says what to do."""

    title: str
    text: str


class Words:
    """The texts of one language.

    Args:
        language: One of `LANGUAGES`.
        texts: Texts by message id.
        problems: Title and text by `ErrorInfo.reason`, by gRPC status code, or by a reason of the app.
        colors: Names of colours by their names in CSS; empty for the language in which servers name them.
    """

    def __init__(
        self,
        language: str,
        texts: Mapping[str, str],
        problems: Mapping[str, Mapping[str, str]],
        colors: Mapping[str, str],
    ) -> None:
        self.language = language
        self.texts = texts
        self._problems = problems
        self.colors = colors

    def color(self, css_name: str, name: str) -> str:
        """Returns the name of a colour: in this language, else as the server names it."""
        return self.colors.get(css_name) or name or css_name

    def say(self, message: str, **values: str) -> str:
        """Returns a text with its values filled in."""
        return self.texts[message].format_map(values)

    def problem(self, error: LienzoError, **known: str) -> Problem:
        """Returns the text for an error: by its reason, else by its code, else a general one.

        Args:
            error: The error.
            **known: Values that the app adds, such as the picture's `name`.
        """
        values = {**error.metadata, **known}
        if "size_bytes" in values:
            values["size"] = self.byte_size(values["size_bytes"])
        if "limit_bytes" in values:
            values["limit"] = self.byte_size(values["limit_bytes"])
        reason = _SAME_AS.get(error.reason, error.reason)
        if reason == "UNKNOWN_MODEL" and not values.get("known"):
            reason = "NO_MODELS"
        for key in (reason, error.code):
            if key in self._problems:
                try:
                    return self._filled(key, values)
                except KeyError:  # a server that does not send the values of this text
                    continue
        return self._filled(_GENERAL, values)

    def percent(self, share: float) -> str:
        """Formats a share as per cent: 0 only for 0 (or NaN), 100 only for 1."""
        if not share > 0:  # true for NaN
            share = 0.0
        if 0 < share < 0.005:
            return self.say("under_one_percent")
        return self.say("percent", number=str(min(round(100 * share), 99) if share < 1 else 100))

    def percents(self, first: float, second: float) -> tuple[str, str]:
        """Formats two different shares so that they do not look the same."""
        digits, texts = 0, (self.percent(first), self.percent(second))
        while texts[0] == texts[1] and first != second and digits < _MOST_DIGITS:
            digits += 1
            one, other = (self.say("percent", number=f"{100 * each:.{digits}f}") for each in (first, second))
            texts = (one, other)
        return texts

    def byte_size(self, size: str) -> str:
        """Formats a number of bytes in megabytes."""
        megabytes = int(size) / 2**20 if size.isdigit() else 0.0
        return self.say("byte_size", megabytes=f"{megabytes:.0f}")

    def _filled(self, key: str, values: Mapping[str, str]) -> Problem:
        problem = self._problems[key]
        return Problem(problem["title"], problem["text"].format_map(values))


def load_words(language: str) -> Words:
    """Loads the texts of a language.

    Args:
        language: Any language tag, such as `es-AR` or `de_DE`; English for those without a catalogue.
    """
    spoken = language[:2].lower()
    chosen = spoken if spoken in LANGUAGES else LANGUAGES[0]
    path = resources.files(__package__) / "words" / f"{chosen}.toml"
    catalogue = tomllib.loads(path.read_text(encoding="utf-8"))
    return Words(chosen, catalogue["texts"], catalogue["problems"], catalogue.get("colors", {}))


def readable(label: str) -> str:
    """Formats a label for people.

    >>> readable("la_gran_ola")
    'La gran ola'
    """
    text = label.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
