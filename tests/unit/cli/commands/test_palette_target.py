"""`lienzo palette --target`, and the clients below it: a gateway that reads one bucket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.serving.launcher import running_services
from lienzo_client import AsyncClient, Client, InvalidRequest, Uri
from tests.support.object_store import ObjectStore
from tests.unit.cli.commands.test_palette_addresses import GREEN, RED, drawn


@pytest.fixture(scope="module")
def gateway(store: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a gateway that reads `s3://museum/` and has palettes only."""
    store.put("target/a.png", drawn(RED))
    store.put("target/b.png", drawn(RED, GREEN))
    store.put("target/c.png", b"no picture")
    flags = ("--allowed-uris", "s3://museum/", "--models", str(tmp_path_factory.mktemp("models")))
    with running_services(["palette"], gateway_flags=flags) as stack:
        yield stack["gateway"].target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in {"a.png": drawn(RED), "b.png": drawn(RED, GREEN)}.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_answers_what_is_found_right_here(lienzo: Any, gateway: str, folder: Path) -> None:
    for argument in (str(folder / "b.png"), str(folder)):
        for options in (("--json",), ("--colors", "1", "--space", "rgb", "--center", "--json")):
            here = json.loads(lienzo("palette", argument, *options).out)
            there = json.loads(lienzo("palette", argument, *options, "--target", gateway).out)
            assert there == here


def test_the_gateway_reads_addresses_and_prefixes(lienzo: Any, gateway: str) -> None:
    ran = lienzo("palette", "s3://museum/target/a.png", "--target", gateway, "--format", "css")
    assert (ran.status, ran.err) == (0, "")
    assert "--palette-1: #c81e28;" in ran.out
    ran = lienzo("palette", "s3://museum/target/", "--target", gateway, "--json")
    facts = json.loads(ran.out)
    assert [each["picture"][-5:] for each in facts["pictures"]] == ["a.png", "b.png"]
    assert facts["failures"][0]["picture"] == "s3://museum/target/c.png"
    assert facts["failures"][0]["error"]["message"].startswith("not a picture")
    assert facts["colors"][0]["share"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "s3://other-bucket/a.jpg",
            "The server does not read s3://other-bucket/a.jpg. Set LIENZO_GATEWAY_ALLOWED_URIS there.\n",
        ),
        (
            "file:///etc/passwd",
            "The server does not read file:///etc/passwd. Set LIENZO_GATEWAY_ALLOWED_URIS there.\n",
        ),
        ("s3://museum/target/none.png", "s3://museum/target/none.png: nothing is there.\n"),
        ("s3://museum/target/c.png", "s3://museum/target/c.png: not a picture"),
        ("s3://other-bucket/", "s3://other-bucket/: no picture of the collection could be read.\n"),
    ],
)
def test_says_in_one_line_what_is_wrong(lienzo: Any, gateway: str, address: str, message: str) -> None:
    ran = lienzo("palette", address, "--target", gateway)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(message)
    assert ran.err.count("\n") == 1


def test_draws_here_only(lienzo: Any, gateway: str, folder: Path) -> None:
    for option in (("--like", "red"), ("--histogram", "h.svg")):
        ran = lienzo("palette", str(folder), *option, "--target", gateway)
        assert (ran.status, ran.err.endswith("leave out --target.\n")) == (2, True)


def test_both_clients_send_collections(gateway: str, folder: Path) -> None:
    pictures = [("a", folder / "a.png"), ("gone", folder / "gone.png"), ("all", Uri("s3://museum/target/"))]
    with Client(gateway) as client:
        found = client.extract_collection_palette(iter(pictures), color_count=2)
        with pytest.raises(InvalidRequest, match="no picture"):
            client.extract_collection_palette([])
        with pytest.raises(ValueError, match="hsv"):
            client.extract_palette(b"", color_space="hsv")

    async def ask() -> Any:
        async with AsyncClient(gateway) as client:
            return await client.extract_collection_palette(pictures, color_count=2)

    for answer in (found, asyncio.run(ask())):
        assert [(each.name, each.uri[-5:]) for each in answer.pictures] == [
            ("a", ""),
            ("all", "a.png"),
            ("all", "b.png"),
        ]
        assert [(each.name, each.error.reason) for each in answer.failures] == [
            ("gone", "UNREADABLE_FILE"),
            ("all", "NOT_A_PICTURE"),
        ]
        assert answer.palette.colors == found.palette.colors
        assert sum(color.share for color in answer.palette.colors) == pytest.approx(1)
