"""The page about recipes says what there is, and its example works."""

from __future__ import annotations

import dataclasses
import re
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
NAMED = set(re.findall(r"`([A-Za-z_]+)`", PAGE))


def fields_of(extractor: Any) -> set[str]:
    return {each.name for each in dataclasses.fields(extractor)}


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


@pytest.mark.parametrize("name", [*extractor_names(), *graph_extractor_names()])
def test_tells_every_extractor_with_its_parameters(name: str) -> None:
    assert name in NAMED
    # A spatial pyramid asks for places by itself.
    assert fields_of(named_extractor(name, {})) - {"places"} <= NAMED


@pytest.mark.parametrize("settings", [EncoderSettings, ClassifierSettings])
def test_tells_every_encoder_and_classifier_with_its_parameters(settings: Any) -> None:
    union, _ = get_args(settings)
    for kind in get_args(union):
        assert kind.model_fields["name"].default in NAMED
        assert set(kind.model_fields) - {"name"} <= NAMED


def test_the_example_shows_every_other_key() -> None:
    assert all(key in PAGE for key in Recipe.model_fields)
    for section in ("validation", "rejection", "search", "augmentation", "verification"):
        kind = Recipe.model_fields[section].annotation
        assert kind is not None
        assert all(f"\n{key} = " in PAGE for key in kind.model_fields)  # type: ignore[attr-defined]
