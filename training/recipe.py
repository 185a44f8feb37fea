"""Recipes: TOML that names the extractor, encoders and classifiers, and values to try of each parameter."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError, field_validator

from bundle.validation import KINDS, own_words
from training.augmentation.copies import AugmentationSettings
from training.classifiers import ClassifierSettings
from training.classifiers.linear_svm import LinearSvmSettings
from training.combinations import combinations, extractor_tables, titles_of
from training.encoders import EncoderSettings
from training.errors import RecipeError
from training.extractors import (
    AnyExtractor,
    has_positions,
    has_repeatable_keypoints,
    knows_up_from_down,
    named_extractor,
    with_positions,
)
from training.graphs.extractors.imported import NAME as IMPORTED
from training.graphs.extractors.imported import ImportedGraph
from training.graphs.extractors.pixels import Pixels
from training.networks.settings import CnnSettings, missing_library
from training.pairing import mismatch
from training.sections import Rejection, SearchSettings, Validation, VerificationSettings
from training.strict import Strict
from vision.errors import VisionError
from vision.extractors import Parameter


class Recipe(Strict):
    """Everything that training chooses from; a list of values in the TOML is expanded to one entry each.

    Attributes:
        name: Name of the recipe.
        description: What it is for.
        extractor: Name and parameters; where there are several, those of the one at work.
        extractors: All of them where there are several, else empty.
        encoders: Those to try, each with the extractors that it goes with.
        classifiers: Those to try behind each.
        validation: How candidates are compared.
        rejection: When an answer is *not recognised*.
        search: How the search goes through the candidates.
        augmentation: Copies and photographs of the training pictures.
        verification: How undecided answers are verified.
    """

    name: str
    description: str = ""
    extractor: dict[str, Parameter]
    extractors: tuple[dict[str, Parameter], ...] = ()
    encoders: tuple[EncoderSettings, ...] = Field(min_length=1)
    classifiers: tuple[ClassifierSettings, ...] = Field(min_length=1)
    validation: Validation = Validation()
    rejection: Rejection = Rejection()
    search: SearchSettings = SearchSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    verification: VerificationSettings = VerificationSettings()
    _imported: ImportedGraph | None = PrivateAttr(default=None)

    @field_validator("encoders", "classifiers", mode="before")
    @classmethod
    def _expand(cls, tables: object) -> object:
        if not isinstance(tables, list):
            return tables
        return [
            each
            for table in tables
            for each in (combinations(table) if isinstance(table, Mapping) else [table])
        ]

    @property
    def networks(self) -> tuple[CnnSettings, ...]:
        """The convolutional networks among the classifiers."""
        return tuple(each for each in self.classifiers if isinstance(each, CnnSettings))

    def within(self, seconds: float) -> Recipe:
        """Returns the recipe with another time budget for the search; 0 sets no limit."""
        search = self.search.model_copy(update={"time_budget_s": seconds})
        return self.model_copy(update={"search": search})

    def augmented(self, settings: AugmentationSettings) -> Recipe:
        """Returns the recipe with other further versions of every picture."""
        return self.model_copy(update={"augmentation": settings})

    def without_verification(self) -> Recipe:
        """Returns the recipe for a model whose answers are not verified."""
        settings = self.verification.model_copy(update={"exemplars": 0})
        return self.model_copy(update={"verification": settings})

    def with_graph(self, graph: ImportedGraph) -> Recipe:
        """Returns the recipe with an extractor that was trained elsewhere.

        Raises:
            RecipeError: When the recipe has encoders of descriptors, or wants answers verified.
        """
        update = {"extractor": {"name": graph.name, **graph.parameters}, "extractors": ()}
        changed = self.model_copy(update=update)
        changed._imported = graph
        _check(changed, self.name)
        return changed

    def by_extractor(self) -> dict[str, Recipe]:
        """Returns the recipe with each of its extractors at work, by what tells them apart."""
        if not self.extractors:
            return {str(self.extractor.get("name", "")): self}
        found = [self.model_copy(update={"extractor": each}) for each in self.extractors]
        return dict(zip(titles_of(self.extractors), found, strict=True))

    @property
    def fitting_encoders(self) -> tuple[EncoderSettings, ...]:
        """The encoders that go with the extractor at work."""
        extractor = self._plain_extractor()
        return tuple(each for each in self.encoders if not mismatch(each, extractor))

    def create_extractor(self) -> AnyExtractor:
        """Creates the recipe's extractor, with keypoint positions where an encoder divides the picture.

        Raises:
            RecipeError: When there is no extractor of that name, or it refuses a parameter.
        """
        extractor = self._plain_extractor()
        fitting = self.fitting_encoders
        if not any(getattr(each, "pyramid", 0) or getattr(each, "windows", False) for each in fitting):
            return extractor
        name, parameters = self._named()
        return with_positions(name, parameters)

    def _plain_extractor(self) -> AnyExtractor:
        if self._imported is not None:
            return self._imported
        try:
            return named_extractor(*self._named())
        except VisionError as error:
            raise RecipeError(self.name, str(error)) from error

    def _named(self) -> tuple[str, dict[str, Parameter]]:
        parameters = dict(self.extractor)
        return str(parameters.pop("name", "")), parameters


def recipe_names() -> list[str]:
    """Lists the names of the recipes that ship, sorted."""
    return sorted(
        each.name.removesuffix(".toml") for each in _shipped().iterdir() if each.name.endswith(".toml")
    )


def load_recipe(name_or_file: str) -> Recipe:
    """Reads a recipe that ships, or one from a file whose name ends in `.toml`.

    Raises:
        RecipeError: When it is absent, not TOML, or has an unknown key or value; the message names the first
            problem.
    """
    if name_or_file.endswith(".toml"):
        source = Path(name_or_file)
        try:
            text = source.read_text("utf-8")
        except OSError as error:
            raise RecipeError(name_or_file, f"cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise RecipeError(name_or_file, "is not text in UTF-8") from error
        return parse_recipe(text, source.stem, name_or_file)
    if name_or_file not in recipe_names():
        near = get_close_matches(name_or_file, recipe_names(), n=1)
        hint = f". Did you mean {near[0]}?" if near else ""
        names = ", ".join(recipe_names())
        raise RecipeError(name_or_file, f"is neither one of {names} nor a .toml file{hint}")
    return parse_recipe((_shipped() / f"{name_or_file}.toml").read_text("utf-8"), name_or_file, name_or_file)


def parse_recipe(text: str, name: str, source: str) -> Recipe:
    """Parses a recipe in TOML; raises RecipeError, which names the first problem."""
    try:
        raw = tomllib.loads(text)
        tables = extractor_tables(raw) if _names_extractors(raw) else []
        if tables:
            raw = {key: value for key, value in raw.items() if key != "extractors"}
            raw["extractor"] = tables[0]
            if len(tables) > 1:
                raw["extractors"] = tables
        recipe = Recipe.model_validate({"name": name, **raw})
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(source, f"is not TOML: {error}") from error
    except ValidationError as error:
        raise RecipeError(source, _first_problem(error)) from error
    except (VisionError, ValueError) as error:
        raise RecipeError(source, str(error)) from error
    if recipe.extractor.get("name") != IMPORTED:  # what it gives is known after `with_graph`
        _check(recipe, source)
    return recipe


def _names_extractors(raw: Mapping[str, Any]) -> bool:
    """Whether there is something to expand; what is missing or no table is told with all other problems."""
    return "extractors" in raw or isinstance(raw.get("extractor"), Mapping)


def _check_networks(recipe: Recipe, extractor: AnyExtractor, source: str) -> None:
    if not recipe.networks:
        return
    if extractor.name != Pixels.name or any(
        getattr(each, "scaling", "") != "none" for each in recipe.encoders
    ):
        raise RecipeError(
            source,
            "classifier cnn: looks at the picture itself, which it gets from the extractor pixels and the "
            'encoder vector with scaling = "none"',
        )
    if missing := missing_library():
        hint = "pip install 'lienzo[cnn]'"
        raise RecipeError(source, f"classifier cnn needs {missing}, which is not installed: {hint}")


def _check(recipe: Recipe, source: str) -> None:
    unused = dict.fromkeys(range(len(recipe.encoders)), "")
    for alone in recipe.by_extractor().values():
        extractor = alone.create_extractor()
        problems = [mismatch(each, extractor) for each in recipe.encoders]
        if all(problems):
            raise RecipeError(source, problems[0])
        unused = {number: problems[number] for number in unused if problems[number]}
        _check_networks(alone, extractor, source)
        _check_verification(alone, extractor, source)
        _check_augmentation(alone, extractor, source)
    for problem in unused.values():
        raise RecipeError(source, problem)


def _check_augmentation(recipe: Recipe, extractor: AnyExtractor, source: str) -> None:
    wanted = recipe.augmentation
    for key in ("turned", "mirrored"):
        if getattr(wanted, key) and not knows_up_from_down(extractor):
            problem = f"the extractor {extractor.name} cannot tell a turned picture, dense_sift alone can"
            raise RecipeError(source, f"augmentation.{key}: {problem}")
    others = [each.name for each in recipe.classifiers if not isinstance(each, LinearSvmSettings)]
    if wanted.rare and others:
        key = "details" if wanted.details else "mirrored"
        problem = (
            f"the classifier {others[0]} cannot count some copies less than others, linear_svm alone can"
        )
        raise RecipeError(source, f"augmentation.{key}: {problem}")


def _check_verification(recipe: Recipe, extractor: AnyExtractor, source: str) -> None:
    if not recipe.verification.exemplars:
        return
    if not has_repeatable_keypoints(extractor):
        problem = f"the extractor {extractor.name} has no keypoints that another photo shows again"
    elif has_positions(extractor):
        problem = (
            "a spatial pyramid or windows append places to descriptors, which differ from photo to photo"
        )
    else:
        return
    raise RecipeError(source, f"verification.exemplars: {problem}")


def _shipped() -> Any:
    return resources.files("training") / "recipes"


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    # Table and key, without the index in the expanded list, which the author of the file does not know.
    where = ".".join(str(each) for each in first["loc"] if not isinstance(each, int))
    if first["type"] == "extra_forbidden":
        return f"{where} is not known"
    if first["type"] == "too_short":
        return f"{where} is empty"
    if first["type"] == "missing":
        return f"{where} is missing"
    if first["type"] == "union_tag_invalid":
        context = first.get("ctx", {})
        return f'{where}: no "{context.get("tag")}". There are: {context.get("expected_tags")}'
    if wanted := KINDS.get(first["type"]):
        return f"{where} should be {wanted}, not {first['input']!r}"
    message = own_words(first["msg"]).removeprefix("Input ")
    return f"{where} {message}, not {first['input']!r}"
