"""The OpenAPI document, held against the server by schemathesis: seeded, and a bounded number of requests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

# What bytes must be for a picture no schema can say, so that a valid request may still be answered by 400
# (too small, truncated), 413 or 415; a part of the contract that this version does not have is 501.
CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", 400, 403, 404, 413, 415, 501]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501]
"""


def test_messages_are_components_with_descriptions_and_required_fields(services: Any) -> None:
    document = httpx.get(services.url + "/openapi.json").json()
    schemas = document["components"]["schemas"]
    answer = document["paths"]["/v1/classify"]["post"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/ClassifyImageResponse"}
    label = schemas["LabelProbability"]
    assert label["required"] == ["label", "probability"]
    assert label["properties"]["probability"]["description"].startswith("Calibrated probability, 0 to 1")
    assert "required" not in schemas["ModelVersionInput"]
    assert schemas["ModelVersion"]["required"] == ["name", "version"]
    assert {"Point", "ImagePoint", "Problem"} <= set(schemas)
    described = [
        (name, field)
        for name, schema in schemas.items()
        if "Request" in name or "Response" in name
        for field, got in schema["properties"].items()
        if not got.get("description")
    ]
    assert described == []


def test_the_credentials_of_calls_are_described(services: Any) -> None:
    document = httpx.get(services.url + "/openapi.json").json()
    (scheme,) = document["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert document["security"] == [{}, {"bearer": []}]  # this server asks for none
    assert document["paths"]["/healthz"]["get"]["security"] == []


def test_the_server_keeps_to_its_openapi_document(services: Any, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    program = Path(sys.executable).with_name("schemathesis")
    flags = ["--seed", "1", "--max-examples", "10", "--phases", "fuzzing", "--no-color"]
    ran = subprocess.run(
        [program, "--config-file", "schemathesis.toml", "run", services.url + "/openapi.json", *flags],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    paths = httpx.get(services.url + "/openapi.json").json()["paths"]
    assert f"Tested: {sum(map(len, paths.values()))}" in ran.stdout
