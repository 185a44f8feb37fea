"""`lienzo server`: what a running gateway takes and has."""

from __future__ import annotations

import json
from typing import Any


def test_tells_people_what_the_server_takes_and_has(lienzo: Any, target: str) -> None:
    ran = lienzo("server", "--target", target)
    assert (ran.status, ran.err) == (0, "")
    told = {line[:17].strip(): line[17:].strip() for line in ran.out.splitlines()}
    assert told["default model"] == "shapes 1"
    assert told["largest picture"] == "20 MiB, 50 megapixels"
    assert told["reduce photos to"] == "1600 pixels: more change no answer"
    assert told["catalogues"] == "none"
    assert "heic" in told["formats"]


def test_tells_machines_everything(lienzo: Any, target: str) -> None:
    told = json.loads(lienzo("server", "--target", target, "--json").out)
    assert told["default_model"] == {"name": "shapes", "version": 1}
    assert (told["max_picture_bytes"], told["min_side_px"], told["features"]) == (20 * 2**20, 16, [])


def test_says_that_nobody_is_there(lienzo: Any, unused_port: int) -> None:
    ran = lienzo("server", "--target", f"127.0.0.1:{unused_port}", "--timeout", "1")
    assert (ran.status, ran.out) == (2, "")
    assert "lienzo serve" in ran.err


def test_an_empty_target_is_not_a_gateway_of_ones_own(lienzo: Any) -> None:
    ran = lienzo("server", "--target", "")
    assert (ran.status, ran.out) == (2, "")
    assert "the target is empty (expected host:port)" in ran.err
