"""Budgets: each limit stops at its edge, with a message that names it."""

from __future__ import annotations

import doctest

import pytest

from otasite.binaries import budget as module
from otasite.binaries.budget import Budget, OverBudget


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
