"""Files that a command is about to write, judged as ``check`` would judge them once they are there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from otasite.catalogue.apps import AppSource, age
from otasite.catalogue.files import place_in_release
from otasite.catalogue.model import App, Release
from otasite.catalogue.project import Project
from otasite.catalogue.records import PLATFORMS, Platform
from otasite.catalogue.sources import DraftSources, Remembered, Sources
from otasite.memory import Memory
from otasite.problems import Findings, Location, Problem, ProblemsFound, has_errors
from otasite.site.clashes import clash_problems, windows_problems
from otasite.site.files import BinaryFacts, with_binary_facts
from otasite.site.review import review_problems
from otasite.site.rules import expiry_problems
from otasite.site.updates import update_problems
from otasite.workshop.assembly import Assembly
from otasite.workshop.options import BuildOptions
from otasite.workshop.unit_memory import UnitMemory

#: What a review finds that people should know while they add a build: the rest is for whoever asks for a check.
SAID_WHEN_ADDED: Final = frozenset({"debug-build", "get-task-allow", "permission-added", "play-protect-sensitive"})


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """``texts`` are to be written, by path, and ``binaries`` put in place, with what was read of them.

    ``app`` is the one that they change, and ``release`` (an id) what is new of it; "" for none. ``known`` is what was
    read of the project's files already.
    """

    texts: Mapping[str, bytes]
    binaries: Mapping[str, BinaryFacts] = {}
    app: str = ""
    release: str = ""
    known: Mapping[str, Remembered] = {}

    def before(self, root: Path, remembered: Mapping[str, Remembered] | None = None) -> Sources:
        """The files of the project as they are."""
        return Sources(root, {**(remembered or {}), **self.known})

    def sources(self, root: Path, remembered: Mapping[str, Remembered] | None = None) -> Sources:
        """The files of the project as they will be."""
        return DraftSources(root, self.texts, self.binaries, {**(remembered or {}), **self.known})


def judge(
    project: Project, draft: Draft, options: BuildOptions, memory: Memory, *, shown_as: str = ""
) -> tuple[Problem, ...]:
    """What ``check`` will say of the project with the draft, and does not say already.

    Errors are raised (ProblemsFound), the rest is returned. Nobody can open what is not written: instead of places
    there ``shown_as`` is named, the file that all of it comes from.
    """
    options = msgspec.structs.replace(options, needs_base_url=False, drafts=True, future=True)
    problems = _Judge(project, draft, options, memory, draft.sources).problems()
    added = {path for path in draft.texts if not (project.root / path).exists()}
    known: set[tuple[str, str, str]] = set()
    if any(each.location is None or each.location.path not in added for each in problems):
        known = {_what(problem) for problem in _Judge(project, draft, options, memory, draft.before).problems()}
    instead = Location(shown_as) if shown_as else None
    new = tuple(
        msgspec.structs.replace(each, location=instead)
        if each.location is None or each.location.path in draft.texts
        else each
        for each in problems
        if _what(each) not in known
    )
    if has_errors(new):
        raise ProblemsFound(each for each in dict.fromkeys(new) if each.is_error)
    return tuple(dict.fromkeys(new))


def _what(problem: Problem) -> tuple[str, str, str]:
    """What a problem is about, whichever line of its file that is in now."""
    return problem.code, problem.message, problem.location.path if problem.location else ""


class _Judge:
    """Looks at the site, one of its apps, and one release of that, with all that ``open_sources`` reads."""

    def __init__(
        self,
        project: Project,
        draft: Draft,
        options: BuildOptions,
        memory: Memory,
        open_sources: Callable[..., Sources],
    ) -> None:
        self.draft = draft
        self.assembly = Assembly(project, options, memory, open_sources(project.root))
        self.memory = UnitMemory(memory, draft.app or ".", project.root, open_sources)

    def problems(self) -> list[Problem]:
        found = list(self.assembly.findings.problems)
        for source in self.assembly.apps:
            if source.id == self.draft.app:
                found += self._app(source)
        return found

    def _app(self, source: AppSource) -> list[Problem]:
        findings = Findings()
        app = self.assembly.load_app(source, findings, self.memory.sources)
        found = [release for release in app.releases if release.id == self.draft.release]
        for release in found:
            findings.extend(self._as_offered(app, release))
        only_new = msgspec.structs.replace(app, releases=tuple(found))
        plan = self.assembly.plan_loaded(only_new, findings, self.memory)
        findings.extend(clash_problems(plan.artifacts))
        findings.extend(windows_problems(plan.artifacts))
        findings.extend(self.assembly.host_problems(plan, self.memory.sources))
        return findings.problems

    def _as_offered(self, app: App, release: Release) -> Iterator[Problem]:
        """What is wrong with a release that people are offered: as an update, and when its signing has ended.

        A draft is judged as the update that it will be.
        """
        place = partial(place_in_release, self.memory.sources)
        of_channel = [each for each in app.releases if each.channel == release.channel]
        shown = sorted((each for each in of_channel if each is release or not each.draft), key=age, reverse=True)
        for platform in PLATFORMS:
            builds = [_only(each, platform) for each in shown if getattr(each, platform) is not None]
            if not builds or builds[0].id != release.id:
                continue
            neighbours = msgspec.structs.replace(app, releases=tuple(builds[:2]))
            builds[:2] = with_binary_facts(neighbours, self.memory.sources, Findings()).releases
            yield from update_problems(builds, place)
            now = self.assembly.context.choice.now
            reviewed = review_problems(builds, now, dt.timedelta(0), place)
            yield from (problem for problem in reviewed if problem.code in SAID_WHEN_ADDED)
            if not release.draft:
                ends = partial(_end_of_signing, place)
                yield from expiry_problems(builds[:1], now, dt.timedelta(0), ends)


def _only(release: Release, platform: Platform) -> Release:
    return msgspec.structs.replace(release, **{other: None for other in PLATFORMS if other != platform})


def _end_of_signing(place: Callable[..., Location], release: Release) -> Location:
    return place(release, "ios", "signing", "expires")
