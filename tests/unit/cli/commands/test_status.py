"""`lienzo status`: what serves behind a running gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cli.serving.launcher import running_services


def test_says_which_services_serve(lienzo: Any, target: str) -> None:
    ran = lienzo("status", "--target", target)
    assert (ran.status, ran.err) == (0, "")
    services = ("gateway", "features", "classification", "palette")
    assert [line.split() for line in ran.out.splitlines()] == [[name, "serving"] for name in services]


def test_says_what_the_others_lack(lienzo: Any, tmp_path: Path) -> None:
    with running_services(["features", "classification"], folders={"models": tmp_path}) as services:
        ran = lienzo("status", "--target", services["gateway"].target, "--json")
    assert ran.status == 1
    got = json.loads(ran.out)
    assert got["services"] == {
        "gateway": True,
        "features": False,
        "classification": False,
        "palette": False,
    }
    assert got["problems"]["features"] == "the model repository has no model"


def test_says_that_nobody_is_there(lienzo: Any, unused_port: int) -> None:
    ran = lienzo("status", "--target", f"127.0.0.1:{unused_port}", "--timeout", "1")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"127.0.0.1:{unused_port} does not answer (")
    assert ran.err.endswith("Is the gateway running there? Try: lienzo serve\n")
