from __future__ import annotations

import json
import logging
import sys

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from runtime.addresses import address_of
from runtime.calls import Call, current_request_id, within
from runtime.errors import to_status_error
from runtime.logs import HumanFormatter, JsonFormatter
from runtime.reasons.reason import Reason
from runtime.reasons.table import REASONS
from runtime.status import DETAILS_KEY, RETRIED_REASONS, StatusError, status_code


def test_an_error_travels_with_reason_values_and_request_id() -> None:
    error = StatusError(grpc.StatusCode.NOT_FOUND, "UNKNOWN_MODEL", "no model", {"model": "a"})
    metadata = dict(error.trailing_metadata("r-1"))
    status = status_pb2.Status.FromString(metadata[DETAILS_KEY])  # type: ignore[arg-type]
    info, request = error_details_pb2.ErrorInfo(), error_details_pb2.RequestInfo()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(request)
    assert (status.code, info.reason, info.domain, dict(info.metadata)) == (
        5,
        "UNKNOWN_MODEL",
        "lienzo",
        {"model": "a"},
    )
    assert request.request_id == metadata["x-request-id"] == "r-1"


def test_what_is_too_long_for_trailers_is_cut_off_between_characters() -> None:
    error = StatusError(grpc.StatusCode.NOT_FOUND, "R", "ñ" * 5000, {"name": "語" * 5000})
    assert error.message.endswith("ñ…")
    assert len(error.message.encode()) <= 1000
    assert len(error.metadata["name"].encode()) <= 400
    assert sum(len(value) for _, value in error.trailing_metadata("r")) < 4000


def test_an_odd_surrogate_does_not_break_an_error() -> None:
    assert StatusError(grpc.StatusCode.NOT_FOUND, "R", "a\udcffb").message == "a?b"


def test_a_subclass_is_looked_up_before_its_parents() -> None:
    table: dict[type[Exception], Reason] = {
        LookupError: Reason("LOOKUP", grpc.StatusCode.NOT_FOUND, ""),
        KeyError: Reason("KEY", grpc.StatusCode.INVALID_ARGUMENT, ""),
    }
    assert to_status_error(KeyError("a"), table).reason == "KEY"
    assert to_status_error(IndexError("a"), table).reason == "LOOKUP"
    assert to_status_error(ValueError("secret"), table).reason == "INTERNAL"


def test_unknown_numbers_are_unknown() -> None:
    assert status_code(5) is grpc.StatusCode.NOT_FOUND
    assert status_code(99) is grpc.StatusCode.UNKNOWN


@pytest.mark.parametrize("offered", ["", "x" * 129, "line\nbreak", "ünö"])
def test_an_odd_request_id_is_replaced(offered: str) -> None:
    assert Call.received("/a/b", [("x-request-id", offered)], "").request_id != offered


def test_a_call_is_known_by_its_id_while_it_runs() -> None:
    with within((), Call.received("/a/b", [("X-Request-Id", "outer"), ("bin", b"\x00")], "")):
        assert current_request_id() == "outer"
        with within((), Call.received("/a/b", [("x-request-id", "inner")], "")):
            assert current_request_id() == "inner"
        assert current_request_id() == "outer"
    assert current_request_id() == "-"


def test_log_lines_for_machines_are_one_json_object_each() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("lienzo", logging.ERROR, "", 0, "said %s", ("ñ",), sys.exc_info())
    record.facts = {"ms": 1.5, "reason": "R"}
    text = JsonFormatter("features").format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert (line["message"], line["process"], line["reason"], line["level"]) == (
        "said ñ",
        "features",
        "R",
        "error",
    )
    assert "two\nlines" in line["traceback"]
    assert HumanFormatter("features").format(record).splitlines()[0].endswith("said ñ  1.5 ms")


def test_addresses_are_written_as_people_write_them() -> None:
    assert [address_of("127.0.0.1", 1), address_of("::1", 2)] == ["127.0.0.1:1", "[::1]:2"]


def test_only_reasons_for_being_unavailable_are_tried_again() -> None:
    assert {REASONS[name].code for name in RETRIED_REASONS} == {grpc.StatusCode.UNAVAILABLE}
    for reason in REASONS.values():
        told_not_to = ("grpc-retry-pushback-ms", "-1") in reason.error("no").trailing_metadata("r-1")
        unavailable = reason.code is grpc.StatusCode.UNAVAILABLE
        assert told_not_to == (unavailable and reason.name not in RETRIED_REASONS)
