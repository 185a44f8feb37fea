"""Bodies that are not the message are told in one sentence, which names the place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import ParseError

from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.gateway.v1 import gateway_pb2
from runtime.status import VALUE_BYTES, StatusError
from services.gateway.http.codecs import DeferredJson
from services.gateway.http.malformed import malformed_json
from services.gateway.http.requests import fill

WHOLE = "is not a whole number from 0 to 4294967295"


def told(values: Any, kind: Any = gateway_pb2.ClassifyImageRequest) -> str:
    """What is told of a body, without the beginning that all have."""
    body = values if isinstance(values, bytes) else json.dumps(values).encode()
    with pytest.raises(StatusError) as caught:
        fill(kind(), body)
    error = caught.value
    beginning = f"The body is not the message {kind.__name__} in JSON: "
    assert error.reason == "MALFORMED_REQUEST"
    assert error.message == f"{beginning}{error.metadata['problem']}."
    assert not error.metadata["problem"].endswith(".")
    assert "\n" not in error.message
    return error.metadata["problem"]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (b"", "line 1, column 1: expecting value"),
        (b'{"topK": 1,\n "model" 2}', "line 2, column 10: expecting ':' delimiter"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"topK": ' + b"1" * 5000 + b"}", "a number has too many digits"),
        ([], "it is not an object"),
        ({"no": 1}, 'it has no field "no", but image, model, topK, requestId, languages'),
        ({"a\nb": 1}, 'it has no field "a\\nb", but image, model, topK, requestId, languages'),
        ({"image": {"no": 1}}, 'image has no field "no", but data, uri, uploadId, region'),
        ({"image": 1}, "image is not an object"),
        ({"image": "a.jpg"}, "image is not an object"),
        ({"image": {"data": 3}}, "image.data is not base64"),
        ({"image": {"data": "a"}}, "image.data is not base64"),
        ({"image": {"data": "a!!a"}}, "image.data is not base64"),
        ({"image": {"uri": 3}}, "image.uri is not a string"),
        ({"image": {"data": "aa", "uri": "a"}}, "only one of image.data and image.uri may be given"),
        ({"topK": "many"}, f"topK {WHOLE}"),
        ({"top_k": -1}, f"top_k {WHOLE}"),
        ({"topK": 1e400}, f"topK {WHOLE}"),
        ({"languages": "de"}, "languages is not a list"),
        ({"languages": ["de", 3]}, "languages[1] is not a string"),
        ({"languages": ["de", None]}, "languages[1] is null"),
        ({"no": 1, "topK": -1}, f"topK {WHOLE}"),
    ],
)
def test_the_place_and_what_should_be_there_are_named(values: Any, problem: str) -> None:
    assert told(values) == problem


def test_the_place_in_a_map_is_named() -> None:
    of_work = catalogue_pb2.AddWorkRequest
    assert told({"work": {"columns": 3}}, of_work) == "work.columns is not an object"
    assert told({"work": {"columns": {"year": 1642}}}, of_work) == 'work.columns["year"] is not a string'


def test_a_field_that_comes_twice_is_told_where_the_parser_refuses_it() -> None:
    with pytest.raises(StatusError, match=r'in JSON: "topK" comes twice in one object\.$'):
        DeferredJson().decode(b'{"topK": 1, "topK": 2}', gateway_pb2.ClassifyImageRequest)


def test_what_is_not_found_here_is_told_as_the_parser_says_on_one_line() -> None:
    kind = gateway_pb2.ClassifyImageRequest.DESCRIPTOR
    error = malformed_json(b"{}", kind, ParseError("a field:\n is wrong.."))
    assert error.message == "The body is not the message ClassifyImageRequest in JSON: a field: is wrong."


def test_a_long_name_leaves_the_full_stop() -> None:
    problem = told({"image": {"n" * 5000: 1}})
    assert problem.startswith('image has no field "nnn')
    assert len(problem.encode()) < VALUE_BYTES
