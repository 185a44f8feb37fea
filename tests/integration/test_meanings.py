"""What labels mean, in the language of whoever asks, at every door."""

from __future__ import annotations

import base64
from typing import Any

import grpc
import httpx
import pytest

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import image_pb2, recognition_pb2
from lienzo_client import AsyncClient, Client
from tests.support.pictures import draw, jpeg

GRID = jpeg(draw("grid"))
SPANISH = {"accept-language": "es-AR, en;q=0.5"}
CONNECT = "/lienzo.gateway.v1.GatewayService"


def asked(**facts: Any) -> gateway_pb2.ClassifyImageRequest:
    return gateway_pb2.ClassifyImageRequest(image=image_pb2.Image(data=GRID), **facts)


def best(services: Any, request: gateway_pb2.ClassifyImageRequest, **call: Any) -> Any:
    return services.gateway.ClassifyImage(request, **call).recognition.recognized


def facts(meaning: recognition_pb2.LabelMeaning) -> list[tuple[str, str]]:
    return [(each.name, each.text) for each in meaning.fields]


def test_the_request_chooses_the_language(services: Any) -> None:
    spanish = best(services, asked(languages=["de", "es-MX"])).meaning
    assert spanish.name == "La cuadrícula"
    assert spanish.description == "Líneas que se cruzan."
    assert spanish.link == "https://example.org/grid"
    assert facts(spanish) == [("artist", "Una regla"), ("year", "1931")]
    english = best(services, asked(languages=["en"])).meaning
    assert (english.name, english.description) == ("grid", "Líneas que se cruzan.")
    assert facts(english) == [("artist", "A ruler"), ("year", "1931")]


def test_every_label_that_means_something_carries_it(services: Any) -> None:
    labels = services.gateway.ClassifyImage(asked()).recognition.labels
    assert [each.label for each in labels if each.HasField("meaning")] == ["grid"]
    assert labels[0].meaning.name == "grid"


def test_a_call_without_languages_gets_those_of_its_metadata(services: Any) -> None:
    metadata = tuple(SPANISH.items())
    assert best(services, asked(), metadata=metadata).meaning.name == "La cuadrícula"
    assert best(services, asked(languages=["en"]), metadata=metadata).meaning.name == "grid"


def test_over_http_and_connect_the_header_counts(services: Any) -> None:
    for path in ("/v1/classify", "/v1/analyze"):
        got = httpx.post(services.url + path, content=GRID, headers=SPANISH).json()
        assert got["recognition"]["recognized"]["meaning"]["name"] == "La cuadrícula"
    body = {"image": {"data": base64.b64encode(GRID).decode()}}
    got = httpx.post(f"{services.url}{CONNECT}/ClassifyImage", json=body, headers=SPANISH).json()
    assert got["recognition"]["labels"][0]["meaning"]["name"] == "La cuadrícula"
    described = httpx.get(f"{services.url}/v1/models/shapes", headers=SPANISH).json()
    assert described["model"]["meanings"]["grid"]["name"] == "La cuadrícula"


def test_the_original_app_still_gets_the_label(services: Any) -> None:
    assert httpx.post(services.url + "/predict", files={"file": GRID}, headers=SPANISH).json() == "grid"


def test_a_stream_has_the_languages_of_its_call(services: Any) -> None:
    items = [gateway_pb2.StreamClassifyImagesRequest(request_id="1", request=asked())]
    (answer,) = services.gateway.StreamClassifyImages(iter(items), metadata=tuple(SPANISH.items()))
    assert answer.response.recognition.recognized.meaning.name == "La cuadrícula"


def test_a_repeated_id_is_answered_in_each_language(services: Any) -> None:
    for languages, name in ((["es"], "La cuadrícula"), (["en"], "grid"), (["es"], "La cuadrícula")):
        assert best(services, asked(request_id="twice", languages=languages)).meaning.name == name


def test_a_model_is_described_with_its_meanings_and_listed_without(services: Any) -> None:
    wanted = recognition_pb2.ModelVersion(name="shapes")
    model = services.gateway.GetModel(gateway_pb2.GetModelRequest(model=wanted, languages=["es"])).model
    assert {label: each.name for label, each in model.meanings.items()} == {"grid": "La cuadrícula"}
    (listed,) = services.gateway.ListModels(gateway_pb2.ListModelsRequest()).models
    assert not listed.meanings


@pytest.mark.parametrize("languages", [["es"] * 17, ["español"], [""], ["*"]])
def test_what_is_not_a_language_is_refused(services: Any, languages: list[str]) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        best(services, asked(languages=languages))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "languages: " in caught.value.details()


def test_a_strange_header_does_no_harm(services: Any) -> None:
    for header in ("*", ";;,q=", "e" * 9, "es;q=x", "x" * 4000):
        got = httpx.post(services.url + "/v1/classify", content=GRID, headers={"accept-language": header})
        assert got.json()["recognition"]["recognized"]["meaning"]["name"] == "grid"


async def test_both_clients_show_names_in_their_languages(services: Any) -> None:
    with Client(services.target("gateway")) as client:
        spanish = client.with_languages("es-AR", "en")
        found = spanish.classify_image(GRID)
        assert (found.label, found.display_name) == ("grid", "La cuadrícula")
        assert found.labels[0].display_name == "La cuadrícula"
        assert found.labels[1].display_name == found.labels[1].name
        assert found.meaning is not None
        assert found.meaning.fields["year"] == "1931"
        assert spanish.get_model("shapes").meanings["grid"].name == "La cuadrícula"
        assert client.classify_image(GRID).display_name == "grid"
        ((item),) = spanish.stream_classify_images([("1", GRID)])
        assert item.unwrap().display_name == "La cuadrícula"
    async with AsyncClient(services.target("gateway")) as client_:
        found = await client_.with_languages("es").classify_image(GRID)
        assert found.display_name == "La cuadrícula"
