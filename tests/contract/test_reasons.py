"""Services, contract, client, command line, web page and app speak of the same reasons."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
import pytest

from lienzo_client.app.words import LANGUAGES, load_words
from lienzo_client.errors import LienzoError, ServerFault, error_class
from lienzo_client.reasons import REASONS as CLIENT_REASONS
from runtime.calls.errors import ErrorTable
from runtime.reasons.reason import Reason
from runtime.reasons.table import AREAS, REASONS
from services.table import SERVICES

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "services" / "gateway" / "web"
APP_WORDS = ROOT / "clients" / "python" / "lienzo_client" / "app" / "words"
CODES = {each.name for each in grpc.StatusCode}
KNOWN = {*REASONS, *CLIENT_REASONS, *CODES}
WORDED = {name for name, reason in REASONS.items() if reason.worded}
UPPER_SNAKE = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"

# What the app says of an UNKNOWN_MODEL where there are none, and of everything else.
APP_OWN = {"NO_MODELS", "OTHER"}
# A variable, and what OpenSSL says.
NO_REASON = {"LIENZO_API_KEY", "CERTIFICATE_VERIFY_FAILED", "RECORD_LAYER_FAILURE", "WRONG_VERSION_NUMBER"}

EXAMPLES: Mapping[str, Any] = {
    "str": "a",
    "int": 1,
    "float": 1.0,
    "list[str]": ["a"],
    "dict[str, list[int]]": {"a": [1]},
    "tuple[int, int]": (1, 1),
    "Path": Path("a"),
    "PurePath": Path("a"),
    "Iterable[str]": ("a",),
}


def exceptions(table: ErrorTable) -> Iterator[tuple[type[Exception], Reason]]:
    for kind, reason in table.items():
        for each in (kind, *kind.__subclasses__()):
            yield each, table.get(each, reason)


def example(kind: type[Exception]) -> Exception:
    """One of these exceptions, made from values of the types that it asks for."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    needed = [each for each in parameters if each.name != "self" and each.kind is not each.VAR_KEYWORD]
    return kind(*(EXAMPLES[each.annotation] for each in needed))


@pytest.mark.parametrize("service", SERVICES)
def test_exceptions_carry_the_values_that_their_reason_declares(service: str) -> None:
    table: ErrorTable = import_module(f"services.{service}.servicer").ERRORS
    for kind, reason in exceptions(table):
        details: Mapping[str, str] = getattr(example(kind), "details", {})
        assert details.keys() <= set(reason.values), kind


def test_the_contract_names_no_reason_that_does_not_exist_and_none_with_another_status() -> None:
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "protos" / "lienzo").rglob("*.proto")]
    comments = " ".join(re.findall(r"^\s*//(.*)", "\n".join(files), re.MULTILINE)).split()
    text = " ".join(comments)
    assert set(re.findall(rf"\b{UPPER_SNAKE}\b", text)) - KNOWN == {"UPPER_SNAKE_CASE"}
    for code, name in re.findall(rf"\b({'|'.join(CODES)}),? ({UPPER_SNAKE})\b", text):
        assert REASONS[name].code.name == code, name


def test_the_contract_names_every_reason_but_those_that_any_call_may_have() -> None:
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "protos" / "lienzo").rglob("*.proto")]
    named = set(re.findall(rf"\b{UPPER_SNAKE}\b", "\n".join(files)))
    of_any_call = {each.name for area in ("Any call", "Requests") for each in AREAS[area]}
    assert sorted(REASONS.keys() - of_any_call - named) == [], (
        "protos/lienzo/: the comment of a method or field"
    )


def test_client_and_command_line_name_no_reason_that_does_not_exist() -> None:
    paths = [*(ROOT / "clients" / "python" / "lienzo_client").rglob("*.py"), ROOT / "cli" / "errors.py"]
    named = {
        node.value
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(UPPER_SNAKE, node.value)
    }
    assert named - KNOWN == NO_REASON | {"NO_MODELS"}


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_only_faults_of_the_server_are_told_as_such(reason: Reason) -> None:
    kind = error_class(reason.code.name, reason.name)
    assert (kind is ServerFault) == (reason.code is grpc.StatusCode.INTERNAL)


def page_words() -> list[dict[str, str]]:
    """The page's words for reasons, a table for each of its languages."""
    languages = re.split(r"^const [A-Z]+ = \{$", (WEB / "words.js").read_text("utf-8"), flags=re.MULTILINE)[
        1:
    ]
    return [dict(re.findall(r"^  ([A-Z_]+): (.*),$", each, re.MULTILINE)) for each in languages]


def page_reasons() -> set[str]:
    """What the page itself says, such as OFFLINE."""
    scripts = [path.read_text("utf-8") for path in WEB.glob("*.js") if path.name != "words.js"]
    return set(re.findall(r'"([A-Z_]+)"', "\n".join(scripts)))


def test_the_page_has_words_for_what_a_person_meets_and_for_nothing_that_does_not_exist() -> None:
    english, spanish = page_words()
    assert english.keys() == spanish.keys()
    assert sorted(WORDED - english.keys()) == [], "services/gateway/web/words.js has no words for these"
    assert english.keys() - REASONS.keys() <= page_reasons()


def test_the_words_of_the_page_ask_for_values_that_the_reason_has() -> None:
    own = {"name", "size", "limit"}  # as the page writes them
    for language in page_words():
        for name in language.keys() & REASONS.keys():
            assert set(re.findall(r"\{(\w+)\}", language[name])) <= {*REASONS[name].values, *own}, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_app_has_words_for_what_a_person_meets(language: str) -> None:
    words = load_words(language)
    general = words.problem(LienzoError("INTERNAL", "", ""))
    met = [(each.code.name, each.name, each.values) for each in REASONS.values() if each.worded]
    met += [(each.code, each.name, each.values) for each in CLIENT_REASONS.values()]
    for code, name, values in met:
        got = words.problem(LienzoError(code, name, "", dict.fromkeys(values, "1")), name="a.jpg")
        assert got != general, f"lienzo_client/app/words/{language}.toml has no words for {name}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_app_has_no_words_for_a_reason_that_does_not_exist(language: str) -> None:
    said = tomllib.loads((APP_WORDS / f"{language}.toml").read_text(encoding="utf-8"))["problems"]
    assert said.keys() - KNOWN == APP_OWN
