"""Convolutional networks on scikit-learn's digits of 8 × 8 pixels: learning, stopping, resuming, refusing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.networks import DEEP, PLAIN, RESIDUAL, SHORT
from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.encoders.vector import VectorSettings
from training.errors import TrainingError
from training.kept import beside_the_tests
from training.networks.halt import Halt, Halted
from training.networks.run import TrainingRun
from training.networks.settings import CnnSettings
from training.search.attempt import Candidate
from training.search.workbench import Workbench

pytestmark = pytest.mark.slow


def test_an_interrupted_training_ends_the_networks_of_other_threads(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    pixels, targets = (each[:60] for each in digits)
    began, halt = threading.Event(), Halt()
    run = TrainingRun("digits", tell=lambda line: began.set(), halt=halt)
    endless = SHORT.model_copy(update={"epochs": 1000, "patience": 1000})
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(endless.fit, pixels, targets, 0, run)
        assert began.wait(60)
        with pytest.raises(KeyboardInterrupt), halt.at_errors():
            raise KeyboardInterrupt
        assert isinstance(ended.exception(timeout=0), Halted)


def test_an_error_in_the_tests_ends_the_network_that_learns_from_all_pictures(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    pixels, targets = (each[:60] for each in digits)
    descriptors = DescriptorSet(pixels, np.arange(61))
    labelled = LabelledDescriptors(descriptors, targets, np.arange(60), tuple("0123456789"))
    endless = Candidate(
        VectorSettings(scaling="none"), CnnSettings(widths=(4, 6), epochs=1000, patience=1000)
    )
    began = threading.Event()
    bench = Workbench(jobs=2, with_networks=True, tell=lambda line: began.set())

    def fail() -> None:
        with beside_the_tests(endless, labelled, bench):
            assert began.wait(60)
            raise TrainingError("too few")

    with pytest.raises(TrainingError, match="too few"):
        fail()
    with pytest.raises(Halted):
        bench.halt.check()


def test_a_graphics_card_without_enough_memory_is_told_in_a_line(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    import torch

    def tell(line: str) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    pixels, targets = (each[:20] for each in digits)
    with pytest.raises(TrainingError, match=r"^cnn residual 4-6: the graphics card has too little"):
        SHORT.fit(pixels, targets, 0, TrainingRun(tell=tell))


@pytest.mark.parametrize("settings", [RESIDUAL, DEEP, PLAIN], ids=["residual", "deep", "plain"])
def test_a_step_computes_where_the_pictures_are(settings: CnnSettings) -> None:
    import torch

    from training.networks.course import Course
    from training.networks.design import design_for
    from training.networks.learning import learn_step

    # The device `meta` has shapes alone, and like a graphics card refuses tensors that are elsewhere.
    meta = torch.device("meta")
    course = Course.begin(
        design_for(settings.layers, settings.widths, settings.depth, settings.dense, 192, 3),
        settings,
        0,
        meta,
    )
    pictures = torch.empty(9, 3, 8, 8, device=meta)
    with pytest.raises(RuntimeError, match="device"):
        pictures * torch.ones(9, 1, 1, 1)
    told = learn_step(course, pictures, torch.empty(9, dtype=torch.int64, device=meta), torch.arange(5), 0.5)
    assert (told.device.type, told.shape) == ("meta", (2,))
    momenta = [each["momentum_buffer"].device.type for each in course.optimizer.state.values()]
    assert set(momenta) == {"meta"}
    assert len(momenta) == len(list(course.network.parameters()))


def test_a_network_that_ends_leaves_others_repeatable() -> None:
    import torch

    from training.networks.repeatable import repeatable

    before = (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark, torch.get_num_threads())
    one, other = repeatable(), repeatable()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark) == (True, False)
    other.__exit__(None, None, None)
    assert before[:2] == (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)
    torch.set_num_threads(before[2])


def test_a_trained_network_answers_on_one_thread(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    import torch

    pixels, targets = (each[:20] for each in digits)
    network = SHORT.model_copy(update={"epochs": 1}).fit(pixels, targets, 0)
    used: list[int] = []
    network._network.last.register_forward_hook(lambda *each: used.append(torch.get_num_threads()))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        network.decision_function(pixels)
        assert (used, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(before)
