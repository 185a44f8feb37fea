"""Writes log lines to standard error: for people on a terminal, JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections import deque
from contextlib import nullcontext, suppress
from typing import Final, Literal, TextIO

from runtime.calls.call import current_request_id

LogFormat = Literal["auto", "human", "json"]

MOST_WAITING: Final = 1000
"""Records that may wait to be written."""

OWN_LOGGERS: Final = ("bundle", "catalogue", "lienzo", "runtime", "services", "sources", "vision")
"""Names of our packages, whose lines say what we meant to say."""


GRPC_LOGGER: Final = "grpc._cython.cygrpc"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, process, logger, message, request id, facts."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = _request_id(record)
        if request_id != "-":
            line["request_id"] = request_id
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class HumanFormatter(logging.Formatter):
    """Clock, process, message, then the facts that are not in the message."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, or more with a traceback."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = "" if record.levelno <= logging.INFO else f"{record.levelname} "
        line = f"{clock} {self._process:<14} {level}{record.getMessage()}"
        facts: dict[str, object] = getattr(record, "facts", {})
        if "ms" in facts:
            line += f"  {facts['ms']} ms"
        request_id = _request_id(record)
        if request_id != "-":
            line += f"  [{request_id}]"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class BatchHandler(logging.Handler):
    """Writes lines together, a few times a second; errors at once.

    Formatting and writing a line takes a fraction of a millisecond, for which a caller would otherwise wait
    in every service on the way.
    """

    def __init__(self, stream: TextIO, every_seconds: float = 0.1) -> None:
        """Begins to write.

        Args:
            stream: Where to.
            every_seconds: How often.
        """
        super().__init__()
        self._stream = stream
        self._every_seconds = every_seconds
        self._records: deque[logging.LogRecord] = deque()
        self._ended = threading.Event()
        threading.Thread(target=self._write_on, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a record; the id of its call is known only here and now."""
        record.request_id = current_request_id()
        self._records.append(record)
        if record.levelno >= logging.ERROR or len(self._records) > MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        with self.lock or nullcontext():
            lines = [self.format(self._records.popleft()) for _ in range(len(self._records))]
            if lines:
                with suppress(OSError, ValueError):  # nobody reads any more
                    self._stream.write("\n".join(lines) + "\n")
                    self._stream.flush()

    def close(self) -> None:
        """Writes the rest and ends."""
        self._ended.set()
        self.flush()
        super().close()

    def _write_on(self) -> None:
        while not self._ended.wait(self._every_seconds):
            self.flush()


def tell_unsent(record: logging.LogRecord) -> bool:
    """Makes a warning of the error that gRPC logs, with a traceback, for an answer that was not sent.

    That is no fault: its caller left, or its time was up, at the moment at which it was sent.
    """
    kind = record.exc_info[0] if record.exc_info else None
    if kind is not None and kind.__name__ == "ExecuteBatchError":
        record.levelno, record.levelname, record.exc_info = logging.WARNING, "WARNING", None
        record.msg, record.args = f"an answer was not sent, as its caller had left: {record.getMessage()}", ()
    return True


def _request_id(record: logging.LogRecord) -> str:
    known: str | None = getattr(record, "request_id", None)
    return known or current_request_id()


def set_up_logging(process: str, log_format: LogFormat, level: str) -> None:
    """Sends all log lines of this process to standard error.

    Args:
        process: Name in every line, such as `features`.
        log_format: `auto` is human on a terminal and JSON elsewhere.
        level: Name of the lowest level that is written, such as `info`; of libraries nothing below `info`.
    """
    human = log_format == "human" or (log_format == "auto" and sys.stderr.isatty())
    # What no line of ours says need not be found out for every record.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = BatchHandler(sys.stderr)
    handler.setFormatter(HumanFormatter(process) if human else JsonFormatter(process))
    wanted = logging.getLevelNamesMapping()[level.upper()]
    # Libraries write what passes through them: Pillow the texts in a picture, such as names and places, and
    # clients of stores the headers with credentials. None of it belongs into a log, not even for debugging.
    logging.basicConfig(handlers=[handler], level=max(wanted, logging.INFO), force=True)
    logging.getLogger("PIL").setLevel(max(wanted, logging.ERROR))
    logging.getLogger("httpx").setLevel(max(wanted, logging.WARNING))  # a line for each request to a database
    logging.getLogger(GRPC_LOGGER).addFilter(tell_unsent)
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(wanted)
    logging.captureWarnings(True)
