"""Convolutional networks on scikit-learn's digits of 8 × 8 pixels: learning, stopping, resuming, refusing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.support.full_disk import largest_file
from tests.support.networks import DEEP, PLAIN, RESIDUAL, SHORT
from training.descriptors.cache import watched_cache
from training.errors import RecipeError, TrainingError
from training.graphs.session import GraphSession
from training.networks.checkpoints import open_run
from training.networks.course import Course, Epoch
from training.networks.design import design_for
from training.networks.fitted import ConvolutionalNetwork
from training.networks.run import TrainingRun
from training.networks.settings import CnnSettings
from training.recipe import load_recipe, parse_recipe

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("settings", [RESIDUAL, DEEP, PLAIN], ids=["residual", "deep", "plain"])
def test_learns_digits_and_onnxruntime_answers_as_pytorch(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]], settings: CnnSettings
) -> None:
    from export.classifier.head import build_head

    pixels, targets = digits
    lines: list[str] = []
    network = settings.fit(pixels[:500], targets[:500], 0, TrainingRun("digits", tell=lines.append))
    scores = network.decision_function(pixels[-300:])
    assert (network.classes_[scores.argmax(axis=1)] == targets[-300:]).mean() >= 0.8
    assert network.losses_.shape == network.accuracies_.shape == (settings.epochs, 2)
    assert network.losses_[-1, 0] < 0.6 * network.losses_[0, 0]
    assert len(lines) == settings.epochs
    assert lines[0].startswith(
        f"digits: epoch 1 of {settings.epochs}, loss {network.losses_[0, 0]:.3f}, validation "
    )
    session = GraphSession(build_head(network, 64))
    computed = np.concatenate([session.run(each[None]) for each in pixels[-300:]])
    assert np.abs(computed - scores).max() <= 1e-5 * max(1, np.abs(scores).max())
    assert (computed.argmax(axis=1) == scores.argmax(axis=1)).all()


def test_long_trainings_say_after_an_epoch_how_long_the_rest_may_take() -> None:
    course = Course.begin(
        design_for("plain", (4, 8), 1, 0, 64, 3), CnnSettings(epochs=61), 0, torch.device("cpu")
    )
    course.epochs.append(Epoch((1.0, 1.0), (0.5, 0.5)))
    assert course.pace(0.9) == ""
    assert course.pace(14.04) == "; 14.0 s an epoch on this processor, up to 14 min for the rest"
    assert course.pace(90) == "; 90.0 s an epoch on this processor, up to 1.5 h for the rest"


class Killed(Exception):
    """Stands for a process that is killed after an epoch."""


def interrupted(after: int) -> TrainingRun:
    def tell(line: str) -> None:
        if f"epoch {after + 1} of" in line:
            raise Killed

    return TrainingRun("digits", tell=tell)


def test_a_killed_training_resumes_and_ends_as_one_that_was_not(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]], tmp_path: Path
) -> None:
    pixels, targets = (each[:120] for each in digits)
    whole = SHORT.fit(pixels, targets, 3)
    with pytest.raises(Killed):
        SHORT.fit(pixels, targets, 3, replace(interrupted(2), checkpoints=tmp_path))
    lines: list[str] = []
    run = TrainingRun("digits", checkpoints=tmp_path, tell=lines.append)
    resumed = SHORT.fit(pixels, targets, 3, run)
    assert lines[0] == "digits: continues after epoch 2"
    assert [each.partition(",")[0] for each in lines[1:]] == [
        "digits: epoch 3 of 4",
        "digits: epoch 4 of 4",
    ]
    assert weights_of(resumed) == weights_of(whole)
    assert (resumed.losses_ == whole.losses_).all()
    # A finished one is not trained again.
    assert weights_of(SHORT.fit(pixels, targets, 3, run)) == weights_of(whole)
    assert len(lines) == 3
    [file] = tmp_path.glob("*.safetensors")
    assert b"pickle" not in file.read_bytes()


def weights_of(network: ConvolutionalNetwork) -> dict[str, list[float]]:
    return {name: each.ravel().tolist() for name, each in network.weights.items()}


def test_other_seeds_give_other_networks(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    pixels, targets = (each[:60] for each in digits)
    short = SHORT.model_copy(update={"epochs": 1})
    assert weights_of(short.fit(pixels, targets, 1)) != weights_of(short.fit(pixels, targets, 2))


def test_a_full_disk_ends_a_training_only_where_its_checkpoints_were_asked_for(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]], tmp_path: Path
) -> None:
    pixels, targets = (each[:60] for each in digits)
    run, told = TrainingRun("digits", checkpoints=tmp_path / "networks"), list[str]()
    with largest_file(5):
        with pytest.raises(OSError, match="File too large"):
            SHORT.fit(pixels, targets, 0, run)
        with watched_cache(tmp_path, told.append):
            network = SHORT.fit(pixels, targets, 0, replace(run, is_cache=True))
    assert len(network.classes_) == len(np.unique(targets))
    assert len(told) == 1
    assert list((tmp_path / "networks").iterdir()) == []


def test_a_checkpoint_of_another_network_is_refused_by_name(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]], tmp_path: Path
) -> None:
    pixels, targets = (each[:60] for each in digits)
    short = SHORT.model_copy(update={"epochs": 1})
    run = TrainingRun("digits", checkpoints=tmp_path)
    short.fit(pixels, targets, 0, run)
    [file] = tmp_path.glob("*.safetensors")
    content = file.read_bytes()
    file.unlink()
    short.model_copy(update={"widths": (4, 8)}).fit(pixels, targets, 0, run)
    [other] = tmp_path.glob("*.safetensors")
    other.write_bytes(content)
    with pytest.raises(TrainingError, match=r"another architecture: cnn residual 4-6, and the recipe has"):
        short.model_copy(update={"widths": (4, 8)}).fit(pixels, targets, 0, run)
    file.write_bytes(content[:200])
    with pytest.raises(TrainingError, match=rf"{file.name}: not a checkpoint, or a damaged one; delete it"):
        short.fit(pixels, targets, 0, run)


def test_a_folder_of_checkpoints_belongs_to_one_training(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    open_run(folder, (SHORT,), "pictures", 0)
    open_run(folder, (SHORT,), "pictures", 0)
    assert json.loads((folder / "training.json").read_text())["networks"][0]["widths"] == [4, 6]
    refusals = {
        "of another architecture: cnn residual 4-6, and the recipe has cnn plain 5-32, dense 32": (
            (PLAIN,),
            "pictures",
            0,
        ),
        "trained with other settings: epochs = 4, not 9": (
            (SHORT.model_copy(update={"epochs": 9}),),
            "pictures",
            0,
        ),
        "trained on other pictures": ((SHORT,), "others", 0),
        "trained with the seed 0, not 1": ((SHORT,), "pictures", 1),
    }
    for got, arguments in refusals.items():
        with pytest.raises(TrainingError, match=f"{folder}: its checkpoints are {got}; name another folder"):
            open_run(folder, *arguments)
    with pytest.raises(TrainingError, match="run: the recipe trains no network, which checkpoints are of"):
        open_run(folder, (), "pictures", 0)
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(TrainingError, match="holds something other than checkpoints"):
        open_run(tmp_path, (SHORT,), "pictures", 0)


def test_a_loss_that_is_not_a_number_ends_the_training(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]], tmp_path: Path
) -> None:
    pixels, targets = (each[:120] for each in digits)
    wild = PLAIN.model_copy(update={"learning_rate": 10.0})
    with pytest.raises(TrainingError, match=r"loss is not a number in epoch \d; a learning_rate below 10"):
        wild.fit(pixels, targets, 0, TrainingRun(checkpoints=tmp_path))


@pytest.mark.parametrize("name", ["cnn", "cnn-small", "cnn-large"])
def test_without_pytorch_one_line_names_the_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(RecipeError) as refused:
        load_recipe(name)
    got = "classifier cnn needs PyTorch, which is not installed: pip install 'lienzo[cnn]'"
    assert str(refused.value) == f"recipe {name}: {got}"


@pytest.mark.parametrize(
    "table",
    [
        'extractor = {name = "hog"}\nencoders = [{name = "vector", scaling = "none"}]',
        'extractor = {name = "pixels"}\nencoders = [{name = "vector"}]',
    ],
)
def test_looks_at_pixels_alone(table: str) -> None:
    with pytest.raises(RecipeError, match="classifier cnn: looks at the picture itself"):
        parse_recipe(f'{table}\nclassifiers = [{{name = "cnn"}}]', "mine", "mine")


def test_refuses_pictures_that_are_too_small_for_its_layers() -> None:
    deep = CnnSettings(layers="plain", widths=(4, 4, 4), epochs=1)
    with pytest.raises(TrainingError, match="pictures of 4 pixels are too small for 3 layers"):
        deep.fit(np.zeros((2, 16), np.float32), np.array([0, 1]), 0)


def test_near_duplicates_stay_on_one_side_of_the_validation() -> None:
    from training.networks.learning import validation_split

    targets = np.tile(np.repeat(np.arange(3), 2), 20)
    groups = np.arange(120) // 2
    split = validation_split(targets, groups, 0)
    assert not set(groups[split.train]) & set(groups[split.test])
    assert set(targets[split.test]) == {0, 1, 2}
    assert len(split.test) == 12
    # With so few nothing is spared, nor where a label would be missing among those that are learnt from.
    assert len(validation_split(targets[:48], groups[:48], 0).test) == 0
    alone = np.where(targets == 0, 0, groups + 1)
    taught = validation_split(targets, alone, 0).train
    assert set(targets[taught]) == {0, 1, 2}


def test_two_labels_have_a_score_each(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    from export.classifier.head import build_head

    pixels, targets = digits
    two = np.flatnonzero(targets < 2)[:80]
    network = SHORT.model_copy(update={"epochs": 2}).fit(pixels[two], targets[two], 0)
    scores = network.decision_function(pixels[two])
    assert scores.shape == (80, 2)
    computed = GraphSession(build_head(network, 64)).run(pixels[two[:1]])
    np.testing.assert_allclose(computed, scores[:1], atol=1e-5)


def test_a_plain_network_has_no_blocks() -> None:
    with pytest.raises(RecipeError, match="has depth = 2, but plain layers come without blocks"):
        parse_recipe(
            'extractor = {name = "pixels"}\nencoders = [{name = "vector", scaling = "none"}]\n'
            'classifiers = [{name = "cnn", layers = "plain", depth = 2}]',
            "mine",
            "mine",
        )


def test_a_square_of_each_picture_turns_grey() -> None:
    import torch

    from training.networks.augmentation import augmented

    still = CnnSettings(zoom=0, crop=0, light=0, flip=False)
    pictures = torch.zeros(40, 3, 10, 10)
    changed = augmented(pictures, still.model_copy(update={"erase": 0.4}), torch.Generator().manual_seed(0))
    grey = changed == 0.5
    assert ((changed == 0) | grey).all()
    assert (grey == grey[:, :1]).all()
    sides = grey[:, 0].any(dim=1).sum(dim=1), grey[:, 0].any(dim=2).sum(dim=1)
    assert all(int(side.min()) >= 2 and int(side.max()) == 4 for side in sides)
    assert (grey[:, 0].sum(dim=(1, 2)) == sides[0] * sides[1]).all()
    assert grey[:, 0].any(dim=0).all()  # anywhere
    assert (augmented(pictures, still, torch.Generator().manual_seed(0)) == 0).all()
