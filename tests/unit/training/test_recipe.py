from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from training.encoders.local import LocalEncoder
from training.errors import RecipeError
from training.recipe import load_recipe, parse_recipe, recipe_names

SMALL = """
[extractor]
name = "sift"
[[encoders]]
name = "bovw"
words = [50, 150]
[[classifiers]]
name = "rbf_svm"
C = [1.0, 10.0]
gamma = [0.5, 1.0]
"""


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_that_ships_can_be_read(name: str) -> None:
    assert load_recipe(name).description.endswith(".")


def test_lists_become_one_candidate_for_each_combination() -> None:
    recipe = parse_recipe(SMALL, "small", "small.toml")
    assert [each.title for each in recipe.encoders] == ["bovw 50", "bovw 150"]
    assert len(recipe.classifiers) == 4


def test_reads_a_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SMALL)
    assert load_recipe(str(tmp_path / "mine.toml")).name == "mine"
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(str(tmp_path / "other.toml"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("words =", "wrods ="), "recipe small: encoders.bovw.wrods is not known"),
        (('"bovw"', '"bow"'), 'encoders: no "bow". There are: .*bovw'),
        (("[50, 150]", "[50, 1]"), "encoders.bovw.words should be greater than or equal to 2, not 1"),
        (('"sift"', '"shift"'), 'no extractor "shift"'),
        (('name = "sift"', 'name = "sift"\nside = 3'), "sift: side is not a parameter"),
        (("[extractor]", "[extracter]"), "extractor is missing|extracter is not known"),
        (("[[classifiers]]", "[[classifiers"), "is not TOML"),
        (("[extractor]", "folds = 3\n[extractor]"), "folds is not known"),
        (("[50, 150]", "[]"), r"encoders.bovw.words should be a whole number, not \[\]"),
        (("[50, 150]", '["many"]'), "encoders.bovw.words should be a whole number, not 'many'"),
        (("[extractor]", "validation = 3\n[extractor]"), "validation should be a table, not 3"),
        (
            ("[extractor]", "augmentation = {turned = 7}\n[extractor]"),
            "turned should be true or false, not 7",
        ),
        (("[extractor]", "[search]\nhalving = 1\n[extractor]"), "search.halving is 0 .off. or the factor"),
        (("[extractor]", "[search]\ntime_budget_s = -1\n[extractor]"), "search.time_budget_s should be"),
    ],
)
def test_names_the_first_thing_that_is_wrong(change: tuple[str, str], sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        parse_recipe(SMALL.replace(*change), "small", "small")


def test_refuses_binary_descriptors_where_only_real_numbers_make_sense() -> None:
    text = SMALL.replace('"sift"', '"orb"').replace('name = "bovw"\nwords = [50, 150]', 'name = "vlad"')
    with pytest.raises(
        RecipeError, match="encoder vlad: the extractor orb gives binary descriptors, which only bovw"
    ):
        parse_recipe(text, "small", "small")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ('"sift"', '"dense_sift"'),
            "the extractor dense_sift has no keypoints that another photo shows again",
        ),
        (('"sift"', '"daisy"'), "the extractor daisy has no keypoints that another photo shows again"),
        (("words", "pyramid = 2\nwords"), "a spatial pyramid or windows append places"),
    ],
)
def test_refuses_verification_where_nothing_repeats(change: tuple[str, str], problem: str) -> None:
    text = SMALL.replace(*change)
    with pytest.raises(RecipeError, match=f"recipe small: verification.exemplars: {problem}"):
        parse_recipe(f"verification = {{exemplars = 2}}\n{text}", "small", "small")
    assert not parse_recipe(text, "small", "small").verification.exemplars


def test_suggests_a_recipe_of_a_similar_name() -> None:
    with pytest.raises(
        RecipeError, match=r"is neither one of artworks, .*tutorial.* Did you mean artworks\?"
    ):
        load_recipe("artwork")


