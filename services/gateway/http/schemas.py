"""Converts messages to JSON, and their descriptors to JSON Schema for OpenAPI."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

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


def schema_of(descriptor: Any) -> dict[str, Any]:
    """Makes the JSON Schema of `to_json` for messages with this descriptor."""
    if descriptor.full_name == "google.protobuf.Timestamp":
        return {"type": "string", "format": "date-time"}
    schema = {
        "type": "object",
        "title": descriptor.name,
        "properties": {field.json_name: _field_schema(field) for field in descriptor.fields},
    }
    pairs = [pair for each in descriptor.oneofs for pair in combinations(each.fields, 2)]
    if pairs:  # of a oneof at most one field is set
        schema["not"] = {"anyOf": [{"required": [field.json_name for field in pair]} for pair in pairs]}
    return schema


def _field_schema(field: FieldDescriptor) -> dict[str, Any]:
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        return {"type": "object", "additionalProperties": _value_schema(message.fields_by_name["value"])}
    if field.is_repeated:
        return {"type": "array", "items": _value_schema(field)}
    return _value_schema(field)


def _value_schema(field: FieldDescriptor) -> dict[str, Any]:
    if field.message_type is not None:
        return schema_of(field.message_type)
    if field.enum_type is not None:
        return {"type": "string", "enum": [value.name for value in field.enum_type.values]}
    if field.type == FieldDescriptor.TYPE_BYTES:
        return {"type": "string", "format": "byte"}
    return dict(_SCALARS[field.cpp_type])


def documented(answer: dict[str, Any]) -> dict[str, Any]:
    """Describes a route for OpenAPI, given the schema of its answer."""
    problems = {"content": {"application/problem+json": {"schema": PROBLEM_SCHEMA}}}
    return {
        "responses": {
            200: {"description": "Done", "content": {"application/json": {"schema": answer}}},
            "4XX": {"description": "The request cannot be answered", **problems},
            "5XX": {"description": "The server cannot answer now", **problems},
        }
    }
