"""What reading a file may cost at most, counted while it is read.

Sizes and counts in a file are claims. A reader therefore spends from a budget as it goes and stops where the budget
ends, so that a few hostile kilobytes cost neither gigabytes nor minutes:

>>> budget = Budget(output=1000, elements=2)
>>> budget.spend_output(900)
>>> budget.spend_output(200)
Traceback (most recent call last):
    ...
otasite.binaries.budget.OverBudget: it unpacks to more than 1,000 bytes

Spend *before* memory is asked for, and once for each portion of work (a block, a row, a node), not for each byte.
Readers that work on parts of one file share its budget; :meth:`Budget.part` gives one of them less than all.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from otasite.binaries.unreadable import Unreadable
from otasite.problems import Location, Problem, ProblemsFound

#: What reading one file may take at most, whatever budgets say: bytes of memory, seconds of the processor. Files of
#: gigabytes take a few dozen megabytes and seconds.
MOST_MEMORY: Final = 2 * 2**30
MOST_SECONDS: Final = 300.0


class OverBudget(Unreadable):
    """Reading on would cost more than allowed; the message names the limit that was met."""


class Budget:
    """Four limits and what is spent of each.

    ``output`` is bytes that unpacking and decoding make, pixels included. ``elements`` is things found and kept:
    entries, nodes, strings. ``depth`` is how far things may stand inside each other. ``steps`` is rounds of inner
    loops, for work that neither makes nor keeps anything; Python does a few million a second. What is not stated is
    generous for an icon or a table of an app, and still a matter of seconds and some hundred megabytes.
    """

    __slots__ = ("_elements", "_levels", "_output", "_parent", "_steps", "depth", "elements", "output", "steps")

    def __init__(
        self, *, output: int = 2**26, elements: int = 200_000, depth: int = 50, steps: int = 20_000_000
    ) -> None:
        self.output = output
        self.elements = elements
        self.depth = depth
        self.steps = steps
        self._output = self._elements = self._levels = self._steps = 0
        self._parent: Budget | None = None

    def part(
        self,
        *,
        output: int | None = None,
        elements: int | None = None,
        depth: int | None = None,
        steps: int | None = None,
    ) -> Budget:
        """A budget for one part of the work, with limits of its own; whatever it spends, this one spends as well."""
        inner = Budget(
            output=self.output if output is None else output,
            elements=self.elements if elements is None else elements,
            depth=self.depth if depth is None else depth,
            steps=self.steps if steps is None else steps,
        )
        inner._parent = self
        return inner

    @property
    def is_spent(self) -> bool:
        """Whether a limit was met already: what comes next would be refused, too."""
        return self._output > self.output or self._elements > self.elements or self._steps > self.steps

    def spend_output(self, count: int) -> None:
        """Ask for ``count`` bytes. Raises OverBudget, as the others do."""
        self._output += count
        if self._output > self.output:
            raise OverBudget(f"it unpacks to more than {self.output:,} bytes")
        if self._parent is not None:
            self._parent.spend_output(count)

    def spend_elements(self, count: int = 1) -> None:
        self._elements += count
        if self._elements > self.elements:
            raise OverBudget(f"it has more than {self.elements:,} parts")
        if self._parent is not None:
            self._parent.spend_elements(count)

    def spend_steps(self, count: int) -> None:
        self._steps += count
        if self._steps > self.steps:
            raise OverBudget(f"reading it takes more than {self.steps:,} steps")
        if self._parent is not None:
            self._parent.spend_steps(count)

    @contextmanager
    def level(self) -> Iterator[None]:
        """One level deeper, for as long as the block lasts."""
        if self._levels >= self.depth:
            raise OverBudget(f"its parts stand inside each other more than {self.depth:,} levels deep")
        self._levels += 1
        try:
            yield
        finally:
            self._levels -= 1


class _OutOfTime(BaseException):
    """No ``Exception``: who passes over a part that cannot be read must not pass over this."""


@contextmanager
def ceiling(shown_as: str, *, memory: int = MOST_MEMORY, seconds: float = MOST_SECONDS) -> Iterator[None]:
    """The last line around all reading of one file, for what no budget counts: more ends in ``ProblemsFound``.

    Linux has both limits, macOS that of time, Windows neither. They are those of the process, so meanwhile also of
    what its other threads do and start; and signals reach only its main thread: in other threads there are none.
    """
    try:
        with ExitStack() as limits:
            if threading.current_thread() is threading.main_thread():
                limits.enter_context(_memory_limited(memory))
                limits.enter_context(_time_limited(seconds))
            yield
    except MemoryError:
        message = f"reading it takes more memory than there is (for one file at most {memory // 2**20:,} MiB)"
    except _OutOfTime:
        message = f"reading it takes the processor more than {seconds:g} seconds"
    else:
        return
    raise ProblemsFound([Problem(code="binary-unreadable", message=message, location=Location(shown_as))])


@contextmanager
def _memory_limited(more: int) -> Iterator[None]:
    """Let the process have so many bytes more than it has now, and what is asked for beyond them is a MemoryError."""
    pages = Path("/proc/self/statm")
    if sys.platform != "linux" or not pages.exists():  # macOS has such a limit, and does not keep it
        yield
        return
    import resource

    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    now = int(pages.read_text().split()[0]) * resource.getpagesize()
    known = [limit for limit in (before, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([now + more, *known]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


@contextmanager
def _time_limited(seconds: float) -> Iterator[None]:
    """Stop after so many seconds of the processor. A profiler that uses the same signal keeps it."""
    if sys.platform == "win32" or signal.getsignal(signal.SIGPROF) is not signal.SIG_DFL:
        yield
        return

    def stop(*_: object) -> None:
        raise _OutOfTime

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
