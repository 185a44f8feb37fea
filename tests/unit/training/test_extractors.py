from __future__ import annotations

import pytest

from training.errors import RecipeError
from training.extractors import feature_kind, flat_parameters, named_extractor
from training.recipe import load_recipe, parse_recipe
from vision.errors import ExtractorNotInstalled, UnknownExtractor

TAIL = '[[classifiers]]\nname = "linear_svm"\n'


def test_recipes_can_name_extractors_of_opencv_and_graphs() -> None:
    assert feature_kind(named_extractor("orb", {})) == "local"
    assert feature_kind(named_extractor("dense_sift", {})) == "local"
    assert feature_kind(named_extractor("lbp+hog", {"hog.cell_px": 32})) == "global"


def test_names_all_extractors_when_there_is_none_of_that_name() -> None:
    with pytest.raises(UnknownExtractor, match=r'no extractor "shift".*akaze.*hog.*sift'):
        named_extractor("shift", {})


def test_says_what_surf_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.extractors.surf.find_spec", lambda name: None)
    with pytest.raises(ExtractorNotInstalled, match="needs mahotas"):
        named_extractor("surf", {})


def test_a_table_in_a_recipe_is_that_extractors_own() -> None:
    assert flat_parameters({"name": "lbp+hog", "lbp": {"grid": 2}}) == {"name": "lbp+hog", "lbp.grid": 2}
    styles = load_recipe("styles")
    assert styles.extractor["lbp.grid"] == 4
    assert styles.create_extractor().parameters["lbp.grid"] == 4


@pytest.mark.parametrize(
    ("extractor", "encoder", "sentence"),
    [
        ("hog", "bovw", "encoder bovw: the extractor hog gives one vector"),
        ("orb", "vector", "encoder vector: the extractor orb gives descriptors"),
    ],
)
def test_refuses_an_encoder_for_the_other_kind_of_features(
    extractor: str, encoder: str, sentence: str
) -> None:
    text = f'[extractor]\nname = "{extractor}"\n[[encoders]]\nname = "{encoder}"\n{TAIL}'
    with pytest.raises(RecipeError, match=sentence):
        parse_recipe(text, "mixed", "mixed.toml")


def test_the_phone_can_run_what_ships_for_it() -> None:
    for name in ("ondevice", "styles"):
        assert load_recipe(name).create_extractor().max_side_px == 512
