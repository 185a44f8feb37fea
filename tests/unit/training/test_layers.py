"""Layers of a perceptron in a recipe: a list is values to try, a list within it is layers."""

from __future__ import annotations

import numpy as np
import pytest

from training.classifiers.mlp import MlpSettings
from training.recipe import Recipe, RecipeError, parse_recipe


def recipe(hidden: str) -> Recipe:
    text = f"""
extractor = {{name = "color_moments"}}
encoders = [{{name = "vector"}}]
classifiers = [{{name = "mlp", hidden = {hidden}}}]
"""
    return parse_recipe(text, "layers", "layers")


@pytest.mark.parametrize(
    ("hidden", "layers"),
    [("16", [(16,)]), ("[64, 32]", [(64,), (32,)]), ("[[64, 32], 16]", [(64, 32), (16,)])],
)
def test_a_list_is_values_to_try_and_a_list_within_it_is_layers(
    hidden: str, layers: list[tuple[int, ...]]
) -> None:
    found = [each.hidden for each in recipe(hidden).classifiers if isinstance(each, MlpSettings)]
    assert found == layers


@pytest.mark.parametrize("hidden", ["0", "[[]]", "[[16, 0]]", '"two"'])
def test_layers_without_units_are_refused_by_name(hidden: str) -> None:
    with pytest.raises(RecipeError, match=r"classifiers\.mlp\.hidden"):
        recipe(hidden)


def test_the_network_has_the_layers() -> None:
    features = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    network = MlpSettings(hidden=(5, 3), iterations=5).fit(features, np.arange(20) % 2, 0)
    assert [each.shape for each in network.coefs_] == [(6, 5), (5, 3), (3, 1)]
    assert MlpSettings(hidden=(5, 3)).title == "mlp 5-3"
