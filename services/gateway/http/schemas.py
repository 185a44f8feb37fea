"""Converts messages to JSON, and their descriptors to JSON Schema for OpenAPI."""

from __future__ import annotations

import json
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.gateway.v1 import gateway_pb2

_SCALARS: dict[int, dict[str, Any]] = {
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer"},
    FieldDescriptor.CPPTYPE_UINT32: {"type": "integer", "minimum": 0},
    FieldDescriptor.CPPTYPE_INT64: {"type": "string", "format": "int64"},
    FieldDescriptor.CPPTYPE_UINT64: {"type": "string", "format": "uint64"},
    FieldDescriptor.CPPTYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.CPPTYPE_FLOAT: {"type": "number"},
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_STRING: {"type": "string"},
}

_TIMESTAMP: Final = "google.protobuf.Timestamp"

PROBLEM: Final = "Problem"
"""Name of the component for errors."""
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details with the gRPC code and reason.",
    "required": ["type", "title", "status", "detail", "code", "reason", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "reason": {"type": "string"},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
        "request_id": {"type": "string"},
    },
}


def to_json(message: Message) -> dict[str, Any]:
    """Converts a message by protobuf's JSON mapping: lowerCamelCase, every plain field present."""
    return MessageToDict(message, always_print_fields_with_no_presence=True)


def answer_schema(descriptor: Any) -> dict[str, Any]:
    """Makes the JSON Schema of `to_json` for messages with this descriptor: a reference to a component."""
    return _reference(descriptor, is_answer=True)


def request_schema(descriptor: Any) -> dict[str, Any]:
    """Makes the JSON Schema of a message in a request, where every field may be left out."""
    return _reference(descriptor, is_answer=False)


def components() -> dict[str, Any]:
    """Makes the schemas that all others refer to: the messages of every method with one answer."""
    found: dict[str, Any] = {PROBLEM: PROBLEM_SCHEMA}
    for service in (
        gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"],
        catalogue_pb2.DESCRIPTOR.services_by_name["CatalogueService"],
    ):
        for method in service.methods:
            if not method.client_streaming and not method.server_streaming:
                _collect(method.input_type, found, is_answer=False)
                _collect(method.output_type, found, is_answer=True)
    return found


def _collect(descriptor: Any, found: dict[str, Any], *, is_answer: bool) -> None:
    name = _component(descriptor, is_answer=is_answer)
    if name in found or descriptor.full_name == _TIMESTAMP:
        return
    found[name] = schema = {
        "type": "object",
        "title": descriptor.name,
        **_described(descriptor.full_name),
        "properties": {
            field.json_name: {**_field_schema(field, is_answer=is_answer), **_described(field.full_name)}
            for field in descriptor.fields
        },
    }
    if is_answer:  # `to_json` writes every field that cannot be unset
        schema["required"] = [field.json_name for field in descriptor.fields if not field.has_presence]
    pairs = [pair for each in descriptor.oneofs for pair in combinations(each.fields, 2)]
    if pairs:  # of a oneof at most one field is set
        schema["not"] = {"anyOf": [{"required": [field.json_name for field in pair]} for pair in pairs]}
    for field in descriptor.fields:
        message = field.message_type
        if message is not None and not message.GetOptions().map_entry:
            _collect(message, found, is_answer=is_answer)


def _reference(descriptor: Any, *, is_answer: bool) -> dict[str, Any]:
    if descriptor.full_name == _TIMESTAMP:
        return {"type": "string", "format": "date-time"}
    return {"$ref": f"#/components/schemas/{_component(descriptor, is_answer=is_answer)}"}


def _component(descriptor: Any, *, is_answer: bool) -> str:
    """Names a component by its message, with the package where the gateway has one of that name."""
    name: str = descriptor.name
    if descriptor.file is not gateway_pb2.DESCRIPTOR and name in gateway_pb2.DESCRIPTOR.message_types_by_name:
        name = descriptor.file.package.split(".")[1].capitalize() + name
    return name if is_answer or name.endswith("Request") else f"{name}Input"


@cache
def _descriptions() -> dict[str, str]:
    text = Path(__file__).with_name("descriptions.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def _described(full_name: str) -> dict[str, str]:
    text = _descriptions().get(full_name, "")
    return {"description": text} if text else {}


def _field_schema(field: FieldDescriptor, *, is_answer: bool) -> dict[str, Any]:
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        value = message.fields_by_name["value"]
        return {"type": "object", "additionalProperties": _value_schema(value, is_answer=is_answer)}
    if field.is_repeated:
        return {"type": "array", "items": _value_schema(field, is_answer=is_answer)}
    return _value_schema(field, is_answer=is_answer)


def _value_schema(field: FieldDescriptor, *, is_answer: bool) -> dict[str, Any]:
    if field.message_type is not None:
        return _reference(field.message_type, is_answer=is_answer)
    if field.enum_type is not None:
        return {"type": "string", "enum": [value.name for value in field.enum_type.values]}
    if field.type == FieldDescriptor.TYPE_BYTES:
        return {"type": "string", "format": "byte"}
    return dict(_SCALARS[field.cpp_type])
