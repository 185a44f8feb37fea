"""An event loop in a thread of its own, beside a toolkit that has one already."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

_LAST_WORDS_S = 2.0


class BackgroundLoop:
    """Runs from when it is made until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lienzo", daemon=True)
        self._thread.start()

    def post(self, call: Callable[..., object], *arguments: object) -> None:
        """Has something called in the loop, soon, from any thread."""
        self._loop.call_soon_threadsafe(call, *arguments)

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Runs a last coroutine, for two seconds at most, and ends the loop."""

        async def finish() -> None:
            try:
                await asyncio.wait_for(last, _LAST_WORDS_S)
                others = asyncio.all_tasks() - {asyncio.current_task()}
                if others:
                    await asyncio.wait(others, timeout=_LAST_WORDS_S)
            finally:
                self._loop.stop()

        finished = asyncio.run_coroutine_threadsafe(finish(), self._loop)
        self._thread.join(3 * _LAST_WORDS_S)
        if not self._thread.is_alive():
            self._loop.close()
            if finished.done() and not finished.cancelled():
                finished.exception()
