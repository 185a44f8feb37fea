"""What each extractor of colour and each encoder reaches, one after the other on the same folds.

    python -m benchmarks.variations colors genres4
    python -m benchmarks.variations encoders artworks19

Accuracy is cross-validated with near duplicates on one side, and drawn strangers are trained on, as in
`lienzo train`; behind an extractor the better of two classifiers counts, behind an encoder the linear SVM.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2

from benchmarks.command_line import add_image_set, new_parser
from benchmarks.trained import held_out_folds, pictures_of
from export.classifier.graph import classifier_size
from training.descriptors.cache import default_cache
from training.gathering import gather_descriptors
from training.imagesets.imageset import ImageSet
from training.openset.heldout import with_others
from training.recipe import Recipe, parse_recipe
from training.search.attempt import Candidate
from training.search.cross_validation import cross_validate
from training.search.selection import Standing, ranked, stand
from training.search.workbench import Workbench

SPACES = ("rgb", "hsv", "lab")
ENCODERS = (
    *(f'{{name = "bovw", words = 200, weighting = "{each}"}}' for each in ("counts", "l1", "tfidf")),
    '{name = "bovw", words = 200, weighting = "hellinger"}',
    '{name = "bovw", words = 200, weighting = "hellinger", softness = 0.1}',
    *(f'{{name = "bovw", words = 200, weighting = "hellinger", pyramid = {each}}}' for each in (1, 2)),
    '{name = "vlad", words = 64, components = 64}',
    '{name = "vlad", words = 64, components = 64, pyramid = 1}',
    '{name = "fisher", gaussians = 32, components = 64}',
    '{name = "fisher", gaussians = 32, components = 64, pyramid = 1}',
)


def color_extractors() -> Iterator[str]:
    """Recipes' extractors, as tables of TOML."""
    for axes, bins in ((1, 32), (2, 8), (3, 8)):
        for space in SPACES:
            yield f'{{name = "color_histogram", axes = {axes}, bins = {bins}, space = "{space}"}}'
    yield from (f'{{name = "color_moments", grid = 4, space = "{space}"}}' for space in SPACES)
    yield from (f'{{name = "pixels", channels = "{each}"}}' for each in ("luma", "rgb"))
    yield from (f'{{name = "binary_pixels", method = "{each}"}}' for each in ("otsu", "fixed"))
    yield '{name = "color_histogram+color_moments", color_histogram.axes = 1, color_moments.grid = 4}'


def color_recipes() -> Iterator[tuple[str, Recipe]]:
    for extractor in color_extractors():
        trimmed = extractor[:-1] + ', border = "trim"}'
        text = (
            f'extractor = {trimmed}\nencoders = [{{name = "vector"}}]\n'
            'augmentation = {tested = "nothing"}\n'
            'classifiers = [{name = "linear_svm", C = 0.003}, {name = "random_forest"}]'
        )
        yield extractor, parse_recipe(text, "colors", extractor)


def encoder_recipes() -> Iterator[tuple[str, Recipe]]:
    for encoder in ENCODERS:
        for extractor in ("rootsift", "orb") if encoder == ENCODERS[3] else ("rootsift",):
            text = (
                f'extractor = {{name = "{extractor}"}}\nencoders = [{encoder}]\n'
                'augmentation = {tested = "nothing"}\n'
                'classifiers = [{name = "linear_svm"}]'
            )
            yield f"{extractor}: {encoder}", parse_recipe(text, "encoders", encoder)


def best_candidate(image_set: ImageSet, recipe: Recipe, jobs: int) -> Standing:
    labelled = gather_descriptors(image_set, recipe, default_cache(), 0, jobs)
    folds = with_others(held_out_folds(image_set, 0), labelled.strangers)
    candidates = [Candidate(each, other) for each in recipe.encoders for other in recipe.classifiers]
    found = cross_validate(candidates, labelled, folds, Workbench(jobs=jobs, size_of=classifier_size))
    return ranked([stand(*each, labelled.targets, folds) for each in found.items()])[0]


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("what", choices=("colors", "encoders"))
    add_image_set(parser)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    image_set = pictures_of(arguments.data, arguments.jobs)
    recipes = color_recipes() if arguments.what == "colors" else encoder_recipes()
    for title, recipe in recipes:
        best = best_candidate(image_set, recipe, arguments.jobs)
        named = title.replace('"', "").replace("{", "").replace("}", "")
        # Line by line: the whole takes a while.
        print(
            f"{best.accuracy:.3f} ± {best.deviation:.3f}  log loss {best.log_loss:.2f}  "
            f"{best.size_bytes / 1e3:6,.0f} kB  {best.candidate.classifier.title:13}  {named}",
            flush=True,
        )


if __name__ == "__main__":
    main()
