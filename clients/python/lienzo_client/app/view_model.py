"""The app's logic, independent of a GUI toolkit: commands in, states and toasts out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from lienzo_client import AsyncClient
from lienzo_client.app.address import check_address
from lienzo_client.app.camera import Camera
from lienzo_client.app.photo import from_frame, read_photo
from lienzo_client.app.recognition import Answer, Gateway, Mark
from lienzo_client.app.state import Phase, State
from lienzo_client.app.viewfinder import watch
from lienzo_client.errors import LienzoError
from lienzo_client.reasons import INVALID_ADDRESS

Connect = Callable[[str], AsyncClient]


class MainViewModel:
    """The page's commands and its state.

    Commands are called in one event loop and return at once; `observe` receives their effects. A command
    that makes no sense at the moment, such as a second *Classify* while the first is in progress, is ignored.

    Args:
        connect: Creates a client for an address.
        camera: Camera of *Take photo*.
        observe: Called with every new state.
        tell: Called with the message id of every toast.
        server: Address of the gateway; see `check_address`.
        model: Name of the model; empty means the server's default.

    Attributes:
        state: The current state of the window.
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
        """*Choose image* (`ElegirImage`): opens the picture in a file."""
        if self.state.phase is not Phase.BUSY:
            self._start(self._read(path), Phase.CHOOSING)

    def take_photo(self) -> None:
        """*Take photo* (`TomarFoto`): shows the camera until `shoot` or `cancel`."""
        if self.state.phase not in (Phase.BUSY, Phase.AIMING):
            self._start(self._aim(), Phase.AIMING)

    def shoot(self) -> None:
        """Takes the camera's current frame as the picture."""
        frame = self.state.frame
        if frame is not None:
            self._start(self._develop(frame), Phase.CHOOSING)

    def classify(self) -> None:
        """*Classify* (`Clasificar`): sends the picture to the gateway."""
        if self.state.can_classify:
            self._start(self._classify(), Phase.BUSY)

    def look_at(self, mark: Mark) -> None:
        """Sends the picture to the gateway to look at the part that a person marked, and nothing else."""
        if self.state.can_classify:
            self._start(self._classify(mark), Phase.BUSY)

    def explain(self) -> None:
        """*Why?*: asks what the model that answered is, to set the answer against what it asks for."""
        if self.state.answer is not None and self.state.model is None:
            self._stop()
            self._task = asyncio.ensure_future(self._explain(self.state.answer))

    def cancel(self) -> None:
        """Cancels what is in progress; the picture stays."""
        if self.state.phase in (Phase.BUSY, Phase.CHOOSING, Phase.AIMING):
            was_busy = self.state.phase is Phase.BUSY
            self._stop()
            self._show(self.state.at_rest())
            if was_busy:
                self._tell("cancelled")

    def change_server(self, server: str) -> None:
        """Switches to another gateway; what is in progress is cancelled."""
        self._stop()
        stale, self._gateway = self._gateway, None
        if stale is not None:
            closing = asyncio.ensure_future(stale.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        self._show(replace(self.state.at_rest(), server=server.strip()))

    async def close(self) -> None:
        """Cancels what is in progress and closes the connection."""
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

    async def _classify(self, mark: Mark | None = None) -> None:
        photo = self.state.photo
        if photo is None:
            return
        try:
            gateway = self._gateway or self._connected()
            answer = await gateway.look(photo.data, self._model, mark)
        except LienzoError as error:
            self._fail(error, photo.name)
            return
        self._show(self.state.answered(answer))
        found = answer.classification
        self._tell("finished" if found.recognized or found.group else "not_recognised")

    async def _explain(self, answer: Answer) -> None:
        if self._gateway is None:
            return
        with suppress(LienzoError):  # the answer says most of it without
            model = await self._gateway.describe(answer.classification.model)
            self._show(replace(self.state, model=model))

    def _connected(self) -> Gateway:
        try:
            self._gateway = Gateway(self._connect(check_address(self.state.server)))
        except ValueError as error:
            raise INVALID_ADDRESS.error(str(error), {"target": self.state.server}) from error
        return self._gateway

    def _start(self, command: Coroutine[Any, Any, None], phase: Phase) -> None:
        self._stop()
        self._show(self.state.in_phase(phase))
        self._task = asyncio.ensure_future(command)

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
