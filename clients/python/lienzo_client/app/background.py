"""An asyncio event loop in a thread of its own, beside the GUI toolkit's event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

_SHUTDOWN_S = 2.0


class BackgroundLoop:
    """An event loop that runs in a thread until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lienzo", daemon=True)
        self._thread.start()

    def post(self, call: Callable[..., object], *arguments: object) -> None:
        """Schedules a call in the loop, from any thread."""
        self._loop.call_soon_threadsafe(call, *arguments)

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Runs a last coroutine for at most two seconds, then stops the loop."""

        async def finish() -> None:
            try:
                await asyncio.wait_for(last, _SHUTDOWN_S)
                others = asyncio.all_tasks() - {asyncio.current_task()}
                if others:
                    await asyncio.wait(others, timeout=_SHUTDOWN_S)
            finally:
                self._loop.stop()

        finished = asyncio.run_coroutine_threadsafe(finish(), self._loop)
        self._thread.join(3 * _SHUTDOWN_S)
        if not self._thread.is_alive():
            self._loop.close()
            if finished.done() and not finished.cancelled():
                finished.exception()
