"""The languages of a caller: those in its request, else those of `accept-language`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from runtime.calls.call import current_call
from runtime.reasons.reason import refused
from runtime.reasons.requests import INVALID_REQUEST

MOST_LANGUAGES: Final = 16
KEY: Final = "accept-language"

_TAG: Final = re.compile(r"[A-Za-z]{1,8}([-_][A-Za-z0-9]{1,8}){0,8}")


def asked_languages(given: Sequence[str]) -> list[str]:
    """Returns the languages of the current call's caller as BCP 47 tags, the preferred one first.

    Args:
        given: The field `languages` of the request; where it is empty the call's metadata counts.

    Raises:
        StatusError: INVALID_ARGUMENT, INVALID_REQUEST for too many, or one that is not a tag.
    """
    if not given:
        return accepted_languages(current_call().metadata.get(KEY, ""))
    if len(given) > MOST_LANGUAGES:
        raise refused(
            INVALID_REQUEST, problem=f"languages: {len(given)}, at most {MOST_LANGUAGES} are allowed"
        )
    for tag in given:
        if not _TAG.fullmatch(tag):
            raise refused(INVALID_REQUEST, problem=f'languages: "{tag[:64]}" is not a tag such as es-AR')
    return list(given)


def accepted_languages(header: str) -> list[str]:
    """Reads `accept-language` (RFC 9110, section 12.5.4); passes over what is not of its form.

    >>> accepted_languages("en;q=0.5, es-AR, *;q=0.1, fr;q=0")
    ['es-AR', 'en']
    """
    weighed = []
    for part in header.split(","):
        tag, _, weight = part.partition(";")
        tag, weight = tag.strip(), weight.strip().lower().removeprefix("q=") or "1"
        if _TAG.fullmatch(tag) and (found := _weight(weight)):
            weighed.append((found, tag))
    weighed.sort(key=lambda each: -each[0])  # stable: equal ones keep their order
    return [tag for _, tag in weighed[:MOST_LANGUAGES]]


def _weight(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](\.\d{0,3})?", text) else 0.0
