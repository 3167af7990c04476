"""Pages that nobody asked for and templates, tried all the same: so that what only they show is told at once.

One problem is told for each place that is wrong, however many pages show it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

import msgspec

from otasite.memory import Memory
from otasite.problems import Location, Problem, ProblemsFound
from otasite.site.artifacts import Artifact
from otasite.theming.themes import Theme


class Attempt(msgspec.Struct, frozen=True):
    """What came of rendering one file, and the seconds that it took."""

    artifact: Artifact
    problems: tuple[Problem, ...]
    seconds: float


class Trial:
    """What was tried with one state of the theme, by owner (an app's name, or that of the site) and path."""

    def __init__(self) -> None:
        self._theme = ""
        self._tried: dict[str, dict[str, Attempt]] = {}

    def untried(self, owner: str, artifacts: Mapping[str, Artifact], theme: str) -> list[Artifact]:
        """The files of an owner that were not rendered yet, or were others then."""
        if theme != self._theme:
            self._theme = theme
            self._tried.clear()
        before = self._tried.get(owner, {})
        same = {
            path: before[path]
            for path, artifact in artifacts.items()
            if path in before and _is(before[path], artifact)
        }
        self._tried[owner] = same
        return [artifact for path, artifact in artifacts.items() if path not in same and _is_worth_trying(artifact)]

    def note(self, owner: str, attempt: Attempt) -> bool:
        """Remember an attempt; whether something is known to be wrong now that was not before."""
        is_news = bool(one_for_each_place(attempt.problems, self.problems(self._theme)))
        self._tried[owner][attempt.artifact.path] = attempt
        return is_news

    def forget(self, owners: Iterable[str]) -> None:
        """What these failed with may be mended: it is told again when it is found again."""
        for owner in owners:
            kept = {path: attempt for path, attempt in self._tried.get(owner, {}).items() if not attempt.problems}
            self._tried[owner] = kept

    def has_failed(self, owner: str) -> bool:
        return any(attempt.problems for attempt in self._tried.get(owner, {}).values())

    def problems(self, theme: str) -> tuple[Problem, ...]:
        """One problem for each place that kept a page from being rendered; none of another state of the theme."""
        if theme != self._theme:
            return ()
        attempts = chain.from_iterable(tried.values() for tried in self._tried.values())
        return one_for_each_place(chain.from_iterable(attempt.problems for attempt in attempts))


def attempt(artifact: Artifact, render: Callable[[Artifact], bytes]) -> Attempt:
    """Render a file and see."""
    began = time.perf_counter()
    problems: tuple[Problem, ...] = ()
    try:
        render(artifact)
    except ProblemsFound as error:
        problems = error.problems
    except OSError:  # a file that vanished since it was planned: its event is on the way
        pass
    return Attempt(artifact, problems, time.perf_counter() - began)


def one_for_each_place(problems: Iterable[Problem], told: Iterable[Problem] = ()) -> tuple[Problem, ...]:
    """The first problem of each kind at each place; none for what is among those ``told`` already."""
    seen = {_place(problem) for problem in told}
    found: dict[tuple[str, Location | None, str], Problem] = {}
    for problem in problems:
        if _place(problem) not in seen:
            found.setdefault(_place(problem), problem)
    return tuple(found.values())


def _place(problem: Problem) -> tuple[str, Location | None, str]:
    return problem.code, problem.location, "" if problem.location else problem.message


def _is(tried: Attempt, artifact: Artifact) -> bool:
    return tried.artifact is artifact or tried.artifact.inputs == artifact.inputs


def _is_worth_trying(artifact: Artifact) -> bool:
    """Pages, feeds and manifests: pictures were looked at when they were planned, and copies are what they are."""
    return artifact.render is not None and artifact.kind not in ("asset", "binary")


class ThemeCheck:
    """The findings about the theme that was checked last."""

    def __init__(self) -> None:
        self._digest = ""
        self._problems: tuple[Problem, ...] = ()

    def knows(self, theme: Theme | None) -> bool:
        return theme is None or theme.digest == self._digest

    def problems(self, theme: Theme | None) -> tuple[Problem, ...]:
        """The findings about this very state of the theme; none while it has not been checked."""
        return self._problems if theme is not None and self.knows(theme) else ()

    def remember(self, theme: Theme | None, problems: tuple[Problem, ...]) -> None:
        if theme is not None:
            self._digest, self._problems = theme.digest, problems

    def check(self, theme: Theme, *, memory: Memory) -> None:
        """Look at all templates: some tenths of a second, so not before the page that changed is there."""
        from otasite.theming.checks import check_templates

        try:
            found = check_templates(theme, memory=memory)
        except ProblemsFound as error:
            found = list(error.problems)
        self.remember(theme, tuple(found))
