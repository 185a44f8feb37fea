"""Ignores offers to upgrade a connection to another protocol, as a server may.

Java's HttpClient and `curl --http2` offer HTTP/2 with every request. The parser takes what follows the head
of such a request for the other protocol: its body would be lost, or taken for the next request.
"""

from __future__ import annotations

from typing import Any

from httptools import HttpParserUpgrade, HttpRequestParser


class PlainParser(HttpRequestParser):
    """A parser of requests that reads a head with an upgrade offer once more without the offer."""

    def __init__(self, protocol: Any) -> None:
        """Takes the protocol, whose `url` and `headers` are those of the head that was read last."""
        super().__init__(protocol)
        # As uvicorn does: what follows a request that closes the connection is ignored.
        self.set_dangerous_leniencies(lenient_data_after_close=True)
        self._protocol = protocol

    def is_read_again(self) -> bool:
        """Tells whether the head that was just read has an offer, and is read again without it.

        Raises:
            ValueError: For CONNECT, which is such an offer by itself.
        """
        if self.get_method() == b"CONNECT":
            raise ValueError("CONNECT is for proxies")
        return self.should_upgrade()

    def feed_data(self, data: Any) -> None:
        """Parses the next bytes of the connection."""
        while data:
            try:
                super().feed_data(data)
            except HttpParserUpgrade as offer:
                data = self._head_without_offer() + data[offer.args[0] :]
            else:
                return

    def _head_without_offer(self) -> bytes:
        line = self.get_method() + b" " + self._protocol.url + b" HTTP/" + self.get_http_version().encode()
        fields = [name + b": " + value for name, value in self._protocol.headers if name != b"upgrade"]
        return b"\r\n".join([line, *fields, b"", b""])
