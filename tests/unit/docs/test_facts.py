"""What contract, documents, page, apps and client say in figures is what the code has.

A figure that stands in another file than its constant is read out of the sentence around it, wherever that
sentence stands: whoever changes the constant is told here which sentences to change.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bundle import meanings
from bundle.manifest import ModelName
from catalogue import curating, enrolment, identifying
from catalogue.errors import InvalidCatalogueName
from catalogue.manifest import check_name
from cli.catalogues import phone
from lienzo_client import channel, images, upload
from lienzo_client.app import photo
from runtime.calls import languages
from runtime.configuration.settings import ServerSettings
from services.catalogue import convert as works
from services.classification import listing
from services.classification.convert import DEFAULT_TOP_K
from services.gateway import fields
from services.gateway.http import parameters
from services.gateway.http import works as paths
from services.gateway.settings import GatewaySettings
from services.palette.settings import PaletteSettings
from services.pictures import PictureSettings
from services.table import GATEWAY, SERVICES
from sources import address
from vision.decoding.formats import ENDINGS, FORMAT_NAMES
from vision.identification import finding, reference
from vision.identification.photo import FIRST_LOOK, QUICK_LOOK, SECOND_LOOK
from vision.matching import SURE_POINTS
from vision.palette import MAX_COLORS
from vision.picture import PictureLimits

ROOT = Path(__file__).resolve().parents[3]
READ = (
    ".proto",
    ".md",
    ".js",
    ".html",
    ".toml",
    ".ts",
    ".tsx",
    ".swift",
    ".kt",
    ".cs",
    ".xml",
    ".yml",
    ".ipynb",
)
OWN = (
    "docs/api.md",
    "docs/commands.md",
    "docs/settings.md",
    "CHANGELOG.md",
    "PERFORMANCE.md",
)
"""Written from the code whose figures they show, or about what once was."""


def tracked() -> dict[str, str]:
    """Texts of files that people read or that are not Python, without line breaks and marks of comments."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.splitlines() if name.endswith(READ) and name not in OWN]
    texts = {name: (ROOT / name).read_text("utf-8") for name in names if not name.startswith("tests/")}
    return {name: re.sub(r"\s+(//+ |\* )?\s*", " ", text) for name, text in texts.items()}


TEXTS = tracked()
MIB = 2**20


def default(settings: type[ServerSettings], name: str) -> Any:
    return settings.model_fields[name].default


