from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Iterator

import pytest
from grpc._cython import cygrpc
from PIL import Image

from runtime.calls.call import Call, within
from runtime.configuration.logs import OWN_LOGGERS, BatchHandler, JsonFormatter, set_up_logging, tell_unsent
from vision.picture import decode


@pytest.fixture
def handler() -> Iterator[BatchHandler]:
    """A handler that writes by itself only after an hour."""
    handler = BatchHandler(io.StringIO(), every_seconds=3600)
    handler.setFormatter(JsonFormatter("example"))
    yield handler
    handler.close()


def written(handler: BatchHandler) -> list[dict[str, str]]:
    stream = handler._stream
    assert isinstance(stream, io.StringIO)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def record(level: int, message: str) -> logging.LogRecord:
    return logging.LogRecord("lienzo", level, "", 0, message, (), None)


def test_lines_wait_for_each_other_and_an_error_for_nobody(handler: BatchHandler) -> None:
    handler.emit(record(logging.INFO, "one"))
    assert written(handler) == []
    handler.emit(record(logging.ERROR, "two"))
    assert [line["message"] for line in written(handler)] == ["one", "two"]


def test_a_line_knows_its_call_although_it_is_written_later(handler: BatchHandler) -> None:
    with within((), Call.received("/a/b", [("x-request-id", "r-1")], "")):
        handler.emit(record(logging.INFO, "inside"))
    handler.emit(record(logging.INFO, "outside"))
    handler.flush()
    assert [line.get("request_id") for line in written(handler)] == ["r-1", None]


def test_an_answer_whose_caller_had_left_is_a_warning_in_one_line(handler: BatchHandler) -> None:
    logger = logging.getLogger("of gRPC")
    logger.addFilter(tell_unsent)
    logger.addHandler(handler)
    for error in (cygrpc.ExecuteBatchError("execute_batch"), ValueError("of ours")):
        try:
            raise error
        except Exception:
            logger.exception("%s of [/a/b]", type(error).__name__)
    handler.flush()
    left, fault = written(handler)
    assert (left["level"], "traceback" in left) == ("warning", False)
    assert left["message"].endswith("its caller had left: ExecuteBatchError of [/a/b]")
    assert (fault["level"], "traceback" in fault) == ("error", True)


def test_nothing_is_lost_at_the_end(handler: BatchHandler) -> None:
    handler.emit(record(logging.INFO, "last"))
    handler.close()
    assert [line["message"] for line in written(handler)] == ["last"]


def test_does_not_wait_for_ever() -> None:
    handler = BatchHandler(io.StringIO(), every_seconds=0.01)
    handler.setFormatter(JsonFormatter("example"))
    handler.emit(record(logging.INFO, "soon"))
    deadline = time.monotonic() + 5
    while not written(handler):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    handler.close()


def test_a_reader_who_is_gone_harms_nobody() -> None:
    stream = io.StringIO()
    handler = BatchHandler(stream, every_seconds=3600)
    stream.close()
    handler.emit(record(logging.ERROR, "unread"))
    handler.close()


@pytest.fixture
def restored() -> Iterator[None]:
    """Leaves the loggers of the process as they were."""
    names = ("", "PIL", "httpx", *OWN_LOGGERS)
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = logging.root.handlers[:]
    logging.root.handlers = []
    yield
    for handler in logging.root.handlers:
        handler.close()
    logging.root.handlers = handlers
    logging.captureWarnings(False)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_what_a_picture_says_of_its_owner_reaches_no_log(
    restored: None, capsys: pytest.CaptureFixture[str]
) -> None:
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = "Ana, Secret Street 7"
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "tiff", exif=exif)
    set_up_logging("example", "json", "debug")
    decode(file.getvalue())
    logging.getLogger("runtime.example").debug("ours")
    logging.getLogger("botocore.auth").debug("Authorization: secret")
    logging.getLogger("httpx").info("HTTP Request: GET http://db:6333/collections")
    for handler in logging.root.handlers:
        handler.flush()
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "ours"
