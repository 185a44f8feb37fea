"""Log lines on standard error: for people on a terminal, JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Literal

from runtime.calls import current_request_id

LogFormat = Literal["auto", "human", "json"]


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
        request_id = current_request_id()
        if request_id != "-":
            line["request_id"] = request_id
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class HumanFormatter(logging.Formatter):
    """Clock, process, message, then the facts that the message does not say."""

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
        request_id = current_request_id()
        if request_id != "-":
            line += f"  [{request_id}]"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def set_up_logging(process: str, log_format: LogFormat, level: str) -> None:
    """Sends all log lines of this process to standard error.

    Args:
        process: Name in every line, such as `features`.
        log_format: `auto` is human on a terminal and JSON elsewhere.
        level: Name of the lowest level that is written, such as `info`.
    """
    human = log_format == "human" or (log_format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(HumanFormatter(process) if human else JsonFormatter(process))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(True)
