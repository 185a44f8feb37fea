"""Where no single label is sure, the group that is: from an imported model to every door."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import lienzo_notebook
from cli.main import run_command
from cli.serving.launcher import running_services
from explanation.explain import explain_answer
from explanation.recognizer import open_recognizer
from lienzo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from lienzo.image.v1 import image_pb2, recognition_pb2
from lienzo_client import Client
from lienzo_client.results import Group
from tests.support.groups import import_shades, shade
from tests.support.services import open_channel

pytestmark = pytest.mark.slow

PURPLE, RED, WHITE, BLACK = shade(200, 0, 200), shade(250, 0, 0), shade(255, 255, 255), shade(0, 0, 0)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("groups")
    import_shades(folder, folder / "models")
    return folder / "models"


@pytest.fixture(scope="module")
def gateway(models: Path) -> Iterator[Any]:
    with running_services(folders={"models": models}) as services:
        yield services["gateway"]


def ask(gateway: Any, picture: bytes) -> recognition_pb2.Recognition:
    stub = gateway_pb2_grpc.GatewayServiceStub(open_channel(gateway.target))
    request = gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=picture), languages=["es"])
    return stub.ClassifyImage(request, timeout=20).recognition


def test_a_group_stands_beside_the_answer_that_no_label_is_sure(gateway: Any) -> None:
    found = ask(gateway, PURPLE)
    assert found.WhichOneof("outcome") == "not_recognized"
    assert found.not_recognized.score < 0.5
    assert (found.group.name, found.group.meaning.name) == ("purple", "Algo morado")
    assert found.group.meaning.parent == "color"
    of_it = [each.probability for each in found.labels if each.label in ("red", "blue")]
    assert found.group.probability == pytest.approx(sum(of_it), abs=1e-6)


def test_a_label_that_is_sure_and_a_picture_of_anything_have_no_group(gateway: Any) -> None:
    clear = ask(gateway, RED)
    assert (clear.recognized.label, clear.HasField("group")) == ("red", False)
    unclear = ask(gateway, WHITE)  # a third each
    assert (unclear.WhichOneof("outcome"), unclear.group.name) == ("not_recognized", "color")
    black = ask(gateway, BLACK)  # a quarter each, and three are colours
    assert (black.WhichOneof("outcome"), black.HasField("group")) == ("not_recognized", False)


def test_the_json_of_http_has_it(gateway: Any) -> None:
    for path in ("classify", "analyze"):
        told = httpx.post(
            f"{gateway.url}/v1/{path}", content=PURPLE, headers={"accept-language": "en"}
        ).json()
        group = told["recognition"]["group"]
        assert (group["name"], group["meaning"]["name"]) == ("purple", "Something purple")
        assert group["probability"] > 0.9
    clear = httpx.post(f"{gateway.url}/v1/classify", content=RED).json()
    assert "group" not in clear["recognition"]


def test_the_client_shows_it_and_the_tree(gateway: Any) -> None:
    with Client(gateway.target).with_languages("es") as client:
        found = client.classify_image(PURPLE)
        assert (found.label, found.recognized) == (None, False)
        assert isinstance(found.group, Group)
        assert (found.group.name, found.group.display_name) == ("purple", "Algo morado")
        assert client.classify_image(RED).group is None
        meanings = client.get_model("shades").meanings
        assert {name: each.parent for name, each in meanings.items()} == {
            "red": "purple",
            "blue": "purple",
            "green": "color",
            "purple": "color",
        }


def test_the_command_says_what_it_is_without_the_label(
    gateway: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(PURPLE)
    asked = ["classify", str(photo), "--target", gateway.target, "--language", "en"]
    assert run_command(asked) == 0
    told = capsys.readouterr().out
    assert "Something purple (purple)  96 %" in told
    assert re.search(r"which of them is not sure \(best: (red|blue) 4\d %, threshold 60 %\)", told)
    assert run_command([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["label"], found["group"]["name"]) == (None, "purple")


def test_files_of_answers_and_an_evaluation_have_it(
    gateway: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for label, picture in (("red", PURPLE), ("blue", PURPLE), ("green", PURPLE), ("dark", WHITE)):
        (tmp_path / "photos" / label).mkdir(parents=True)
        (tmp_path / "photos" / label / "1.png").write_bytes(picture)
    where = (str(tmp_path / "photos"), "--target", gateway.target)
    kept = tmp_path / "answers.csv"
    assert run_command(["classify", *where, "--stream", "--output", str(kept)]) == 0
    with kept.open(newline="") as stream:
        rows = {Path(row["picture"]).parent.name: row for row in csv.DictReader(stream)}
    assert {label: (row["label"], row["group"]) for label, row in rows.items()} == {
        **dict.fromkeys(("red", "blue", "green"), ("", "purple")),
        "dark": ("", "color"),
    }
    assert float(rows["red"]["group_probability"]) > 0.9
    capsys.readouterr()
    assert run_command(["evaluate", "shades", *where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["groups"] == {"right": 2, "wrong": 2, "none": 0}


def test_an_explanation_and_a_notebook_say_it(models: Path) -> None:
    recognizer = open_recognizer(models / "shades" / "1")
    verdict = explain_answer(PURPLE, "photo", recognizer).verdict
    assert verdict is not None
    assert (verdict.answer, verdict.is_recognized) == ("not recognised", False)
    assert verdict.sentences[1] == "It is some purple: the labels of this group have 96 % together."
    predicted = lienzo_notebook.load("shades", models).predict(PURPLE)
    assert predicted.label is None
    assert predicted.group == ("purple", pytest.approx(0.9587, abs=0.002))
