"""The problems of one file while it is read: each once, and not without end."""

from __future__ import annotations

from typing import Final

from otasite.problems import Location, Problem, ProblemsFound

#: Mistakes of one file that are listed: nobody reads more, and each takes time and memory.
MAX_PROBLEMS: Final = 10_000


class FileProblems:
    """Collects what is wrong with the file that messages call ``shown_as``."""

    def __init__(self, shown_as: str) -> None:
        self._shown_as = shown_as
        self._problems: dict[Problem, None] = {}  # each once: an alias shows its anchor's mistakes again

    def add(self, problem: Problem) -> None:
        """Keep ``problem``. Raises :class:`ProblemsFound` with all of them when there are too many."""
        self._problems[problem] = None
        if len(self._problems) > MAX_PROBLEMS:
            raise ProblemsFound([*self.all[:MAX_PROBLEMS], self._too_many()])

    @property
    def all(self) -> tuple[Problem, ...]:
        """Them in the order in which they were found."""
        return tuple(self._problems)

    def _too_many(self) -> Problem:
        return Problem(
            code="too-many-problems",
            message=f"this file has more than {MAX_PROBLEMS:,} mistakes; the others are not listed",
            hint="is this the right file? Correct these, and run it again",
            location=Location(self._shown_as),
        )
