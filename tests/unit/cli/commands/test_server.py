"""`lienzo server`: what a running gateway takes and has."""

from __future__ import annotations

import json
from typing import Any


def test_tells_people_what_the_server_takes_and_has(lienzo: Any, target: str) -> None:
    ran = lienzo("server", "--target", target)
    assert (ran.status, ran.err) == (0, "")
    got = {line[:17].strip(): line[17:].strip() for line in ran.out.splitlines()}
    assert got["default model"] == "shapes 1"
    assert got["largest picture"] == "20 MiB, 50 megapixels"
    assert got["reduce photos to"] == "1600 pixels: more change no answer"
    assert got["catalogues"] == "none"
    assert "heic" in got["formats"]


def test_tells_machines_everything(lienzo: Any, target: str) -> None:
    got = json.loads(lienzo("server", "--target", target, "--json").out)
    assert got["default_model"] == {"name": "shapes", "version": 1}
    assert (got["max_picture_bytes"], got["min_side_px"], got["features"]) == (
        20 * 2**20,
        16,
        [],
    )


def test_says_that_nobody_is_there(lienzo: Any, unused_port: int) -> None:
    ran = lienzo("server", "--target", f"127.0.0.1:{unused_port}", "--timeout", "1")
    assert (ran.status, ran.out) == (2, "")
    assert "lienzo serve" in ran.err


def test_an_empty_target_is_not_a_gateway_of_ones_own(lienzo: Any) -> None:
    ran = lienzo("server", "--target", "")
    assert (ran.status, ran.out) == (2, "")
    assert "the target is empty (expected host:port)" in ran.err
