"""The page about recipes says what there is, and its example works."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from training.classifiers import ClassifierSettings
from training.encoders import EncoderSettings
from training.extractors import named_extractor
from training.graphs.extractors.registry import graph_extractor_names
from training.recipe import Recipe, parse_recipe
from vision.extractors import extractor_names

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "recipes.md").read_text("utf-8")
# What the page says once above each of its two tables of extractors.
SHARED = {"max_side_px", "max_keypoints", "side_px", "border"}
# A spatial pyramid asks for places by itself.
UNTOLD = {"places"}
NEEDS_A_LIBRARY = {"surf"}


def rows_of(heading: str) -> Iterator[tuple[str, set[str]]]:
    """The rows of the tables below a heading: a name, and its parameters without their values."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0].split("\n### ")[0]
    for line in section.splitlines():
        cells = [each.strip() for each in line.strip("|").split(" | ")]
        if line.startswith("| `"):
            parameters = re.sub(r"\([^()]*\)", "", cells[-1])
            for name in re.findall(r"`(\w+)`", cells[0]):
                yield name, set(re.findall(r"`(\w+)`", parameters))


def kinds_of(settings: Any) -> dict[str, set[str]]:
    union, _ = get_args(settings)
    return {kind.model_fields["name"].default: {*kind.model_fields} - {"name"} for kind in get_args(union)}


def parameters_of(extractor: Any) -> set[str]:
    return {each.name for each in dataclasses.fields(extractor)} - UNTOLD - SHARED


def test_the_example_can_be_trained() -> None:
    example, joined, several, classic, network = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    recipe = parse_recipe(example, "example", "recipes.md")
    assert len(recipe.encoders) == 5
    assert len(recipe.classifiers) == 3
    assert recipe.create_extractor().dimension == 130
    assert len(parse_recipe(joined, "joined", "recipes.md").encoders) == 4
    assert len(parse_recipe(several, "several", "recipes.md").by_extractor()) == 4
    assert parse_recipe(classic, "classic", "recipes.md").create_extractor().dimension == 64 * 64
    assert parse_recipe(network, "network", "recipes.md").networks[0].title == "cnn residual 16-32-64-128"


@pytest.mark.parametrize(
    ("heading", "there_are"),
    [
        (
            "Extractors",
            {
                name: parameters_of(named_extractor(name, {}))
                for name in [*extractor_names(), *graph_extractor_names()]
            },
        ),
        ("Encoders", kinds_of(EncoderSettings)),
        ("Classifiers", kinds_of(ClassifierSettings)),
    ],
    ids=["Extractors", "Encoders", "Classifiers"],
)
def test_each_table_has_a_row_for_everything_with_its_parameters(
    heading: str, there_are: dict[str, set[str]]
) -> None:
    told = dict(rows_of(heading))
    table = f'docs/recipes.md, "{heading}"'
    assert sorted(there_are.keys() - told.keys()) == [], f"{table}: no row for these"
    assert sorted(told.keys() - there_are.keys() - NEEDS_A_LIBRARY) == [], f"{table}: these do not exist"
    for name, parameters in there_are.items():
        assert sorted(parameters - told[name]) == [], f"{table}: the row of {name} lacks these"
        assert sorted(told[name] - parameters - SHARED) == [], f"{table}: {name} does not have these"


def test_the_example_shows_every_other_key() -> None:
    assert [key for key in Recipe.model_fields if key not in PAGE] == []
    for section in ("validation", "rejection", "search", "augmentation", "verification"):
        kind: Any = Recipe.model_fields[section].annotation
        missing = [key for key in kind.model_fields if f"\n{key} = " not in PAGE]
        assert missing == [], f"docs/recipes.md: the example's [{section}] lacks these"