@pytest.mark.parametrize("extractor", ["sift", "orb", "dense_sift"])
def test_a_spatial_pyramid_asks_its_extractor_for_places(extractor: str) -> None:
    text = SMALL.replace('"sift"', f'"{extractor}"')
    plain = parse_recipe(text, "small", "small").create_extractor()
    with_pyramid = parse_recipe(text.replace("words", "pyramid = [0, 2]\nwords"), "small", "small")
    assert with_pyramid.create_extractor().dimension == plain.dimension + 2
    assert [each.title for each in with_pyramid.encoders][1::2] == ["bovw 150", "bovw 150, 4 × 4 cells"]


def test_refuses_a_spatial_pyramid_where_there_are_no_places() -> None:
    text = SMALL.replace('"sift"', '"hog"').replace("words", "pyramid = 2\nwords")
    with pytest.raises(RecipeError, match="encoder bovw: the extractor hog gives one vector, which goes"):
        parse_recipe(text, "small", "small")
    with pytest.raises(RecipeError, match=r"encoders\.vector\.pyramid is not known"):
        parse_recipe(text.replace('"bovw"', '"vector"').replace("words = [50, 150]", ""), "small", "small")


WINDOWS = """
extractor = {name = "dense_sift"}
encoders = [{name = "vlad", words = 8, windows = true}]
classifiers = [{name = "linear_svm"}]
"""


def test_windows_ask_their_extractor_for_places() -> None:
    recipe = parse_recipe(WINDOWS, "small", "small")
    assert recipe.create_extractor().dimension == 130
    assert recipe.encoders[0].title == "vlad 8, windows"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('"dense_sift"', '"rootsift"'), "which rootsift does not give"),
        (("words", "pyramid = 1, words"), "windows go with pyramid = 0"),
        (('{name = "vlad"', '{name = "pca", behind = {name = "vlad"'), "encoder pca: takes no vlad with"),
    ],
)
def test_refuses_windows_where_descriptors_lie_elsewhere_or_are_divided_already(
    change: tuple[str, str], problem: str
) -> None:
    text = WINDOWS.replace(*change)
    if "behind" in text:
        text = text.replace("true}]", "true}}]")
    with pytest.raises(RecipeError, match=problem):
        parse_recipe(text, "small", "small")


JOINED = """
extractor = {name = "rootsift+color_histogram", rootsift.max_keypoints = 50}
[[encoders]]
name = "joined"
local = {name = "vlad", words = [8, 16]}
weight = [0.5, 1.0]
[[classifiers]]
name = "linear_svm"
"""


@pytest.mark.parametrize("name", [kind.model_fields["name"].default for kind in get_args(LocalEncoder)])
def test_every_encoder_of_descriptors_goes_beside_a_vector_and_before_components(name: str) -> None:
    beside = JOINED.replace('local = {name = "vlad", words = [8, 16]}', f'local = {{name = "{name}"}}')
    assert beside != JOINED
    assert [each.name for each in parse_recipe(beside, "joined", "joined").encoders] == ["joined", "joined"]
    before = f'name = "pca"\nbehind = {{ name = "{name}" }}'
    (reduced,) = parse_recipe(SMALL.replace('name = "bovw"\nwords = [50, 150]', before), "s", "s").encoders
    assert reduced.name == "pca"


SEVERAL = """
[[extractors]]
name = "rootsift"
max_keypoints = [300, 500]
[[extractors]]
name = "lbp"
radii_px = [[1], [1, 2]]
[[extractors]]
name = "hog"
[[encoders]]
name = "vlad"
[[encoders]]
name = "pca"
components = [4, 8]
behind = {name = "vector"}
[[classifiers]]
name = "linear_svm"
"""


def test_lists_in_a_table_within_an_encoder_are_values_to_try() -> None:
    recipe = parse_recipe(JOINED, "joined", "joined")
    assert [each.title for each in recipe.encoders] == [
        "vlad 8 + 0.5 vector",
        "vlad 8 + 1 vector",
        "vlad 16 + 0.5 vector",
        "vlad 16 + 1 vector",
    ]
    extractor = recipe.create_extractor()
    assert (extractor.name, extractor.dimension) == ("rootsift+color_histogram", 128)
    with_cells = parse_recipe(JOINED.replace("words =", "pyramid = 1, words ="), "joined", "joined")
    assert with_cells.create_extractor().dimension == 130


