"""A museum's own system keeps works over HTTP, through the gateway."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.serving.launcher import running_services
from tests.support.works import make_catalogue, photo_of, reference

KEY = {"authorization": "Bearer secret"}
LIMIT = 200_000


@pytest.fixture(scope="module")
def museum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A gateway and a catalogue service that knows one keeper, with the works 0 to 2 in `museum`."""
    root = tmp_path_factory.mktemp("kept")
    make_catalogue(root / "catalogues", range(3))
    keys = root / "keepers"
    keys.write_text(f"registrar:{hashlib.sha256(b'secret').hexdigest()}\n")
    with (
        running_services(
            ("catalogue",),
            folders={"catalogues": root / "catalogues"},
            gateway_flags=("--max-picture-bytes", str(LIMIT)),
            environment={"LIENZO_CATALOGUE_KEEPER_KEYS_FILE": str(keys)},
        ) as processes,
        httpx.Client(base_url=processes["gateway"].url + "/v1", headers=KEY, timeout=30) as client,
    ):
        yield client


def found(museum: httpx.Client, seed: int, name: str = "museum") -> list[dict[str, Any]]:
    answer = museum.post(f"/identify?catalogue={name}", content=photo_of(seed)).json()
    return [each["work"] | {"id": each["workId"]} if "work" in each else each for each in answer["works"]]


