"""Some hundred mutated inputs for each reader of input from outside; `benchmarks.fuzzing` tries more."""

from __future__ import annotations

import random

import pytest

from tests.support.fuzzing import TARGETS, fuzz, mutated

# Starlette leaves the file of a form that breaks off to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")

INPUTS = {"picture": 150, "archive": 150}


@pytest.mark.parametrize("name", TARGETS)
def test_reads_what_is_whole(name: str) -> None:
    target = TARGETS[name]
    for sample in target.samples():
        target.read(sample)


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_input_is_read_or_refused(name: str) -> None:
    outcome = fuzz(name, range(INPUTS.get(name, 300)), 7, ends=lambda _: False)
    assert outcome.faults == []
    assert outcome.slowest_s < 5
    assert outcome.refused > 0


def test_an_input_can_be_repeated() -> None:
    samples = TARGETS["address"].samples()
    first, second = (mutated(samples, random.Random("a 1 2")) for _ in range(2))
    assert first == second
    assert first not in samples
