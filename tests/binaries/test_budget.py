"""Budgets: each limit stops at its edge, with a message that names it."""

from __future__ import annotations

import doctest
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

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


@pytest.mark.skipif(sys.platform == "win32", reason="asks what the timer is, which Windows does not have")
@pytest.mark.parametrize(
    ("platform", "proc", "is_timed"),
    [("linux", False, True), ("darwin", False, True), ("win32", False, False)],
    ids=["Linux without /proc", "macOS", "Windows"],
)
def test_a_limit_that_the_system_does_not_have_is_left_out(
    monkeypatch: pytest.MonkeyPatch, platform: str, proc: bool, is_timed: bool
) -> None:
    with monkeypatch.context() as system:
        system.setattr(sys, "platform", platform)
        system.setattr(Path, "exists", lambda _: proc)
        with ceiling("a.ipa", memory=2**20):
            read = len(bytearray(2**26))
            timed = signal.getsignal(signal.SIGPROF) is not signal.SIG_DFL
    assert (read, timed) == (2**26, is_timed)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a limit of address space")
def test_a_lower_limit_of_the_process_stays_and_ceilings_can_stand_in_each_other() -> None:
    import resource

    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    low = min([2**45, *(limit for limit in (before, hard) if limit != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_AS, (low, hard))
    try:
        with ceiling("a.ipa", memory=2**50):
            assert resource.getrlimit(resource.RLIMIT_AS) == (low, hard)
            with suppress(KeyError), ceiling("a.apk"):
                assert resource.getrlimit(resource.RLIMIT_AS)[0] < low
                raise KeyError
            assert resource.getrlimit(resource.RLIMIT_AS) == (low, hard)
            assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
        assert resource.getrlimit(resource.RLIMIT_AS) == (low, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_profiler_keeps_its_signal() -> None:
    before = signal.signal(signal.SIGPROF, signal.SIG_IGN)
    try:
        with ceiling("a.ipa"):
            assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
        assert signal.getsignal(signal.SIGPROF) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGPROF, before)


def test_elsewhere_than_in_the_main_thread_there_is_no_ceiling() -> None:
    read: list[int] = []

    def in_thread() -> None:
        with ceiling("a.ipa", memory=2**20, seconds=0.01):
            read.append(len(bytearray(2**26)))

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    assert read == [2**26]
