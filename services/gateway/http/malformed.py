"""Says what is wrong with JSON that is not the message it should be.

The texts of the parsers are not passed on: some have several lines, some end in two full stops, and some
speak of Python's types.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message_factory import GetMessageClass

from runtime.reasons.reason import refused
from runtime.reasons.requests import MALFORMED_REQUEST
from runtime.status import StatusError

LONGEST_PROBLEM: Final = 300
"""Characters of a problem: some repeat what the caller wrote."""

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\r\n-]*={0,2}[\r\n]*")

_SCALARS: Final = {
    FieldDescriptor.CPPTYPE_BOOL: "true or false",
    FieldDescriptor.CPPTYPE_STRING: "a string",
    FieldDescriptor.CPPTYPE_FLOAT: "a number",
    FieldDescriptor.CPPTYPE_DOUBLE: "a number",
    FieldDescriptor.CPPTYPE_INT32: f"a whole number from {-(2**31)} to {2**31 - 1}",
    FieldDescriptor.CPPTYPE_INT64: f"a whole number from {-(2**63)} to {2**63 - 1}",
    FieldDescriptor.CPPTYPE_UINT32: f"a whole number from 0 to {2**32 - 1}",
    FieldDescriptor.CPPTYPE_UINT64: f"a whole number from 0 to {2**64 - 1}",
}
"""What a value should be, by the type of its field."""


class _TwiceError(ValueError):
    """An object has two values of one name."""


def malformed_json(body: bytes | bytearray, descriptor: Any, error: Exception) -> StatusError:
    """Makes the error for a body that is not a message in JSON.

    Args:
        body: The body.
        descriptor: The message's.
        error: What the parser raised, told where nothing is found here.
    """
    return refused(
        MALFORMED_REQUEST,
        "The body is not the message {message} in JSON: {problem}.",
        message=descriptor.name,
        problem=one_line(_wrong_json(body, descriptor) or str(error)),
    )


def one_line(text: str) -> str:
    """Makes one line of a text, without full stops at its end, and cut off where it is long.

    >>> one_line("No field named x.\\n Available: y..")
    'No field named x. Available: y'
    """
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= LONGEST_PROBLEM else f"{line[: LONGEST_PROBLEM - 1]}…"


def is_base64(text: str) -> bool:
    """Tells whether a text has only characters of base64, without which the parser would read the others."""
    return _BASE64.fullmatch(text) is not None


def _wrong_json(body: bytes | bytearray, descriptor: Any) -> str:
    """Names what is wrong, and where; empty where nothing is found."""
    try:
        values = json.loads(body, object_pairs_hook=_each_once)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
    except UnicodeDecodeError as error:
        return f"byte {error.start} is not {error.encoding.upper()}"
    except RecursionError:
        return "it is nested too deeply"
    except _TwiceError as error:
        return f"{json.dumps(error.args[0])} comes twice in one object"
    except ValueError:  # from int, whose text speaks of Python's settings
        return "a number has too many digits"
    return _wrong_field(values, descriptor, "") if isinstance(values, dict) else "it is not an object"


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return values


def _wrong_field(values: dict[str, Any], descriptor: Any, path: str) -> str:
    """Names the first wrong value; a field that the message does not have only where no value is wrong."""
    fields = {**descriptor.fields_by_name, **{each.json_name: each for each in descriptor.fields}}
    unknown = ""
    given: dict[str, str] = {}
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            known = ", ".join(each.json_name for each in descriptor.fields)
            place = path.rstrip(".") or "it"
            unknown = unknown or f"{place} has no field {json.dumps(name)[:60]}, but {known}"
        elif value is not None:
            wrong = _wrong_value(value, field, f"{path}{name}")
            if wrong:
                return wrong
            one_of = field.containing_oneof
            if one_of is not None and given.setdefault(one_of.name, name) != name:
                return f"only one of {path}{given[one_of.name]} and {path}{name} may be given"
    return unknown


def _wrong_value(value: Any, field: Any, place: str) -> str:
    """Says what a value should be; empty where it is that."""
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        if not isinstance(value, dict):
            return f"{place} is not an object"
        of_entries = message.fields_by_name["value"]
        wrongs = (_wrong_item(each, of_entries, f"{place}[{json.dumps(key)}]") for key, each in value.items())
        return next(filter(None, wrongs), "")
    if field.is_repeated:
        if not isinstance(value, list):
            return f"{place} is not a list"
        wrongs = (_wrong_item(each, field, f"{place}[{index}]") for index, each in enumerate(value))
        return next(filter(None, wrongs), "")
    return _wrong_item(value, field, place)


def _wrong_item(value: Any, field: Any, place: str) -> str:
    """Says what a value of a field, of its list or of its map should be; empty where it is that."""
    if value is None:
        return f"{place} is null"
    if field.message_type is not None:
        if isinstance(value, dict):
            return _wrong_field(value, field.message_type, f"{place}.")
        return f"{place} is not an object"
    if field.type == FieldDescriptor.TYPE_BYTES and isinstance(value, str) and not is_base64(value):
        return f"{place} is not base64"
    try:
        kind: Any = GetMessageClass(field.containing_type)
        ParseDict({field.name: [value] if field.is_repeated else value}, kind())
    except (ParseError, ArithmeticError):
        return f"{place} is not {_kind(field)}"
    return ""


def _kind(field: Any) -> str:
    if field.enum_type is not None:
        return f"one of {', '.join(field.enum_type.values_by_name)}"
    return "base64" if field.type == FieldDescriptor.TYPE_BYTES else _SCALARS[field.cpp_type]
