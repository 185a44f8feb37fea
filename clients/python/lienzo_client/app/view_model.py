"""What the app does, without any toolkit: commands in, states and toasts out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from lienzo_client import AsyncClient
from lienzo_client.app.address import check_address
from lienzo_client.app.camera import Camera
from lienzo_client.app.photo import from_frame, read_photo
from lienzo_client.app.recognition import Gateway
from lienzo_client.app.state import Phase, State
from lienzo_client.app.viewfinder import watch
from lienzo_client.errors import LienzoError
from lienzo_client.reasons import INVALID_ADDRESS

Connect = Callable[[str], AsyncClient]


class MainViewModel:
    """The page's commands and its state.

    Lives in one event loop: commands are called there, return at once, and what comes of them is observed.
    A command that makes no sense at the moment, such as a second *Classify* while the first is under way,
    does nothing.

    Args:
        connect: Makes a client for `host:port`.
        camera: What *Take photo* looks through.
        observe: Is given every new state.
        tell: Is given the message ids of toasts.
        server: `host:port` of the gateway.
        model: Name of the model; empty means the server's default.

    Attributes:
        state: What the window shows now.
    """

    def __init__(
        self,
        connect: Connect,
        camera: Camera,
        observe: Callable[[State], None],
        tell: Callable[[str], None],
        *,
        server: str,
        model: str = "",
    ) -> None:
        self._connect = connect
        self._camera = camera
        self._observe = observe
        self._tell = tell
        self._model = model
        self._gateway: Gateway | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self.state = State(server)

    def choose_image(self, path: Path) -> None:
        """*Choose image* (`ElegirImage`): takes the picture in a file."""
        if self.state.phase is not Phase.BUSY:
            self._start(self._read(path), Phase.CHOOSING)

    def take_photo(self) -> None:
        """*Take photo* (`TomarFoto`): looks through the camera, until `shoot` or `cancel`."""
        if self.state.phase not in (Phase.BUSY, Phase.AIMING):
            self._start(self._aim(), Phase.AIMING)

    def shoot(self) -> None:
        """Takes what the camera sees now."""
        frame = self.state.frame
        if frame is not None:
            self._start(self._develop(frame), Phase.CHOOSING)

    def classify(self) -> None:
        """*Classify* (`Clasificar`): asks the gateway about the picture."""
        if self.state.can_classify:
            self._start(self._classify(), Phase.BUSY)

    def cancel(self) -> None:
        """Ends what is under way; the picture stays."""
        if self.state.phase in (Phase.BUSY, Phase.CHOOSING, Phase.AIMING):
            was_busy = self.state.phase is Phase.BUSY
            self._stop()
            self._show(self.state.at_rest())
            if was_busy:
                self._tell("cancelled")

    def change_server(self, server: str) -> None:
        """Asks another gateway from now on; what is under way is cancelled."""
        self._stop()
        stale, self._gateway = self._gateway, None
        if stale is not None:
            closing = asyncio.ensure_future(stale.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        self._show(replace(self.state.at_rest(), server=server.strip()))

    async def close(self) -> None:
        """Ends everything."""
        self._stop()
        if self._gateway is not None:
            await self._gateway.close()

    async def _read(self, path: Path) -> None:
        try:
            self._show(self.state.with_photo(await asyncio.to_thread(read_photo, path)))
        except LienzoError as error:
            self._fail(error, path.name)

    async def _develop(self, frame: Any) -> None:
        self._show(self.state.with_photo(await asyncio.to_thread(from_frame, frame)))

    async def _aim(self) -> None:
        try:
            async with aclosing(watch(self._camera)) as frames:
                async for frame in frames:
                    self._show(self.state.with_frame(frame))
        except LienzoError as error:
            self._fail(error)

    async def _classify(self) -> None:
        photo = self.state.photo
        if photo is None:
            return
        try:
            gateway = self._gateway or self._connected()
            searching = asyncio.ensure_future(gateway.find_work(photo.data))
            try:
                answer = await gateway.look(photo.data, self._model)
                self._show(self.state.answered(answer))
                self._tell("finished" if answer.classification.recognized else "not_recognised")
                outline = await searching
            finally:
                searching.cancel()
        except LienzoError as error:
            self._fail(error, photo.name)
            return
        if outline is not None:
            self._show(self.state.outlined(outline))

    def _connected(self) -> Gateway:
        try:
            self._gateway = Gateway(self._connect(check_address(self.state.server)))
        except ValueError as error:
            raise INVALID_ADDRESS.error(str(error), {"target": self.state.server}) from error
        return self._gateway

    def _start(self, work: Coroutine[Any, Any, None], phase: Phase) -> None:
        self._stop()
        self._show(self.state.in_phase(phase))
        self._task = asyncio.ensure_future(work)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _fail(self, error: LienzoError, name: str = "") -> None:
        self._show(self.state.failed(error, name))
        self._tell("error")

    def _show(self, state: State) -> None:
        self.state = state
        self._observe(state)
