"""What the gateway does with a request before any service is asked."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from lienzo.gateway.v1 import gateway_pb2
from runtime.reasons.pictures import MISSING_IMAGE
from runtime.reasons.reason import refused
from runtime.status import StatusError
from runtime.work.budget import Budget
from services.gateway import recognition
from services.gateway.deadline import Deadline
from services.gateway.peers import Peers
from services.gateway.recognition import Recognition
from services.gateway.settings import GatewaySettings


class NoPictures:
    async def find(self, image: Any, deadline: Deadline) -> Any:
        raise refused(MISSING_IMAGE)


async def test_a_large_repeated_request_is_digested_beside_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[int] = []
    digest = recognition._digest

    def noted(request: gateway_pb2.ClassifyImageRequest, holder: str) -> bytes:
        threads.append(threading.get_ident())
        return digest(request, holder)

    monkeypatch.setattr(recognition, "_digest", noted)
    asked = gateway_pb2.ClassifyImageRequest(request_id="r-1")
    settings = GatewaySettings()
    made = Recognition(None, NoPictures(), Peers(settings), Budget(2**20), settings)  # type: ignore[arg-type]
    with pytest.raises(StatusError):
        await made.classify(asked, Deadline.after(None, 5.0))
    assert threads
    assert threading.get_ident() not in threads
