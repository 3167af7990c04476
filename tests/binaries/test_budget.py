"""Budgets: each limit stops at its edge, with a message that names it."""

from __future__ import annotations

import doctest
import signal
import sys
import threading
from contextlib import suppress

import pytest

from otasite.binaries import budget as module
from otasite.binaries.budget import Budget, OverBudget, ceiling
from otasite.problems import ProblemsFound


def test_up_to_the_limit_is_allowed_and_one_more_is_not() -> None:
    budget = Budget(output=10, elements=2, steps=3, depth=1)
    budget.spend_output(10)
    budget.spend_elements(2)
    budget.spend_steps(3)
    with pytest.raises(OverBudget, match="unpacks to more than 10 bytes"):
        budget.spend_output(1)
    with pytest.raises(OverBudget, match="more than 2 parts"):
        budget.spend_elements()
    with pytest.raises(OverBudget, match="more than 3 steps"):
        budget.spend_steps(1)


def test_levels_end_with_their_block_even_after_an_error() -> None:
    budget = Budget(depth=1)
    for _ in range(3):
        with pytest.raises(OverBudget, match="1 levels deep"), budget.level(), budget.level():
            pytest.fail("two levels were allowed")


def test_a_part_has_limits_of_its_own_and_spends_from_the_whole() -> None:
    whole = Budget(output=100)
    for _ in range(2):
        whole.part(output=40).spend_output(40)
    with pytest.raises(OverBudget, match="more than 30 bytes"):
        whole.part(output=30).spend_output(31)
    with pytest.raises(OverBudget, match="more than 100 bytes"):
        whole.part(output=40).spend_output(21)


def test_the_example_in_the_documentation_holds() -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a limit of address space")
def test_the_ceiling_of_memory_is_a_problem_and_only_for_its_block() -> None:
    with pytest.raises(ProblemsFound) as found, ceiling("a.ipa", memory=64 * 2**20):
        bytearray(2**30)
    (problem,) = found.value.problems
    assert str(problem.location) == "a.ipa"
    assert problem.message == "reading it takes more memory than there is (for one file at most 64 MiB)"
    assert len(bytearray(2**28)) == 2**28


def part_after_part() -> None:
    """Like readers that go on with the next part when one cannot be read."""
    while True:
        with suppress(Exception):
            while True:
                pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no timer of the processor's time")
def test_the_ceiling_of_time_is_not_passed_over() -> None:
    with pytest.raises(ProblemsFound) as found, ceiling("a.ipa", seconds=0.05):
        part_after_part()
    assert found.value.problems[0].message == "reading it takes the processor more than 0.05 seconds"
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) is signal.SIG_DFL


def test_elsewhere_than_in_the_main_thread_there_is_no_ceiling() -> None:
    read: list[int] = []

    def in_thread() -> None:
        with ceiling("a.ipa", memory=2**20, seconds=0.01):
            read.append(len(bytearray(2**26)))

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    assert read == [2**26]
