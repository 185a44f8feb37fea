from __future__ import annotations

import numpy as np
import pytest

from training.descriptors.extraction import DescriptorSet
from training.encoders.vector import VectorSettings
from training.errors import RecipeError
from training.extractors import feature_kind, flat_parameters, named_extractor
from training.recipe import load_recipe, parse_recipe
from vision.errors import ExtractorNotInstalled, InvalidExtractorParameter, UnknownExtractor

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


def test_joins_descriptors_of_one_extractor_at_most() -> None:
    with pytest.raises(InvalidExtractorParameter, match="descriptors: sift and orb, at most one may"):
        named_extractor("sift+orb", {})


def colored(count: int) -> DescriptorSet:
    vectors = np.random.default_rng(0).normal([3, -1, 7], [2, 0.1, 0], (count, 1, 3)).astype(np.float32)
    return DescriptorSet.packed(list(vectors), 3)


def test_every_element_of_a_vector_counts_the_same() -> None:
    vectors, learnt = colored(50), np.arange(0, 50, 2)
    scaled = VectorSettings().fit(vectors, learnt, 0).encode(vectors)
    np.testing.assert_allclose(scaled[learnt].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled[learnt].std(axis=0), [1, 1, 0], atol=1e-5)
    assert not scaled[:, 2].any()  # What never changes says nothing.
    kept = vectors.values[learnt].astype(np.float64)
    expected = (vectors.values[:, :2] - kept.mean(axis=0)[:2]) / kept.std(axis=0)[:2]
    np.testing.assert_allclose(scaled[:, :2], expected, atol=1e-4)


def test_a_vector_can_stay_as_it_is() -> None:
    vectors = colored(10)
    encoder = VectorSettings(scaling="none")
    np.testing.assert_array_equal(encoder.fit(vectors, np.arange(5), 0).encode(vectors), vectors.values)
    assert encoder.title == "vector, unscaled"


@pytest.mark.parametrize("space", ["rgb", "hsv", "lab"])
@pytest.mark.parametrize(("axes", "size"), [(1, 3 * 8), (2, 3 * 64), (3, 512)])
def test_recipes_reach_every_histogram_of_colours(space: str, axes: int, size: int) -> None:
    recipe = parse_recipe(
        f'extractor = {{name = "color_histogram", space = "{space}", axes = {axes}}}\n'
        'encoders = [{name = "vector"}]\nclassifiers = [{name = "linear_svm"}]',
        "colors",
        "colors",
    )
    assert recipe.create_extractor().dimension == size


def test_the_phone_can_run_what_ships_for_it() -> None:
    for name in ("ondevice", "styles"):
        assert load_recipe(name).create_extractor().max_side_px == 512
