"""`Workplace`: what a servicer works with, without the server around it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from runtime.admission import Admission
from runtime.closing import Closing
from runtime.errors import ErrorTable
from runtime.slots import Slots

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Workplace:
    """What a servicer gets to work with.

    Attributes:
        admission: Bounds the calls and items that are worked on.
        streams: Bounds the streams that are open.
        executor: As many threads as workers, for the work itself.
        table: The service's exceptions.
        closing: Tells streams that only wait when the process is about to stop.
    """

    admission: Admission
    streams: Slots
    executor: ThreadPoolExecutor
    table: ErrorTable
    closing: Closing

    def run(self, work: Callable[P, ResultT], *arguments: P.args, **named: P.kwargs) -> ResultT:
        """Does the work of a call that was admitted on one of the few threads that also do it for items.

        Decoders and malloc keep memory for every thread that ever used them; a hundred threads that wait
        for their turn must not each become one of those.
        """
        return self.executor.submit(copy_context().run, partial(work, *arguments, **named)).result()