@pytest.mark.parametrize(
    ("sentence", "figures"),
    [
        (r"own id for this \w+, [\w ,]*?up to (\d+) characters", fields.REQUEST_ID_CHARACTERS),
        (r"own id for this item, echoed in the answer; up to (\d+) characters", fields.REQUEST_ID_CHARACTERS),
        (r"BCP 47 tags such as `es-AR`, at most (\d+)", languages.MOST_LANGUAGES),
        (r"as many as fit, at most (\d+)", listing.LARGEST_PAGE),
        (r"file:///path`, at most (\d+) characters", address.MAX_CHARACTERS),
        (r"Its id in the catalogue; 1 to (\d+)", enrolment.LONGEST_ID),
        (r"[Uu]nder (\d+) take a better picture|works with a score under (\d+)", curating.LOW_SCORE),
        (r"Number of colours, 1 to (\d+)", MAX_COLORS),
        (r"More than (\d+) is INVALID_ARGUMENT, INVALID_COLOR_COUNT", MAX_COLORS),
        (r"(\d+) MiB by default|reads up to (\d+) MiB", default(PictureSettings, "max_picture_bytes") // MIB),
        (r"(?:\((\d+) pixels|At least (\d+)) by default", default(PictureSettings, "min_picture_side")),
        (r"(?:see anything|picture must have) \((\d+) by", default(PictureSettings, "min_picture_side")),
        (r"(?:server's limit|server counts) \(([\d,]+) by", default(PaletteSettings, "max_collection")),
        (r"did not deliver in time \((\d+) s by default", default(PictureSettings, "read_seconds")),
        (r"Check the port: (\d+) is the usual one", GATEWAY.grpc_port),
        (r"is the usual one, (\d+) is HTTP", GATEWAY.http_port),
        (r"\b[Uu](?:se up|p) to (\d+) letters, digits, dots,", parameters.NAME_CHARACTERS),
        (r"no answer\. (\d+) by default|side, (\d+) pixels by", default(GatewaySettings, "photo_side_px")),
        (
            r"photo may be reduced, (\d+) pixels by|int side = (\d+)",
            default(GatewaySettings, "photo_side_px"),
        ),
        (r"`max_message_bytes` \((\d+) MiB at the", default(GatewaySettings, "max_message_bytes") // MIB),
        (r"in place of the label, up to (\d+) char|`name` \(up to (\d+) char", meanings.NAME_CHARACTERS),
        (r"few sentences, up to ([\d,]+) char|`description` \(up to ([\d,]+)\)", meanings.TEXT_CHARACTERS),
        (r"up to (\d+) of them and [\d,]+ characters for each label", meanings.MOST_COLUMNS),
        (r"up to \d+ of them and ([\d,]+) characters for each label", meanings.LABEL_CHARACTERS),
        (r"fewer than (\d+) pixels on its longer side", enrolment.LEAST_SIDE_PX),
        (r"describes up to (\d+) keypoints of a reference", reference.EXTRACTOR.max_keypoints),
        (r"keypoints of a reference at (\d+) pixels", reference.EXTRACTOR.max_side_px),
        (r"and (\d+) of a photo at \d+\.", QUICK_LOOK.max_keypoints),
        (r"and \d+ of a photo at (\d+)\.", QUICK_LOOK.max_side_px),
        (r"(\d+) keypoints at \d+ pixels are asked instead", FIRST_LOOK.max_keypoints),
        (r"\d+ keypoints at (\d+) pixels are asked instead", FIRST_LOOK.max_side_px),
        (r"looked at once more, at (\d+) pixels", SECOND_LOOK.max_side_px),
        (r"of ([\d,]+) keypoints those within outlines", SECOND_LOOK.max_keypoints),
        (r"one view of the work in at least (\d+) points", SURE_POINTS),
        (r"The best (ten) \(three, where", {10: "ten"}[finding.CANDIDATES]),
        (r"It takes up to ([\d,]+) works, 4 KB each", phone.LARGEST_CATALOGUE),
        (r"deadline, (\d+) s by default", round(channel.DEFAULT_TIMEOUT_S)),
        (r"A ping after (\d+) s without data", round(channel.DEFAULT_KEEPALIVE_S)),
        (r"detects that within (\d+) s", round(1.5 * channel.DEFAULT_KEEPALIVE_S)),
        (r"at most (\d+) KB that get the same answer", images.MAX_BYTES // 1000),
        (r"upright, sRGB, (\d+) pixels", images.MAX_SIDE_PX),
    ],
)
def test_a_figure_in_a_sentence_is_that_of_the_code(sentence: str, figures: int | str) -> None:
    found = {
        (name, next(filter(None, match.groups())).replace(",", ""))
        for name, text in TEXTS.items()
        for match in re.finditer(sentence, text)
    }
    assert found, "no such sentence: it was changed, and this test with it"
    assert {(name, figure) for name, figure in found if figure != str(figures)} == set()


def test_works_of_an_answer_and_of_a_page_have_the_limits_of_the_contract() -> None:
    said = {
        match.groups()
        for name, text in TEXTS.items()
        if name.startswith("protos/")
        for match in re.finditer(r"so many works; 0 \(the default\) means (\d+), at most (\d+)", text)
    }
    answers, pages = (
        (identifying.DEFAULT_WORKS, identifying.MOST_WORKS),
        (works.DEFAULT_PAGE, works.LARGEST_PAGE),
    )
    assert said == {tuple(map(str, each)) for each in (answers, pages)}


def test_pictures_have_the_same_limits_in_vision_and_in_every_service() -> None:
    limits = PictureLimits()
    assert PictureSettings.model_construct().picture_limits == limits
    assert default(GatewaySettings, "max_picture_bytes") == limits.max_bytes


def test_the_gateway_takes_the_names_and_ids_that_models_and_works_may_have() -> None:
    longest = "a" * parameters.NAME_CHARACTERS
    is_name = TypeAdapter(ModelName).validate_python
    assert check_name(longest) == is_name(longest) == longest
    with pytest.raises(ValidationError):
        is_name(f"{longest}a")
    with pytest.raises(InvalidCatalogueName):
        check_name(f"{longest}a")
    assert enrolment.LONGEST_ID == paths.WORK_ID_CHARACTERS
    assert MAX_COLORS == parameters.MOST_COLORS
    words = {3: "three", 5: "five"}
    told = (ROOT / "services" / "gateway" / "http" / "parameters.py").read_text("utf-8")
    assert f"how many labels; 0: {words[DEFAULT_TOP_K]}" in told
    assert f"at most so many works; 0: {words[identifying.DEFAULT_WORKS]}" in told


def test_the_client_fits_the_gateway() -> None:
    assert GATEWAY.target == channel.DEFAULT_TARGET
    assert GATEWAY.contract == channel.SERVICE
    assert default(GatewaySettings, "max_message_bytes") <= channel.MAX_ANSWER_BYTES
    assert upload.CHUNK_BYTES <= fields.CHUNK_BYTES


def test_dialogs_offer_the_files_that_are_read() -> None:
    assert {f".{each}" for each in photo.ENDINGS} == ENDINGS
    (accepted,) = re.findall(
        r'id="pick" type="file" accept="([^"]+)"', TEXTS["services/gateway/web/index.html"]
    )
    # Browsers know the others to be pictures.
    assert set(accepted.split(",")) == {"image/*", ".heic", ".heif", ".tif", ".tiff"}


def test_whoever_says_what_is_read_names_every_format() -> None:
    *first, last = FORMAT_NAMES.values()
    between = r"(?: \(first frame\))?"
    full = re.compile(rf"{f'{between}, '.join(first)}{between} (?:and|or|y) {last}\b")
    lists = re.compile(r"JPEG, PNG, WebP, GIF[^.:]*")
    said = {(name, each) for name, text in TEXTS.items() for each in lists.findall(text)}
    assert len(said) >= 6
    assert [(name, each) for name, each in said if not full.match(each)] == []


def settings_of(service: str) -> list[type[ServerSettings]]:
    """The settings of a process, and the classes that they stand on."""
    found = vars(importlib.import_module(f"services.{service}.settings")).values()
    return [each for each in found if isinstance(each, type) and issubclass(each, ServerSettings)]


def test_every_variable_that_is_named_is_read() -> None:
    # The commands' own, and one of the tests that a Mac runs.
    read = {"LIENZO_API_KEY", "LIENZO_TRACEBACK", "LIENZO_CATALOGUES", "LIENZO_BUNDLE"}
    for service in SERVICES:
        names = [name.upper() for settings in settings_of(service) for name in settings.model_fields]
        read.update(f"LIENZO_{name}" for name in names)
        read.update(f"LIENZO_{service.upper()}_{name}" for name in names)
    texts = {**TEXTS, "Dockerfile": (ROOT / "Dockerfile").read_text("utf-8")}
    named = {
        (name, each) for name, text in texts.items() for each in re.findall(r"\bLIENZO_[A-Z_]+[A-Z]\b", text)
    }
    assert len(named) > 30
    assert {(name, each) for name, each in named if each not in read} == set()


def test_every_address_that_is_named_is_one_of_the_gateway() -> None:
    routes = (ROOT / "services" / "gateway" / "http" / "routes.py").read_text("utf-8")
    patterns = [
        *re.findall(r'"/(v1/[^"]*)"', routes),
        *(path[1:] for path in (paths.CATALOGUES, paths.WORKS, f"{paths.WORKS}/{{id}}")),
    ]
    served = [re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) for path in patterns]
    named = {
        (name, path.rstrip("/."))
        for name, text in TEXTS.items()
        for path in re.findall(r"(?<![\w./])/?(v1/[a-z]+(?:/[\w{}$-]+)*)(?![\w.*]*\.)", text)
    }
    assert len(served) >= 10
    assert len(named) >= 20
    assert {
        (name, path) for name, path in named if not any(re.fullmatch(each, path) for each in served)
    } == set()


def test_every_distribution_has_one_version_and_the_pythons_that_are_named_and_tested() -> None:
    paths = sorted(ROOT / name for name in TEXTS if Path(name).name == "pyproject.toml")
    projects = [tomllib.loads(path.read_text("utf-8"))["project"] for path in paths]
    assert len(projects) == 5
    assert len({(each["version"], each["requires-python"]) for each in projects}) == 1
    named = [re.findall(r"Python :: (3\.\d+)", str(each["classifiers"])) for each in projects]
    every, lacking = max(named), {"3.14"}  # the converter's library has no build for it
    assert all(set(every) - set(each) <= lacking for each in named)
    assert projects[0]["requires-python"] == f">={every[0]}"
    for name, sentence in {
        "README.md": r"You need Python (\S+) to (\S+)",
        "CONTRIBUTING.md": r"You need Python (\S+) to (\S+),",
        ".ci/versions": r"Every other Python from (\S+) to (\S+) that",
    }.items():
        assert re.findall(sentence, (ROOT / name).read_text("utf-8")) == [(every[0], every[-1])], name
    assert f"for version in {' '.join(every)};" in (ROOT / ".ci" / "versions").read_text("utf-8")
    (image,) = re.findall(r"^FROM python:([\d.]+)-", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert image in every
