"""Every shipped recipe behind every classifier, from training to the phone: same answers, sizes, seconds.

    python -m benchmarks.coreml_recipes ../shared/data

Twenty classes of five paintings each: the nineteen of `artworks19` and one genre of `genres4`. Each recipe's
first encoder is trained with one classifier at a time, the bundle is written as `lienzo train` writes it but
for the report, and exported as `lienzo export --to coreml --parity` does: scikit-learn, onnxruntime and the
interpreter answer about all hundred pictures, the golden files and the edge pictures. `--smaller` asks for
fp16 and for weights in 8 bits too.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import cv2
from pydantic import TypeAdapter

from benchmarks.command_line import new_parser
from export.model import model_files, write_model
from export.parity.samples import edge_pictures, pictures_of
from export.phone.package import PackageOptions, export_package
from export.pipeline import read_pipeline
from lienzo_coreml.errors import CoreMLError
from training.classifiers import ClassifierSettings
from training.imagesets.imageset import ImageSet, read_image_set
from training.recipe import Recipe, load_recipe, parse_recipe, recipe_names
from training.trainer import train

PER_CLASS = 5
CLASSIFIERS = {
    "linear SVM": {"name": "linear_svm"},
    "RBF SVM": {"name": "rbf_svm"},
    "polynomial SVM": {"name": "poly_svm"},
    "logistic regression": {"name": "logistic_regression"},
    "random forest": {"name": "random_forest", "trees": 101},
    "AdaBoost": {"name": "adaboost", "trees": 31},
    "decision tree": {"name": "decision_tree"},
    "gradient boosting": {"name": "gradient_boosting", "rounds": 20},
    "k-NN": {"name": "knn"},
    "naive Bayes": {"name": "naive_bayes"},
    "MLP": {"name": "mlp"},
    "soft vote": {"name": "vote", "members": [{"name": "linear_svm"}, {"name": "knn"}, {"name": "mlp"}]},
}
# The nearest template: what a course starts with.
TRAINED = [name for name in recipe_names() if name not in ("cnn", "cnn-small", "cnn-large", "embeddings")]
"""Recipes that need no network, neither from elsewhere nor trained for minutes."""
TEMPLATES = {
    f"templates, {pixels}": f"""
extractor = {{name = "{pixels}"}}
encoders = [{{name = "vector"}}]
classifiers = [{{name = "knn", neighbors = 1}}]
"""
    for pixels in ("pixels", "binary_pixels")
}
FURTHER = {
    "joined, OpenCV": """
extractor = {name = "rootsift+color_histogram", color_histogram.bins = 4}
encoders = [{name = "joined", local = {name = "vlad", words = 32, components = 32}}]
classifiers = [{name = "linear_svm"}]
""",
    "joined, graphs": """
extractor = {name = "dense_sift+color_histogram", dense_sift.side_px = 128, color_histogram.bins = 4}
encoders = [{name = "joined", local = {name = "bovw", words = 100}}]
classifiers = [{name = "linear_svm"}]
""",
    "components of pixels": """
extractor = {name = "pixels", side_px = 32}
encoders = [{name = "pca", components = 40, behind = {name = "vector"}}]
classifiers = [{name = "rbf_svm"}]
""",
    "components of words": """
