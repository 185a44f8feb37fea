"""Works over real services: found through the gateway, kept over the catalogue service."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from catalogue.shelves import open_shelf
from catalogue.writer import open_writer
from cli.main import run_command
from cli.serving.launcher import running_services
from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.catalogue.v1.catalogue_pb2_grpc import CatalogueServiceStub
from lienzo_client import Client, NotFound
from runtime.process.probe import Probe
from tests.integration.refusals import refused
from tests.support.pictures import jpeg
from tests.support.services import open_channel
from tests.support.waiting import eventually
from tests.support.works import HUNG, make_catalogue, on_a_wall, painted, photo_of, reference, work


@dataclass(frozen=True)
class Running:
    """A gateway with a catalogue service."""

    root: Path
    url: str
    target: str
    keeper: CatalogueServiceStub

    def add(self, seed: int, catalogue: str = "museum") -> catalogue_pb2.AddWorkResponse:
        record = catalogue_pb2.Work(id=f"work-{seed}", title="Added", columns={"room": "12"})
        return self.keeper.AddWork(
            catalogue_pb2.AddWorkRequest(
                catalogue=catalogue, work=record, reference={"data": reference(seed)}
            )
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    root = tmp_path_factory.mktemp("catalogues")
    make_catalogue(root, range(3))
    with running_services(("catalogue",), folders={"catalogues": root}) as processes:
        channel = open_channel(processes["catalogue"].target)
        gateway = processes["gateway"]
        yield Running(root, gateway.url, gateway.target, CatalogueServiceStub(channel))
        channel.close()


def test_a_work_is_found_through_the_gateway(running: Running) -> None:
    with Client(running.target) as client:
        answer = client.identify_work(photo_of(1))
    (found,) = answer.works
    assert (found.id, found.title, found.artist, found.record) == (
        "work-1",
        "Number 1",
        "Anonymous",
        {"year": "1900"},
    )
    assert found.confidence > 0.9
    assert found.points >= 20
    for corner, wanted in zip(found.quad, HUNG, strict=True):
        assert corner == pytest.approx(wanted, abs=6)
    assert (answer.image_info.width_px, answer.image_info.height_px) == (640, 480)
    assert {"decode", "identify", "total"} <= answer.timings_ms.keys()


def test_a_stranger_is_not_recognised_and_the_reason_is_told(running: Running) -> None:
    with Client(running.target) as client:
        answer = client.identify_work(photo_of(70), catalogue="museum")
    assert answer.works == ()
    assert answer.not_identified in ("NOTHING_AGREES", "IMPLAUSIBLE")


def test_http_says_the_same(running: Running) -> None:
    answer = httpx.post(running.url + "/v1/identify?catalogue=museum", content=photo_of(2), timeout=30).json()
    assert [each["workId"] for each in answer["works"]] == ["work-2"]
    assert len(answer["works"][0]["quad"]) == 4
    # How the page finds out whether there is a catalogue.
    empty = {"content": "{}", "headers": {"content-type": "application/json"}}
    asked = httpx.post(running.url + "/v1/identify", **empty)
    assert asked.json()["reason"] == "MISSING_IMAGE"


def test_the_command_asks_a_gateway_that_is_named(
    running: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(photo_of(2))
    command = ("identify", str(file), "--name", "museum", "--target", running.target, "--json")
    assert run_command(command) == 0
    (found,) = json.loads(capsys.readouterr().out)["works"]
    assert (found["id"], found["title"], len(found["quad"])) == ("work-2", "Number 2", 4)
    assert run_command(("identify", str(file), "--name", "other", "--target", running.target)) == 2
    assert 'No catalogue "other"' in capsys.readouterr().err


def test_an_unknown_catalogue_is_told_with_those_that_there_are(running: Running) -> None:
    with Client(running.target) as client, pytest.raises(NotFound, match="There are: ") as caught:
        client.identify_work(photo_of(1), catalogue="other")
    assert caught.value.reason == "UNKNOWN_CATALOGUE"


def test_an_added_work_is_found_at_once_and_a_removed_one_no_more(running: Running) -> None:
    with Client(running.target) as client:
        assert client.identify_work(photo_of(8), catalogue="museum").works == ()
        added = running.add(8)
        before = added.work_count
        assert (added.score, list(added.look_alikes)) == (83, [])
        (found,) = client.identify_work(photo_of(8), catalogue="museum").works
        assert (found.id, found.record) == ("work-8", {"room": "12"})
        changed = catalogue_pb2.Work(id="work-8", title="Changed")
        running.keeper.UpdateWork(catalogue_pb2.UpdateWorkRequest(catalogue="museum", work=changed))
        (found,) = client.identify_work(photo_of(8), catalogue="museum").works
        assert (found.title, found.record) == ("Changed", {})
        removal = catalogue_pb2.RemoveWorkRequest(catalogue="museum", work_id="work-8")
        assert running.keeper.RemoveWork(removal).work_count == before - 1
        assert client.identify_work(photo_of(8), catalogue="museum").works == ()


def test_a_work_that_the_command_adds_is_found_within_a_second(running: Running) -> None:
    with open_writer(running.root, "museum") as writer:
        writer.put(work(9))
    added = time.monotonic()
    with Client(running.target) as client:
        assert [each.id for each in client.identify_work(photo_of(9), catalogue="museum").works] == ["work-9"]
    assert time.monotonic() - added < 10  # the machine's, not the rule's: the next call sees it


def test_what_cannot_be_kept_is_refused_with_its_reason(running: Running) -> None:
    def reason(call: Any) -> tuple[str, grpc.StatusCode]:
        error = refused(call)
        return error.reason, error.code

    keeper, of = running.keeper, {"catalogue": "museum"}
    blank = {"data": jpeg(painted(0) * 0 + 90)}
    assert reason(lambda: running.add(1)) == ("WORK_EXISTS", grpc.StatusCode.ALREADY_EXISTS)
    add = catalogue_pb2.AddWorkRequest
    unusable = add(work={"id": "a"}, reference=blank, **of)
    assert reason(lambda: keeper.AddWork(unusable))[0] == "UNUSABLE_REFERENCE"
    nameless = add(work={"id": " "}, reference=blank, **of)
    assert reason(lambda: keeper.AddWork(nameless))[0] == "INVALID_RECORD"
    assert reason(lambda: keeper.AddWork(add(work={"id": "a"}, **of)))[0] == "MISSING_IMAGE"
    assert reason(lambda: running.add(5, "../other"))[0] == "INVALID_CATALOGUE_NAME"
    update = catalogue_pb2.UpdateWorkRequest(work={"id": "nobody"}, **of)
    assert reason(lambda: keeper.UpdateWork(update)) == ("UNKNOWN_WORK", grpc.StatusCode.NOT_FOUND)
    removal = catalogue_pb2.RemoveWorkRequest(work_id="nobody", **of)
    assert reason(lambda: keeper.RemoveWork(removal))[0] == "UNKNOWN_WORK"
    large = {"id": "work-1", "title": "T" * 70_000}
    assert (
        reason(lambda: keeper.UpdateWork(catalogue_pb2.UpdateWorkRequest(work=large, **of)))[0]
        == "INVALID_RECORD"
    )
    for token in ("x", "9" * 5000, "\u0663", "!!!!"):
        listing = catalogue_pb2.ListWorksRequest(page_token=token, **of)
        assert reason(lambda listing=listing: keeper.ListWorks(listing))[0] == "UNKNOWN_PAGE"


def test_works_are_listed_in_pages(running: Running) -> None:
    make_catalogue(running.root, range(5), "pages")
    found, token = [], ""
    for _ in range(3):
        page = running.keeper.ListWorks(
            catalogue_pb2.ListWorksRequest(catalogue="pages", page_size=2, page_token=token)
        )
        found.append([each.id for each in page.works])
        token = page.next_page_token
    assert found == [["work-0", "work-1"], ["work-2", "work-3"], ["work-4"]]
    assert token == ""
    listed = running.keeper.ListCatalogues(catalogue_pb2.ListCataloguesRequest()).catalogues
    assert {each.name: each.work_count for each in listed}["pages"] == 5


def test_no_work_moves_from_one_page_to_another(running: Running) -> None:
    make_catalogue(running.root, range(5), "moving")
    of = {"catalogue": "moving"}
    first = running.keeper.ListWorks(catalogue_pb2.ListWorksRequest(page_size=2, **of))
    for number in (0, 2):
        running.keeper.RemoveWork(catalogue_pb2.RemoveWorkRequest(work_id=f"work-{number}", **of))
    for title in "abcdef":  # until the file is written anew
        work = {"id": "work-3", "title": title}
        running.keeper.UpdateWork(catalogue_pb2.UpdateWorkRequest(work=work, **of))
    asked = catalogue_pb2.ListWorksRequest(page_size=5, page_token=first.next_page_token, **of)
    assert [each.id for each in running.keeper.ListWorks(asked).works] == ["work-3", "work-4"]


def test_a_catalogue_that_cannot_be_used_is_listed_and_told_of_with_the_others(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    make_catalogue(running.root, range(2), "broken")
    (running.root / "broken" / "catalogue.json").write_text("{")
    listed = running.keeper.ListCatalogues(catalogue_pb2.ListCataloguesRequest()).catalogues
    problems = {each.name: each.problem for each in listed}
    problem = problems.pop("broken")
    assert problem
    assert set(problems.values()) == {""}
    warning, health = f"the catalogue broken cannot be read: {problem}", running.url + "/healthz"
    eventually(lambda: httpx.get(health).json()["warnings"] == {"catalogue": warning}, 20)
    assert httpx.get(health).json()["services"]["catalogue"] is True
    run_command(("status", "--target", running.target))
    assert f"catalogue       serving, but {warning}\n" in capsys.readouterr().out
    shutil.rmtree(running.root / "broken")
    eventually(lambda: httpx.get(health).json()["warnings"] == {}, 20)


def test_a_service_that_can_read_none_of_its_catalogues_does_not_serve(tmp_path: Path, start: Any) -> None:
    make_catalogue(tmp_path, range(1))
    (tmp_path / "museum" / "catalogue.json").write_text("{")
    assert (
        "the catalogue museum cannot be read: "
        in Probe(start("catalogue", "--catalogues", tmp_path).target).problem()
    )


def test_a_part_of_a_catalogue_that_is_away_is_told_with_the_answer(tmp_path: Path, start: Any) -> None:
    places = f"{tmp_path / 'a'};{tmp_path / 'b'}"
    with open_shelf(places).writer("museum") as writer:
        for seed in range(3):
            writer.put(work(seed))
    (tmp_path / "b" / "museum" / "catalogue.json").write_text("{")
    service = start("catalogue", "--catalogues", places)
    gateway = start("gateway", "--catalogue-target", service.target)
    with Client(gateway.target) as client:
        assert client.identify_work(photo_of(0)).partial
    assert Probe(service.target).problem() == ""
    warning = "a part of the catalogue museum is missing: part 2 of 2: catalogue.json cannot be read"
    eventually(lambda: httpx.get(f"{gateway.url}/healthz").json()["warnings"] == {"catalogue": warning}, 20)


def test_only_keepers_change_works_where_keepers_are_named(tmp_path: Path, start: Any, channel: Any) -> None:
    make_catalogue(tmp_path / "catalogues", [1])
    keys = tmp_path / "keepers"
    keys.write_text(f"registrar:{hashlib.sha256(b'secret').hexdigest()}\n")
    flags = ("--catalogues", tmp_path / "catalogues", "--keeper-keys-file", keys)
    stub = CatalogueServiceStub(channel(start("catalogue", *flags).target))
    removal = catalogue_pb2.RemoveWorkRequest(catalogue="museum", work_id="work-1")
    for metadata in ((), (("authorization", "Bearer other"),)):
        error = refused(lambda metadata=metadata: stub.RemoveWork(removal, metadata=metadata))
        assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_A_KEEPER")
    assert len(stub.ListWorks(catalogue_pb2.ListWorksRequest()).works) == 1
    assert stub.RemoveWork(removal, metadata=(("authorization", "Bearer secret"),)).work_count == 0


def test_a_work_is_looked_for_in_the_part_that_is_named_and_outlined_in_the_photo(running: Running) -> None:
    left = [(20, 60), (320, 70), (310, 300), (30, 290)]
    right = [(x + 380, y) for x, y in left]
    both = jpeg(on_a_wall([(painted(0), left), (painted(1), right)], size=(760, 400)))
    for query, work_id, corners in (
        ("", "work-0", left),
        ("region=370,0,390,400", "work-1", right),
        ("tap=560,200", "work-1", None),
    ):
        answer = httpx.post(f"{running.url}/v1/identify?catalogue=museum&max_works=2&{query}", content=both)
        found = {each["workId"]: each for each in answer.json()["works"]}
        assert len(found) == (1 if query else 2)
        if corners:
            quad = [(each["xPx"], each["yPx"]) for each in found[work_id]["quad"]]
            assert max(abs(x - a) + abs(y - b) for (x, y), (a, b) in zip(quad, corners, strict=True)) < 8


def test_a_reference_is_kept_whole(running: Running) -> None:
    part = {"rectangle": {"width_px": 100, "height_px": 100}}
    request = catalogue_pb2.AddWorkRequest(
        catalogue="museum", work={"id": "part"}, reference={"data": reference(7), "region": part}
    )
    assert refused(lambda: running.keeper.AddWork(request)).reason == "INVALID_REQUEST"
