"""Parameters of extractors: declared as dataclass fields with their range, and validated here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, field, fields
from typing import Any

from vision.errors import InvalidExtractorParameter
from vision.extractors.features import Parameter


def ranged(default: float, low: float, high: float) -> Any:
    """Declares a number from `low` to `high`; with a whole default only whole numbers are accepted."""
    return field(default=default, metadata={"low": low, "high": high})


def choice(default: str, *others: str) -> Any:
    """Declares one of a few values."""
    return field(default=default, metadata={"choices": (default, *others)})


def switch(default: bool) -> Any:
    """Declares something that is on or off."""
    return field(default=default, metadata={"switch": True})


def several(default: tuple[int, ...], low: int, high: int) -> Any:
    """Declares one to eight different whole numbers from `low` to `high`, sorted."""
    return field(default=default, metadata={"low": low, "high": high})


def checked(extractor: str, owner: type, given: Mapping[str, Parameter]) -> dict[str, Any]:
    """Validates parameters and converts them to the types of their fields; numbers may be text.

    Args:
        extractor: Name for the message.
        owner: Dataclass with fields declared by `ranged`, `several`, `switch` and `choice`.
        given: Parameters that differ from the defaults.

    Raises:
        InvalidExtractorParameter: For an unknown name, or a value out of range.
    """
    known = {each.name: each for each in fields(owner) if each.default is not MISSING}
    for name in given:
        if name not in known:
            raise InvalidExtractorParameter(
                extractor, name, f"is not a parameter. There are: {', '.join(known)}"
            )
    return {name: _convert(extractor, known[name], value) for name, value in given.items()}


def _convert(extractor: str, declared: Field[Any], value: Parameter) -> float | str | bool | tuple[int, ...]:
    def refuse(problem: str) -> InvalidExtractorParameter:
        return InvalidExtractorParameter(extractor, declared.name, problem)

    if choices := declared.metadata.get("choices"):
        if value not in choices:
            raise refuse(f"is one of {', '.join(choices)}, not {value}")
        return str(value)
    if declared.metadata.get("switch"):
        if str(value).lower() not in ("true", "false"):
            raise refuse(f"is true or false, not {value}")
        return str(value).lower() == "true"
    if isinstance(declared.default, tuple):
        return _numbers(extractor, declared, value)
    whole = isinstance(declared.default, int)
    wanted = f"is a {'whole ' if whole else ''}number"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refuse(f"{wanted}, not {value}")
    try:
        number = float(value)
    except ValueError:
        raise refuse(f'{wanted}, not "{value}"') from None
    low, high = declared.metadata["low"], declared.metadata["high"]
    if not low <= number <= high:
        raise refuse(f"{wanted} from {low} to {high}, not {value}")
    if whole and not number.is_integer():
        raise refuse(f"{wanted}, not {value}")
    return int(number) if whole else number


def _numbers(extractor: str, declared: Field[Any], value: Parameter) -> tuple[int, ...]:
    low, high = declared.metadata["low"], declared.metadata["high"]
    given = value.replace(",", " ").split() if isinstance(value, str) else value
    try:
        numbers = tuple(int(each) for each in given) if isinstance(given, list | tuple) else ()
    except ValueError:
        numbers = ()
    if not 1 <= len(set(numbers)) == len(numbers) <= 8 or not all(low <= each <= high for each in numbers):
        problem = f"is 1 to 8 different whole numbers from {low} to {high}, not {value}"
        raise InvalidExtractorParameter(extractor, declared.name, problem)
    return tuple(sorted(numbers))