def status_and_reason(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["reason"]


def test_a_work_is_added_changed_found_and_removed(museum: httpx.Client) -> None:
    works = "/catalogues/museum/works"
    fields = {"id": "inv/8", "title": "Added", "artist": "Someone", "room": "12"}
    added = museum.post(works, data=fields, files={"file": reference(8)})
    assert (added.status_code, added.json()) == (200, {"workCount": "4", "score": 83, "lookAlikes": []})
    (work,) = found(museum, 8)
    assert (work["workId"], work["title"], work["artist"], work["record"]) == (
        "inv/8",
        "Added",
        "Someone",
        {"room": "12"},
    )
    translated = {"title": "The Bridge", "columns": {"title_es": "El puente"}}
    assert museum.put(works + "/inv%2F8", json={"work": translated}).json() == {}
    for language, title in (("es-AR, en", "El puente"), ("de", "The Bridge")):
        answer = museum.post(
            "/identify?catalogue=museum", content=photo_of(8), headers={"accept-language": language}
        )
        assert [each["title"] for each in answer.json()["works"]] == [title], answer.text
    assert museum.put(works + "/inv%2F8", json={"work": {"title": "Changed"}}).json() == {}
    (work,) = found(museum, 8)
    assert (work["title"], work["artist"], work["record"]) == ("Changed", "", {})
    assert museum.put(works + "/inv/8", data={"title": "Other"}, files={"file": reference(9)}).json() == {}
    assert [each["title"] for each in found(museum, 9)] == ["Other"]
    assert museum.delete(works + "/inv%2F8").json() == {"workCount": "3"}
    assert found(museum, 9) == []
    assert status_and_reason(museum.delete(works + "/inv%2F8")) == (404, "UNKNOWN_WORK")
    assert status_and_reason(museum.put(works + "/inv%2F8", json={})) == (404, "UNKNOWN_WORK")


def test_a_new_catalogue_is_made_of_json_and_listed_in_pages(museum: httpx.Client) -> None:
    for seed in range(3):
        message = {
            "work": {"id": f"n{seed}", "title": "New", "columns": {"year": "1900"}},
            "reference": {"data": base64.b64encode(reference(seed)).decode()},
        }
        assert museum.post("/catalogues/new/works", json=message).json()["workCount"] == str(seed + 1)
    listed = museum.get("/catalogues").json()["catalogues"]
    assert {"name": "new", "workCount": "3", "problem": ""} in listed
    page = museum.get("/catalogues/new/works?page_size=2").json()
    assert [each["id"] for each in page["works"]] == ["n0", "n1"]
    assert page["works"][0]["columns"] == {"year": "1900"}
    rest = museum.get("/catalogues/new/works", params={"page_token": page["nextPageToken"]}).json()
    assert ([each["id"] for each in rest["works"]], rest["nextPageToken"]) == (["n2"], "")
    assert status_and_reason(museum.get("/catalogues/new/works?page_token=!!")) == (400, "UNKNOWN_PAGE")
    assert status_and_reason(museum.get("/catalogues/other/works")) == (404, "UNKNOWN_CATALOGUE")


def test_only_keepers_change_works(museum: httpx.Client) -> None:
    works = "/catalogues/museum/works"
    before = museum.get(works).json()["works"]
    with httpx.Client(base_url=museum.base_url, timeout=30) as visitor:
        for headers in ({}, {"authorization": "Bearer other"}):
            form = {"data": {"id": "x"}, "files": {"file": reference(5)}}
            refusals = (
                visitor.post(works, headers=headers, **form),
                visitor.put(works + "/work-1", headers=headers, json={}),
                visitor.delete(works + "/work-1", headers=headers),
            )
            assert [status_and_reason(each) for each in refusals] == [(403, "NOT_A_KEEPER")] * 3
        assert visitor.get(works).json()["works"] == before
        # Where the gateway asks for a key of its own, that of the keeper is in the other header.
        both = {"authorization": "Bearer of-the-gateway", "x-api-key": "secret"}
        assert status_and_reason(visitor.delete(works + "/nobody", headers=both)) == (404, "UNKNOWN_WORK")


def test_what_cannot_be_kept_is_refused_with_its_reason(museum: httpx.Client) -> None:
    works = "/catalogues/museum/works"
    picture = {"file": reference(5)}
    before = museum.get(works).json()["works"]
    assert status_and_reason(museum.post(works, data={"id": "work-1"}, files=picture)) == (409, "WORK_EXISTS")
    assert status_and_reason(museum.post(works, data={"title": "no id"}, files=picture)) == (
        400,
        "INVALID_RECORD",
    )
    assert (
        status_and_reason(museum.post(works, data={"id": "x"}, files={"photo": reference(5)}))[1]
        == "MALFORMED_REQUEST"
    )
    assert status_and_reason(museum.post(works, data={"id": "x"}, files={"file": b""})) == (
        400,
        "MISSING_IMAGE",
    )
    assert status_and_reason(museum.post(works, json={"work": {"id": "x"}})) == (400, "MISSING_IMAGE")
    assert status_and_reason(museum.post(works, data={"id": "x"}, files={"file": b"text"})) == (
        415,
        "NOT_A_PICTURE",
    )
    twice = [("id", (None, "x")), ("id", (None, "y")), ("file", ("a.jpg", reference(5)))]
    assert status_and_reason(museum.post(works, files=twice)) == (400, "MALFORMED_REQUEST")
    large = {"file": b"\xff" * (LIMIT + 1)}
    assert status_and_reason(museum.post(works, data={"id": "x"}, files=large))[1] == "PICTURE_TOO_LARGE"
    assert status_and_reason(museum.post(works, content=reference(5))) == (415, "UNKNOWN_CONTENT_TYPE")
    for contrary in ({"work": {"id": "work-2"}}, {"catalogue": "other"}):
        assert status_and_reason(museum.put(works + "/work-1", json=contrary)) == (400, "INVALID_REQUEST")
    assert status_and_reason(museum.post("/catalogues/.hidden/works", data={"id": "x"}, files=picture)) == (
        400,
        "INVALID_CATALOGUE_NAME",
    )
    assert museum.get(works).json()["works"] == before


def test_the_paths_are_described(museum: httpx.Client) -> None:
    paths = museum.get(str(museum.base_url).removesuffix("v1/") + "openapi.json").json()["paths"]
    assert set(paths["/v1/catalogues/{catalogue}/works"]) == {"get", "post"}
    assert set(paths["/v1/catalogues/{catalogue}/works/{work_id}"]) == {"put", "delete"}
    body = paths["/v1/catalogues/{catalogue}/works"]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data", "application/json"}


def test_without_keepers_a_gateway_on_this_machine_lets_its_callers_change_works(tmp_path: Path) -> None:
    make_catalogue(tmp_path, range(1))
    with running_services(("catalogue",), folders={"catalogues": tmp_path}) as processes:
        work = processes["gateway"].url + "/v1/catalogues/museum/works/work-0"
        for proxied in ({"x-forwarded-for": "192.0.2.1"}, {"origin": "https://evil.example"}):
            refusal = httpx.delete(work, headers=proxied)
            assert refusal.status_code == 403
            assert refusal.json()["reason"] in ("NOT_A_KEEPER", "ORIGIN_NOT_ALLOWED")
        assert httpx.delete(work).json() == {"workCount": "0"}


def test_a_gateway_that_has_a_name_wants_a_keeper_s_key(tmp_path: Path, start: Any) -> None:
    make_catalogue(tmp_path, range(1))
    catalogue = start("catalogue", "--catalogues", tmp_path)
    gateway = start("gateway", "--allowed-hosts", "museum.example", "--catalogue-target", catalogue.target)
    work = gateway.url + "/v1/catalogues/museum/works/work-0"
    for headers in ({}, {"x-api-key": "secret"}):
        assert status_and_reason(httpx.delete(work, headers=headers)) == (403, "NOT_A_KEEPER")


def test_a_gateway_without_catalogues_says_so(services: Any) -> None:
    for path in ("/v1/catalogues", "/v1/catalogues/museum/works"):
        assert status_and_reason(httpx.get(services.url + path)) == (404, "UNKNOWN_CATALOGUE")
