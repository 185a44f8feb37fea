"""What the app says: one catalogue per language, beside this file, read as it is when the app starts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from lienzo_client.errors import LienzoError

LANGUAGES = ("en", "es")
_GENERAL = "OTHER"
# Reasons that a person need not tell apart, or codes whose reasons say nothing to one.
_SAME_AS = {
    "MISSING_IMAGE": "NOT_A_PICTURE",
    "FULLY_TRANSPARENT": "UNUSABLE_PICTURE",
    "BACKEND_UNAVAILABLE": "UNAVAILABLE",
}


@dataclass(frozen=True)
class Problem:
    """What went wrong, for people: a heading and what to do about it."""

    title: str
    text: str


class Words:
    """The texts of one language.

    Args:
        language: One of `LANGUAGES`.
        texts: What the app says, by message id.
        problems: Heading and sentence by `ErrorInfo.reason`, by the code of a call, or by an own reason.
    """

    def __init__(
        self, language: str, texts: Mapping[str, str], problems: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.language = language
        self.texts = texts
        self._problems = problems

    def say(self, message: str, **values: str) -> str:
        """One text, filled in."""
        return self.texts[message].format_map(values)

    def problem(self, error: LienzoError, **known: str) -> Problem:
        """An error in words, by its reason; where that is unknown by its code, else in general.

        Args:
            error: What was raised.
            **known: Values that the app knows itself, such as the picture's `name`.
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
                except KeyError:  # a server that sends other values than the sentence needs
                    continue
        return self._filled(_GENERAL, values)

    def percent(self, share: float) -> str:
        """A share as per cent: what is there is never nothing, what is not certain never all."""
        if not share > 0:  # nor is it when a server says "not a number"
            share = 0.0
        if 0 < share < 0.005:
            return self.say("under_one_percent")
        return self.say("percent", number=str(min(round(100 * share), 99) if share < 1 else 100))

    def byte_size(self, size: str) -> str:
        """A number of bytes in megabytes."""
        megabytes = int(size) / 2**20 if size.isdigit() else 0.0
        return self.say("byte_size", megabytes=f"{megabytes:.0f}")

    def _filled(self, key: str, values: Mapping[str, str]) -> Problem:
        problem = self._problems[key]
        return Problem(problem["title"], problem["text"].format_map(values))


def load_words(language: str) -> Words:
    """The texts of a language.

    Args:
        language: Any language tag, such as `es-AR` or `de_DE`; English for those that the app does not speak.
    """
    spoken = language[:2].lower()
    chosen = spoken if spoken in LANGUAGES else LANGUAGES[0]
    path = resources.files(__package__) / "words" / f"{chosen}.toml"
    catalogue = tomllib.loads(path.read_text(encoding="utf-8"))
    return Words(chosen, catalogue["texts"], catalogue["problems"])


def readable(label: str) -> str:
    """A label as people write it.

    >>> readable("la_gran_ola")
    'La gran ola'
    """
    text = label.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
