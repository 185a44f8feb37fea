"""Which gateway is asked about an id; the calls themselves are tested with two of them that run."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from runtime.calls.call import Call, within
from runtime.reasons.reason import refused
from runtime.reasons.uploads import UNKNOWN_UPLOAD, UPLOAD_NOT_FINISHED
from runtime.status import StatusError
from services.gateway.peers import PASSED_ON_KEY, Peer, Peers
from services.gateway.settings import GatewaySettings

# Nobody listens there.
ADDRESSES = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]
IDS = [f"upload-{number}" for number in range(300)]

Opened = Callable[..., Peers]


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    peers: list[Peers] = []

    def open_peers(own: str, addresses: list[str]) -> Peers:
        peers.append(Peers(GatewaySettings(peers=", ".join(addresses), peer_address=own)))
        return peers[-1]

    yield open_peers
    for each in peers:
        await each.close()


def first_for(peers: Peers, name: str, own: str) -> str:
    peer = peers.ranked(name)[0]
    return own if peer is None else peer.address


async def test_all_gateways_agree_on_who_is_asked_first_and_share_the_ids(opened: Opened) -> None:
    orders = (ADDRESSES, ADDRESSES[::-1], ADDRESSES)
    gateways = [(own, opened(own, order)) for own, order in zip(ADDRESSES, orders, strict=True)]
    found = [[first_for(peers, each, own) for each in IDS] for own, peers in gateways]

    assert found[0] == found[1] == found[2]
    assert min(Counter(found[0]).values()) > 60


async def test_a_gateway_more_takes_only_the_ids_that_it_is_first_for(opened: Opened) -> None:
    two, three = opened(ADDRESSES[0], ADDRESSES[:2]), opened(ADDRESSES[0], ADDRESSES)

    moved = {first_for(three, each, ADDRESSES[0]) for each in IDS} - {
        first_for(two, each, ADDRESSES[0]) for each in IDS
    }
    stayed = [
        each for each in IDS if first_for(three, each, ADDRESSES[0]) == first_for(two, each, ADDRESSES[0])
    ]
    assert moved == {ADDRESSES[2]}
    assert len(stayed) > 160


async def test_a_call_that_was_passed_on_is_answered_here_and_a_lone_gateway_asks_nobody(
    opened: Opened,
) -> None:
    alone, three = opened("", []), opened(ADDRESSES[0], ADDRESSES)

    assert alone.ranked("an-id") == [None]
    with within((), Call("/a/B", metadata={PASSED_ON_KEY: "1"})):
        assert three.ranked("an-id") == [None]


async def test_the_next_gateway_answers_for_those_that_are_gone(opened: Opened) -> None:
    peers = opened(ADDRESSES[0], ADDRESSES)

    async def here() -> str:
        return "here"

    async def there(peer: Peer) -> str:
        return peer.address

    assert {await peers.answer(each, here, there) for each in IDS[:9]} == {"here"}
    assert {await peers.reachable(each) for each in IDS[:9]} == {None}


def refuses(error: StatusError) -> Callable[..., Awaitable[Any]]:
    async def refuse(*_: object) -> None:
        raise error

    return refuse


async def test_only_what_a_gateway_does_not_know_is_asked_of_the_next(opened: Opened) -> None:
    peers = opened(ADDRESSES[0], ADDRESSES)
    for reason in (UNKNOWN_UPLOAD, UPLOAD_NOT_FINISHED):
        error = refused(reason, upload_id="a", received_bytes=1, total_bytes=2)
        with pytest.raises(StatusError) as caught:
            await peers.answer("an-id", refuses(error), refuses(error), UNKNOWN_UPLOAD.name)
        assert caught.value is error


@pytest.mark.parametrize(
    ("peers", "own", "problem"),
    [
        ("a:1, b", "a:1", "b is not the address of a gateway"),
        ("a:1,a:1", "a:1", "named twice"),
        ("a:1,b:2", "c:3", "which of the peers"),
        ("a:1,b:2", "", "which of the peers"),
        ("http://a:1", "http://a:1", "not the address"),
    ],
)
def test_refuses_a_list_that_no_gateway_could_use(peers: str, own: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        GatewaySettings(peers=peers, peer_address=own)
