from __future__ import annotations

import hashlib
from pathlib import Path

import httpx

from tests.support.services import Start


def test_a_request_refused_at_the_door_begins_no_work(start: Start, tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text(f"app:{hashlib.sha256(b'secret').hexdigest()}\n")
    gateway = start("gateway", "--api-keys-file", keys)

    for path in ("/v1/classify", "/v1/palette", "/v1/analyze", "/predict"):
        assert httpx.post(f"{gateway.url}{path}", content=b"x").status_code == 401
    assert httpx.get(f"{gateway.url}/v1/models").status_code == 401

    assert "never awaited" not in gateway.log
