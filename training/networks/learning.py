"""Trains a network epoch by epoch, from its checkpoint where there is one, and stops early."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.errors import TrainingError
from training.imagesets.folds import Split, stratified_folds
from training.networks.augmentation import augmented
from training.networks.checkpoints import (
    checkpoint_file,
    load_checkpoint,
    save_checkpoint,
    training_key,
)
from training.networks.course import Course, Epoch, memory_format_of
from training.networks.design import design_for
from training.networks.fitted import ConvolutionalNetwork
from training.networks.repeatable import repeatable
from training.networks.run import TrainingRun
from training.networks.settings import CnnSettings
from training.versions import learnt_with

_PARTS: Final = 10
"""One of so many parts of the pictures decides when to stop."""
_LEAST: Final = 50
"""With fewer pictures there is nothing to spare: all are trained on, for all epochs."""
_STEPS: Final = 16
"""An epoch has so many steps or more: it goes through a small set several times."""
_LEAST_BATCH: Final = 8
_AT_A_TIME: Final = 256
_WARM: Final = 0.25
_COLD: Final = 0.04


def learn_network(
    settings: CnnSettings,
    features: NDArray[np.float32],
    targets: NDArray[np.int64],
    seed: int,
    run: TrainingRun,
) -> ConvolutionalNetwork:
    """Trains a network, and takes the weights of the epoch with the lowest validation loss.

    Everything is computed on one thread, or on the graphics card where there is one.

    Args:
        settings: Of the network.
        features: Pixels of 0 to 1, channel by channel, float32, shape (N, size).
        targets: Label index of every row.
        seed: Seed of every random number.
        run: Groups, checkpoints, and whom to tell.

    Raises:
        TrainingError: When the loss is not a number, or a checkpoint is that of another network.
    """
    labels, answers = np.unique(targets, return_inverse=True)
    design = design_for(
        settings.layers, settings.widths, settings.depth, settings.dense, features.shape[1], len(labels)
    )
    groups = np.arange(len(targets)) if run.groups is None else run.groups
    split = validation_split(answers, groups, seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    versions = f"{learnt_with()} {torch.__version__} {device.type}"
    key = training_key(settings, seed, versions, (features, answers, groups))
    file = checkpoint_file(run.checkpoints, key) if run.checkpoints else None
    shaped = features.reshape(-1, design.channels, design.side, design.side)
    with run.halt.running(), repeatable(), _told_of_memory(settings):
        course = Course.begin(design, settings, seed, device)
        if file and (kept := load_checkpoint(file, key, settings)):
            course.resume(kept)
            if not course.is_over:
                run.tell(f"{run.title}: continues after epoch {len(course.epochs)}")
        pictures, wanted = torch.from_numpy(shaped).to(device), torch.from_numpy(answers).to(device)
        known, begun = len(course.epochs), time.monotonic()
        while not course.is_over:
            epoch = _epoch(course, run, pictures, wanted, split)
            _check(epoch, len(course.epochs) + 1, settings)
            course.add(epoch, validates=len(split.test) > 0)
            first = len(course.epochs) == known + 1
            pace = course.pace(time.monotonic() - begun) if first else ""
            run.tell(f"{run.title}: {course.line}{pace}")
            run.progress(run.title, len(course.epochs), settings.epochs)
            if file:
                save_checkpoint(file, key, settings, course.checkpoint(), is_cache=run.is_cache)
    curves = np.array([(each.losses, each.accuracies) for each in course.epochs], np.float64)
    return ConvolutionalNetwork(design, settings, course.best_weights, labels, curves[:, 0], curves[:, 1])


def validation_split(targets: NDArray[np.int64], groups: NDArray[np.int64], seed: int) -> Split:
    """Holds out a tenth of the pictures, near duplicates together; none where some label would be missing."""
    everything = Split(np.arange(len(targets)), np.zeros(0, np.int64))
    if len(targets) < _LEAST:
        return everything
    split = stratified_folds(targets, groups, _PARTS, seed)[0]
    complete = len(np.unique(targets[split.train])) == len(np.unique(targets))
    return split if complete and len(split.test) >= len(np.unique(targets)) else everything


def _epoch(course: Course, run: TrainingRun, pictures: Tensor, wanted: Tensor, split: Split) -> Epoch:
    settings = course.settings
    course.network.train()
    size, steps = _steps(len(split.train), settings.batch)
    rounds = math.ceil(steps * size / len(split.train))
    drawn = [torch.randperm(len(split.train), generator=course.generator) for _ in range(rounds)]
    taught = torch.from_numpy(split.train)[torch.cat(drawn)]
    told = torch.zeros(2, dtype=torch.float64, device=pictures.device)
    for step in range(steps):
        run.halt.check()
        done = (len(course.epochs) + step / steps) / settings.epochs
        told += learn_step(course, pictures, wanted, taught[step * size : (step + 1) * size], done)
    loss, right = told.tolist()
    held = _asked(course, pictures, wanted, torch.from_numpy(split.test).to(pictures.device))
    return Epoch((loss / steps, held[0]), (right / (steps * size), held[1]))


def learn_step(course: Course, pictures: Tensor, wanted: Tensor, taught: Tensor, done: float) -> Tensor:
    """Learns from some pictures.

    Args:
        course: The network in training.
        pictures: All pictures, shape (N, channels, side, side), 0 to 1.
        wanted: Label of each.
        taught: Numbers of the pictures to learn from.
        done: The part of the training that is done, 0 to 1.

    Returns:
        Log loss in nats and the number of right answers before the step, float64, where the pictures are: a
        graphics card is not waited for.
    """
    settings, layout = course.settings, memory_format_of(course.network.design)
    rows = taught.to(pictures.device)
    for group in course.optimizer.param_groups:
        group["lr"] = settings.learning_rate * _share_of_rate(done)
    seen = augmented(pictures[rows], settings, course.generator)
    scores = course.network(seen.contiguous(memory_format=layout))
    course.optimizer.zero_grad()
    wrong = functional.cross_entropy(scores, wanted[rows], label_smoothing=settings.smoothing)
    wrong.backward()  # type: ignore[no-untyped-call]
    course.optimizer.step()
    loss = functional.cross_entropy(scores.detach(), wanted[rows])
    right = (scores.argmax(1) == wanted[rows]).sum()
    return torch.stack([loss.double(), right.double()])


def _steps(pictures: int, batch: int) -> tuple[int, int]:
    """Returns the pictures of a step, and the steps of an epoch."""
    size = min(batch, max(_LEAST_BATCH, pictures // _STEPS), pictures)
    return size, max(_STEPS, pictures // size)


def _asked(course: Course, pictures: Tensor, wanted: Tensor, rows: Tensor) -> tuple[float, float]:
    """Returns log loss and accuracy on pictures that are not trained on; NaN of none."""
    if not len(rows):
        return math.nan, math.nan
    course.network.eval()
    with torch.inference_mode():
        scores = torch.cat([course.network(pictures[each]) for each in torch.split(rows, _AT_A_TIME)])
    right = (scores.argmax(1) == wanted[rows]).float().mean()
    return float(functional.cross_entropy(scores, wanted[rows])), float(right)


def _share_of_rate(done: float) -> float:
    """Returns the share of the highest learning rate, after so large a part of the training."""
    if done < _WARM:
        return _COLD + (1 - _COLD) * done / _WARM
    return 0.5 * (1 + math.cos(math.pi * (done - _WARM) / (1 - _WARM)))


def _check(epoch: Epoch, number: int, settings: CnnSettings) -> None:
    if not math.isfinite(epoch.losses[0]) or math.isinf(epoch.losses[1]):
        raise TrainingError(
            f"{settings.title}: the loss is not a number in epoch {number}; a learning_rate below "
            f"{settings.learning_rate:g} helps"
        )


@contextmanager
def _told_of_memory(settings: CnnSettings) -> Iterator[None]:
    """Says in a line that the graphics card has too little memory."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            f"{settings.title}: the graphics card has too little memory; a smaller side_px or batch helps, "
            "or CUDA_VISIBLE_DEVICES= in front of the command, which trains on the processor"
        ) from error
