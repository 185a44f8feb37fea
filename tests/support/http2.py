"""gRPC calls that a client library would not make: unfinished messages, written to the socket frame by frame.

Frames are those of RFC 9113, headers those of RFC 7541 without compression.
"""

from __future__ import annotations

import socket
import struct
from types import TracebackType
from typing import Final, Self

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
FIRST_WINDOW: Final = 65_535


class Connection:
    """A connection that sends what it may, and reads only what it needs for that."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=10)
        self._socket.sendall(PREFACE + _frame(SETTINGS, 0, 0, b""))
        self._windows: dict[int, int] = {0: FIRST_WINDOW}
        self._first_window = FIRST_WINDOW
        self._largest_frame = 16_384
        self._next = 1
        self.ended: set[int] = set()
        """Calls that the server has answered or reset."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def call(self, method: str, metadata: tuple[tuple[str, str], ...] = ()) -> int:
        """Begins a call without sending its message; returns its number."""
        stream, self._next = self._next, self._next + 2
        self._windows[stream] = self._first_window
        headers = (
            *((":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "localhost")),
            *(("te", "trailers"), ("content-type", "application/grpc"), *metadata),
        )
        block = b"".join(b"\0" + _text(name) + _text(value) for name, value in headers)
        self._socket.sendall(_frame(HEADERS, 0x4, stream, block))
        return stream

    def send(self, stream: int, message_bytes: int, data_bytes: int, seconds: float = 5.0) -> int:
        """Sends a part of a message, as far as the windows let it; returns how many bytes went out."""
        sent, rest = 0, memoryview(struct.pack(">BI", 0, message_bytes) + bytes(data_bytes))
        self._socket.settimeout(seconds)
        try:
            while rest and stream not in self.ended:
                room = min(self._windows[0], self._windows[stream], self._largest_frame, len(rest))
                if room <= 0:
                    self.read()
                    continue
                self._socket.sendall(_frame(DATA, 0, stream, bytes(rest[:room])))
                self._windows[0] -= room
                self._windows[stream] -= room
                sent, rest = sent + room, rest[room:]
        except TimeoutError:  # no more room
            pass
        return sent

    def read(self) -> None:
        """Reads one frame.

        Raises:
            TimeoutError: When none comes in time.
        """
        head = self._exactly(9)
        size, kind, flags = int.from_bytes(head[:3]), head[3], head[4]
        stream, payload = int.from_bytes(head[5:]) & 0x7FFFFFFF, self._exactly(size)
        if kind == SETTINGS and not flags & 1:
            self._set(payload)
            self._socket.sendall(_frame(SETTINGS, 1, 0, b""))
        elif kind == PING and not flags & 1:
            self._socket.sendall(_frame(PING, 1, 0, payload))
        elif kind == WINDOW:
            self._windows[stream] = self._windows.get(stream, 0) + int.from_bytes(payload)
        elif kind == RESET or (kind == HEADERS and flags & 1):
            self.ended.add(stream)

    def _set(self, payload: bytes) -> None:
        for name, value in struct.iter_unpack(">HI", payload):
            if name == 4:
                for stream in self._windows.keys() - {0}:
                    self._windows[stream] += value - self._first_window
                self._first_window = value
            if name == 5:
                self._largest_frame = value

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("the server has closed the connection")
            data += piece
        return data


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload


def _text(text: str) -> bytes:
    data = text.encode()
    if len(data) < 127:
        return bytes((len(data),)) + data
    raise ValueError("longer than these headers are")
