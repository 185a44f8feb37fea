"""What is left out of a training for its time budget, with a clock that the test moves."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pytest

from training.augmentation.copies import AugmentationSettings
from training.economy import PHOTOGRAPHS, TESTED, affordable, economical, export_s, left_out, verification_s
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench

JOBS = 2
PHOTOGRAPH_S = 27.4 / 400


@dataclass
class Machine:
    """A machine with two cores, on which stages take what they took on a quiet one, times a factor."""

    slowness: float = 1.0
    now: float = 0.0
    worked: float = 0.0

    def work(self, seconds: float, cores: int = JOBS) -> None:
        """Lets seconds of work pass, spread over the cores."""
        self.worked += seconds
        self.now += self.slowness * seconds / cores


def decided(recipe: Recipe, machine: Machine, budget: float, pictures: int, extraction: float) -> tuple:  # type: ignore[type-arg]
    bench = Workbench(jobs=JOBS, clock=lambda: machine.now, deadline=budget)

    def sample() -> int:
        machine.work(6 * PHOTOGRAPH_S)
        return 6

    return economical(
        recipe, pictures, bench, lambda: machine.work(extraction), sample, lambda: machine.worked
    )


def trained(machine: Machine, budget: float) -> tuple[str, ...]:
    """Goes through the stages of the recipe `tutorial` on 400 photographs, as they were measured."""
    recipe = load_recipe("tutorial")
    machine.work(10.6)  # reading
    recipe, bench, without = decided(recipe, machine, budget, 400, 31.6)
    machine.work(3.9)  # strangers
    machine.work(27.4 * recipe.augmentation.photographs)
    machine.work(8.7)  # the first candidate
    last = replace(bench, overhead_s=export_s(400, bench))
    if last.is_too_late(verification_s(400, bench)):
        without += ("verification",)
    else:
        machine.work(16.0)
    machine.work(7.3, cores=1)  # export
    return without


@pytest.mark.parametrize("slowness", [1.0, 1.5, 3.0])
@pytest.mark.parametrize("budget", [45, 60, 75, 90, 120, 180, 240])
def test_a_training_ends_in_its_time_where_the_stages_that_must_be_do(budget: float, slowness: float) -> None:
    least = Machine(slowness)
    trained(least, 0.001)
    machine = Machine(slowness)
    without = trained(machine, budget)
    if least.now <= budget:
        assert machine.now <= 1.1 * budget, without
    else:
        assert machine.now == least.now


def test_a_minute_is_enough_for_the_tutorial_on_two_cores() -> None:
    machine = Machine()
    without = trained(machine, 60)
    assert machine.now <= 60
    assert without == (PHOTOGRAPHS, TESTED) or without == ("verification",), without


def test_with_time_nothing_is_left_out() -> None:
    machine = Machine()
    assert trained(machine, 120) == ()


def test_without_a_budget_nothing_is_measured() -> None:
    machine, recipe = Machine(), load_recipe("tutorial")
    same, bench, without = decided(recipe, machine, math.inf, 400, 31.6)
    assert (same, bench.slowness, without, machine.now) == (recipe, 1.0, (), 0.0)


def test_a_busy_machine_is_expected_to_stay_so() -> None:
    machine = Machine(slowness=4.0)
    _, bench, _ = decided(load_recipe("tutorial"), machine, 600, 400, 31.6)
    assert bench.slowness == pytest.approx(4.0)
    assert verification_s(400, bench) == pytest.approx(4 * 400 * 0.06 / JOBS)


def test_features_in_the_cache_say_nothing_of_the_machine() -> None:
    machine = Machine(slowness=4.0)
    _, bench, _ = decided(load_recipe("tutorial"), machine, 60, 400, 0.2)
    assert bench.slowness == 1.0


def test_copies_are_left_out_before_photographs_and_the_test_with_them() -> None:
    wanted = AugmentationSettings(copies=4, photographs=1)
    assert affordable(wanted, 9.0, 1.0) == wanted
    some = affordable(wanted, 3.5, 1.0)
    assert (some.copies, some.photographs, some.tested) == (2, 1, "photographs")
    assert left_out(wanted, some) == ("2 of 4 distorted copies of each picture",)
    none = affordable(wanted, -3.0, 1.0)
    assert (none.copies, none.photographs, none.tested) == (0, 0, "nothing")
    assert left_out(wanted, none) == ("4 of 4 distorted copies of each picture", PHOTOGRAPHS, TESTED)
    details = AugmentationSettings(copies=2, photographs=1, details=4)
    assert affordable(details, 7.0, 1.0) == details
    fewer = affordable(details, 4.0, 1.0)
    assert (fewer.photographs, fewer.copies, fewer.details) == (1, 2, 1)
    assert left_out(details, fewer) == ("3 of 4 details of each picture",)
    # Of many pictures only some are tested with a photograph.
    tested = affordable(AugmentationSettings(photographs=1), 0.5, 0.2)
    assert (tested.photographs, tested.tested) == (0, "photographs")