extractor = {name = "rootsift"}
encoders = [{name = "pca", components = 40, whiten = true, behind = {name = "bovw", words = 200}}]
classifiers = [{name = "logistic_regression"}]
""",
}
"""What no shipped recipe has, with one classifier each."""
ALONE = {**TEMPLATES, **FURTHER}
SMALLER = (
    PackageOptions(precision="fp16"),
    PackageOptions(quantize="int8"),
    PackageOptions(quantize="palette8"),
)


def gather(data: Path, folder: Path) -> ImageSet:
    """Twenty classes of five pictures, as links."""
    classes = [*sorted((data / "artworks19").iterdir()), sorted((data / "genres4").iterdir())[0]]
    for each in classes:
        (folder / each.name).mkdir(parents=True)
        pictures = sorted(each.glob("*.jpg"))
        for picture in pictures[:: len(pictures) // PER_CLASS][:PER_CLASS]:
            (folder / each.name / picture.name).symlink_to(picture.resolve())
    return read_image_set(folder)


def variants(names: list[str], classifiers: list[str]) -> Iterator[tuple[str, str, Recipe]]:
    """Recipe's name, classifier's name, and the recipe with that classifier alone."""
    quick = {"folds": 2, "class_rounds": 2}
    adapter: TypeAdapter[ClassifierSettings] = TypeAdapter(ClassifierSettings)
    for name in names:
        if name in ALONE:
            recipe = parse_recipe(ALONE[name], name, name)
            yield (
                name,
                "nearest" if name in TEMPLATES else recipe.classifiers[0].title,
                recipe.model_copy(update={"validation": recipe.validation.model_copy(update=quick)}),
            )
            continue
        recipe = load_recipe(name)
        for title in classifiers:
            settings = CLASSIFIERS[title]
            yield (
                name,
                title,
                recipe.model_copy(
                    update={
                        "encoders": recipe.encoders[:1],
                        "classifiers": (adapter.validate_python(settings),),
                        "validation": recipe.validation.model_copy(update=quick),
                    }
                ),
            )


def measure(recipe: Recipe, image_set: ImageSet, folder: Path, smaller: bool) -> str:
    """A line of the table."""
    model = train(image_set, recipe, folder / "cache", jobs=2)
    files, parity = model_files(model, image_set)
    bundle = write_model(
        model, image_set, folder / "models", "model", datetime.now(UTC), files, parity
    ).folder

    def export(options: PackageOptions) -> tuple[str, float]:
        start = time.process_time()
        pipeline = read_pipeline(bundle)
        samples = chain(pictures_of(image_set.root, pipeline.extractor.max_side_px), edge_pictures())
        exported = export_package(pipeline, samples, options, folder / "out" / "model.mlpackage")
        compared = exported.parity
        learnt = max(each.scikit_learn or 0.0 for each in compared.answers)
        phone = max(each.core_ml or 0.0 for each in compared.answers)
        asked = sum(each.scikit_learn is not None for each in compared.answers)
        text = (
            f"{compared.same_label:4} of {compared.pictures} ({asked} by scikit-learn)  {learnt:.1e}  "
            f"{phone:.1e}  {exported.size_bytes / 1e6:6.2f} MB"
        )
        return text, time.process_time() - start

    lines = []
    for options in (PackageOptions(), *(SMALLER if smaller else ())):
        try:
            text, seconds = export(options)
            text += f"  {seconds:5.1f} s"
        except CoreMLError as error:
            text = f"refused: {error}"
        lines.append(f"{options.quantize or options.precision:9} {text}")
    return ("\n" + " " * 46).join(lines)


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--recipe", action="append", choices=[*TRAINED, *ALONE])
    parser.add_argument("--classifier", action="append", choices=CLASSIFIERS)
    parser.add_argument("--smaller", action="store_true", help="fp16, int8 and palette8 too")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="lienzo-recipes-") as name:
        image_set = gather(arguments.data, Path(name) / "pictures")
        print(f"{len(image_set.pictures)} pictures, {len(image_set.labels)} classes; same label everywhere,")
        print("largest difference ONNX–scikit-learn, Core ML–ONNX, size, processor seconds of the export")
        names, classifiers = arguments.recipe or [*TRAINED, *ALONE], arguments.classifier
        for recipe, classifier, chosen in variants(names, classifiers or list(CLASSIFIERS)):
            line = measure(chosen, image_set, Path(name), arguments.smaller)
            print(f"{recipe:24} {classifier:20} {line}", flush=True)


if __name__ == "__main__":
    main()