def test_several_extractors_have_the_encoders_that_go_with_them() -> None:
    recipe = parse_recipe(SEVERAL, "several", "several")
    found = recipe.by_extractor()
    assert list(found) == [
        "rootsift, max_keypoints 300",
        "rootsift, max_keypoints 500",
        "lbp, radii_px [1]",
        "lbp, radii_px [1, 2]",
        "hog",
    ]
    assert [len(each.fitting_encoders) for each in found.values()] == [1, 1, 2, 2, 2]
    assert [each.create_extractor().name for each in found.values()][::2] == ["rootsift", "lbp", "hog"]


def test_a_list_of_values_of_one_extractor_makes_several() -> None:
    text = SMALL.replace('name = "sift"', 'name = "sift"\nsigma = [1.2, 1.6]')
    assert list(parse_recipe(text, "small", "small").by_extractor()) == ["sift, sigma 1.2", "sift, sigma 1.6"]
    plain = parse_recipe(SMALL, "small", "small")
    assert (plain.extractors, list(plain.by_extractor())) == ((), ["sift"])


@pytest.mark.parametrize(
    ("text", "change", "sentence"),
    [
        (SEVERAL, ("300, 500", "300, 300"), "has the extractor rootsift, max_keypoints 300 twice"),
        (SEVERAL, ("[300, 500]", "[]"), "extractor.max_keypoints is an empty list"),
        (SEVERAL, ("300, 500", ", ".join(map(str, range(100, 160)))), "has more than 50 extractors"),
        (SEVERAL, ("300, 500", "300, 0"), "rootsift: max_keypoints is a whole number from 1 to 20000, not 0"),
        (SEVERAL, ('name = "hog"', 'name = "hug"'), 'no extractor "hug"'),
        (
            SEVERAL,
            ('name = "hog"', 'name = ["hog"]'),
            "extractor.name is a list; several extractors are tables",
        ),
        (SEVERAL, ("[[extractors]]", "[extractor]"), "is not TOML|has both extractor and extractors"),
        (
            SEVERAL,
            ('name = "vlad"', 'name = "joined"\nlocal = {name = "vlad"}'),
            "rootsift gives descriptors",
        ),
        (SEVERAL, ('name = "hog"', 'name = "orb"'), "orb gives binary descriptors, which only bovw takes"),
        (SMALL, ("[extractor]", 'extractors = "sift"\n[x]'), "extractors is a list of tables"),
        (JOINED, ('"joined"', '"vector"'), "encoders.vector.local is not known"),
        (JOINED, ("0.5,", "0.0,"), "encoders.joined.weight should be greater than 0"),
        (JOINED, ("vlad", "vector"), 'encoders.joined.local: no "vector". There are: .*bovw'),
        (JOINED, ("rootsift+", "sift+orb+"), "have descriptors: sift and orb"),
        (JOINED, ("rootsift.max_keypoints = 50", "lbp.grid = 2"), "lbp.grid is not a parameter"),
    ],
)
def test_extractors_and_grids_that_make_no_sense_are_refused(
    text: str, change: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(RecipeError, match=sentence) as refused:
        parse_recipe(text.replace(*change, 1), "wrong", "wrong")
    assert "\n" not in str(refused.value)


def test_descriptors_with_a_vector_need_the_encoder_that_joins_them() -> None:
    text = JOINED.replace(
        'name = "joined"\nlocal = {name = "vlad", words = [8, 16]}\nweight = [0.5, 1.0]', 'name = "vlad"'
    )
    with pytest.raises(
        RecipeError, match=r"encoder vlad: .* gives descriptors and a vector, .* encoder joined"
    ):
        parse_recipe(text, "wrong", "wrong")
