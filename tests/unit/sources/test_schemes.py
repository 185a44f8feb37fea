"""What repeats the table of schemes is held to it: extras, the image of the gateway, contract and page."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from sources.schemes import SCHEMES

ROOT = Path(__file__).resolve().parents[3]

of_each_scheme = pytest.mark.parametrize("name", SCHEMES)
of_each_library = pytest.mark.parametrize("name", [name for name, each in SCHEMES.items() if each.module])


@of_each_library
def test_an_extra_installs_its_library(name: str) -> None:
    scheme = SCHEMES[name]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installed = [re.split(r"[<>=\[]", each)[0] for each in extras.get(scheme.extra, [])]
    assert installed == ([scheme.module] if scheme.module else []), (
        f"pyproject.toml: the extra {scheme.extra}"
    )


@of_each_library
def test_the_image_of_the_gateway_says_that_it_can_be_had(name: str) -> None:
    (line,) = re.findall(r"^# Sources .*", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert SCHEMES[name].extra in line, "Dockerfile: the comment on SOURCES"


@of_each_scheme
def test_the_page_says_where_its_credentials_come_from(name: str) -> None:
    scheme = SCHEMES[name]
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    extra = f"`{scheme.extra}`" if scheme.extra else "–"
    row = f"| `{name}://{scheme.form}` | {extra} |"
    assert row in page, f'docs/operations.md, "Pictures at addresses": no row {row}'


@of_each_scheme
def test_the_contract_names_it(name: str) -> None:
    contract = (ROOT / "protos" / "lienzo" / "image" / "v1" / "image.proto").read_text("utf-8")
    (comment,) = re.findall(r"((?:^ *//.*\n)+) *string uri = ", contract, re.MULTILINE)
    assert f"`{name}://" in comment, "protos/lienzo/image/v1/image.proto: the comment on uri"
