"""A gRPC channel for threads, whose state can be followed until it is closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import grpc

FIRST_WORD_S: Final = 0.5
"""How long to wait for gRPC's first report of the state."""

PROBE: Final = "/grpc.health.v1.Health/Check"
"""A call that is not repeated: a channel that cannot connect fails it at once, and says why."""
PROBE_S: Final = 0.5

_LEAVING_S: Final = 0.3
"""gRPC follows a state in a thread that looks every 0.2 s whether anybody still listens."""

Hear = Callable[[grpc.ChannelConnectivity], None]


class FollowedChannel:
    """A channel that is closed when gRPC's thread has left it.

    On a channel that was closed before, that thread would end with a traceback on standard error.

    Attributes:
        channel: The channel itself, for calls.
    """

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel
        self._hear: Hear | None = None
        self._left = -_LEAVING_S

    def follow(self, hear: Hear, *, connect: bool = False) -> None:
        """Calls `hear` with the state and each later one, from gRPC's thread, until `leave`."""
        self._hear = hear
        self.channel.subscribe(hear, try_to_connect=connect)

    def connect(self) -> None:
        """Makes a channel that is followed connect, and does not wait for that.

        Not by another subscription: gRPC's thread would connect with its next look, whoever has left by then.
        """
        self.channel.unary_unary(PROBE, None, None).future(b"", timeout=PROBE_S)

    def is_failing(self) -> bool:
        """Tells whether the last attempt to connect has failed."""
        heard = threading.Event()
        states: list[grpc.ChannelConnectivity] = []

        def hear(state: grpc.ChannelConnectivity) -> None:
            states.append(state)
            heard.set()

        self.channel.subscribe(hear)
        heard.wait(FIRST_WORD_S)
        self.channel.unsubscribe(hear)
        self._left = time.monotonic()
        return grpc.ChannelConnectivity.TRANSIENT_FAILURE in states

    def leave(self) -> None:
        """Follows the state no longer."""
        if self._hear is not None:
            self.channel.unsubscribe(self._hear)
            self._hear, self._left = None, time.monotonic()

    def close(self) -> None:
        """Closes the channel; waits for gRPC's thread, where the state was followed until now."""
        self.leave()
        time.sleep(max(0.0, self._left + _LEAVING_S - time.monotonic()))
        self.channel.close()
