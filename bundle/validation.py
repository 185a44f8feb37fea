"""What pydantic says of a wrong value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "a table"),
    **dict.fromkeys(("list_type", "tuple_type"), "a list"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
}
"""What a value should be in words of TOML, by the type of the error: pydantic's own are those of Python."""


def own_words(message: str) -> str:
    """Removes what pydantic puts before the words of a validator of ours."""
    return message.replace("Value error, ", "")
