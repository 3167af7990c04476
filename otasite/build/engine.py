"""A build: load, plan, render, stage, commit, prune — for what changed, and soundly.

Work is divided into units: each app is one, the site's own files are another. A unit whose inputs and outputs are as
the last build left them is not even loaded. In the others, a file is rendered only when its fingerprint changed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

import msgspec

from otasite.build.output import NoOutput, Output, Staged, choose_output, disk_trouble, refuse_foreign
from otasite.build.parallel import processors, spread
from otasite.build.state import State, Unit
from otasite.catalogue.apps import AppSource
from otasite.catalogue.files import place_in_release
from otasite.catalogue.project import Project
from otasite.catalogue.sources import Sources, keep_only, names_in
from otasite.problems import Findings, Location, Problem, ProblemsFound, has_errors
from otasite.site.artifacts import Artifact
from otasite.site.assembly import Assembly, Wishes
from otasite.site.notes import Notes
from otasite.site.rules import expiry_problems
from otasite.site.site_plan import clashes

#: The unit of the site's own files; no app can have this name.
SITE = "."
#: Below this many files to read, forking workers costs more than it saves.
FILES_WORTH_WORKERS = 200
#: A template with a mistake fails on every page: this many of its pages are reported, then its unit is given up.
MAX_FAILURES = 20

Progress = Callable[[int, int], None]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to build. ``out`` is the output folder (default: ``dist`` in the project)."""

    wishes: Wishes
    out: Path | None = None
    strict: bool = False
    cache: bool = True
    workers: int | None = None
    #: Report signing that ends within this time (``check`` only: a build's result must not depend on the day).
    expiring: dt.timedelta | None = None


class Report(msgspec.Struct, kw_only=True):
    """What a build did. Times are seconds; counts are files unless said otherwise."""

    out: Path
    base_url: str
    base_origin: str
    apps: int = 0
    releases: int = 0
    files: int = 0
    written: int = 0
    removed: int = 0
    rendered: int = 0
    loaded: int = 0
    drafts: int = 0
    future: int = 0
    dropped: int = 0
    seconds: float = 0.0
    stages: dict[str, float] = {}
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


class Done(msgspec.Struct, kw_only=True):
    """What came of one unit: its record, and the files that wait in the staging folder."""

    name: str
    unit: Unit
    staged: tuple[Staged, ...] = ()
    sources: tuple[str, ...] = ()  # for each output, in order: the file a person would edit
    rendered: int = 0


def build(project: Project, options: Options, progress: Progress | None = None) -> Report:
    """Build the site. Raises :class:`ProblemsFound` for mistakes in the content, :class:`Refused` for a wrong folder.

    When it raises, the output folder is as it was.
    """
    return _Run(project, options, progress or (lambda done, total: None)).run()


def check(project: Project, options: Options, progress: Progress | None = None) -> Report:
    """Load, plan and render everything as :func:`build` would, and write nothing but caches.

    All problems are in the report; nothing is raised for them.
    """
    return _Check(project, options, progress or (lambda done, total: None)).run()


class _Run:
    def __init__(self, project: Project, options: Options, progress: Progress) -> None:
        self.project = project
        self.options = options
        self.progress = progress
        self.started = time.perf_counter()
        self.stages: dict[str, float] = {}
        self.folder = choose_output(project, options.out)
        self.state = State(project.state, self.folder, project.root)
        self.owned = self.state.owned()
        self.output = self._output()
        self.before = self.state.units() if options.cache else {}

    def _output(self) -> Output:
        refuse_foreign(self.folder, self.owned)
        return Output(self.folder)

    def run(self) -> Report:
        self.assembly = Assembly(self.project, self.options.wishes, self._sources(SITE))
        self._look_closer()
        self._lap("load site")
        units = {source.id: self.before.get(source.id) for source in self.assembly.apps}
        dirty = [source for source in self.assembly.apps if not self._is_current(units[source.id])]
        site_is_current = not dirty and self._site_is_current(units)
        self._lap("look for changes")
        if site_is_current:
            return self._unchanged({name: unit for name, unit in units.items() if unit is not None})
        try:
            return self._rebuild(units, dirty)
        except OSError as error:
            raise disk_trouble(error, "the site") from error
        finally:
            self.output.close_stage()

    def _look_closer(self) -> None:
        """For :class:`_Check`."""

    # --- what is still right --------------------------------------------------------------------------------

    def _sources(self, unit: str) -> Sources:
        return Sources(self.project.root, self.state.remembered(unit) if self.options.cache else {})

    def _is_current(self, unit: Unit | None) -> bool:
        """Whether a unit's inputs, outputs and moment are such that working on it again would change nothing."""
        return (
            unit is not None
            and unit.key == self.assembly.key
            and (unit.until is None or self.assembly.context.choice.now.timestamp() < unit.until)
            and self.assembly.sources.holds(unit.trace)
            and self.output.holds(unit.outputs)
        )

    def _site_key(self, units: Iterable[Unit | None]) -> bytes:
        digests = [unit.digest for unit in units if unit is not None]
        pages = [(page.id, page.body) for page in self.assembly.context.pages]
        shared = [self.assembly.key, pages, digests]
        return blake2b(msgspec.msgpack.encode(shared), digest_size=16).digest()

    def _site_is_current(self, units: dict[str, Unit | None]) -> bool:
        before = self.before.get(SITE)
        return (
            before is not None
            and not self.assembly.findings.problems
            and self.before.keys() - {SITE} == units.keys()
            and before.key == self._site_key(units.values())
            and self.assembly.sources.holds(before.trace)
            and self.output.holds(before.outputs)
        )

    def _unchanged(self, units: dict[str, Unit]) -> Report:
        problems = [problem for unit in self.before.values() for problem in unit.problems]
        self._fail_on(problems)
        return self._report({**units, SITE: self.before[SITE]}, (), removed=0, problems=problems)

    # --- making ---------------------------------------------------------------------------------------------

    def _rebuild(self, units: dict[str, Unit | None], dirty: list[AppSource]) -> Report:
        self.output.open_stage()
        made = self._work(dirty)
        self._lap("apps")
        current = {name: made[name].unit if name in made else unit for name, unit in units.items()}
        site = self._site(current)
        self._lap("site")
        everything: dict[str, Unit] = {name: unit for name, unit in current.items() if unit is not None}
        everything[SITE] = site.unit
        problems = self._all_problems(everything, [*made.values(), site])
        self._fail_on(problems)
        done = [*made.values(), site]
        removed = self._commit(everything, done)
        self._lap("commit")
        self._save(everything)
        self._lap("save state")
        return self._report(everything, done, removed=removed, problems=problems)

    def _work(self, dirty: list[AppSource]) -> dict[str, Done]:
        if not dirty:
            return {}
        if self.assembly.theme is not None:
            _ = self.assembly.renderer  # imported once, before workers are forked
        sizes = {source.id: _size(self.project.root, source) for source in dirty}
        workers = self.options.workers or processors()
        if sum(sizes.values()) < FILES_WORTH_WORKERS:
            workers = 1
        dirty = sorted(dirty, key=lambda source: (-sizes[source.id], source.id))
        made: dict[str, Done] = {}
        for done in spread(dirty, self._app, Done, workers=workers):
            made[done.name] = done
            self.progress(len(made), len(dirty))
        return {source.id: made[source.id] for source in sorted(dirty)}

    def _app(self, source: AppSource) -> Done:
        """All work on one app; runs in a worker."""
        before = self.before.get(source.id)
        findings = Findings()
        sources = self._sources(source.id)
        trace = sources.start_trace()
        notes = Notes(self.state.notes(source.id) if self.options.cache else None)
        plan = self.assembly.plan_app(source, findings, sources, notes)
        selection = plan.selection
        if self.options.expiring is not None:
            findings.extend(
                expiry_problems(
                    selection.releases,
                    self.assembly.context.choice.now,
                    self.options.expiring,
                    lambda release: place_in_release(sources, release, "ios", "signing", "expires"),
                )
            )
        done = Done(
            name=source.id,
            unit=Unit(
                key=self.assembly.key,
                trace=trace,
                outputs={},
                digest=plan.digest,
                until=selection.until.timestamp() if selection.until else None,
                drafts=selection.drafts,
                future=selection.future,
                dropped=selection.dropped,
            ),
        )
        done.unit.broken = _is_broken(findings) or self.assembly.findings.failed
        if not done.unit.broken:
            self._make(done, plan.artifacts, before, findings)
        done.unit.problems = tuple(findings.problems)
        self._keep(source.id, sources, trace.files, notes)
        return done

    def _site(self, units: dict[str, Unit | None]) -> Done:
        """The site's own files, from what the apps left."""
        findings = self.assembly.findings
        sources = self.assembly.sources
        unit = Unit(key=self._site_key(units.values()), trace=self.assembly.trace, outputs={})
        done = Done(name=SITE, unit=unit)
        failed = findings.failed or any(unit is not None and unit.broken for unit in units.values())
        if not failed:
            digests = [unit.digest for unit in units.values() if unit is not None and unit.digest is not None]
            try:
                artifacts = self.assembly.plan_site(digests)
            except ProblemsFound as error:
                findings.extend(error.problems)
            else:
                self._make(done, artifacts, self.before.get(SITE), findings)
        done.unit.problems = tuple(findings.problems)
        self._keep(SITE, sources, unit.trace.files, self.assembly.context.notes)
        return done

    def _make(self, done: Done, artifacts: Iterable[Artifact], before: Unit | None, findings: Findings) -> None:
        """Render and stage what changed; record everything."""
        outputs = before.outputs if before is not None else {}
        staged, origins, failures = [], [], 0
        for artifact in artifacts:
            fingerprint = self.assembly.fingerprint(artifact)
            written = outputs.get(artifact.path)
            origins.append(artifact.source)
            if (
                written is not None
                and written.fingerprint == fingerprint
                and self.output.is_as_written(artifact.path, written)
            ):
                done.unit.outputs[artifact.path] = written
                continue
            try:
                written, is_staged = self.output.put(artifact, fingerprint)
            except ProblemsFound as error:
                findings.extend(error.problems)
                failures += 1
                if failures == MAX_FAILURES:
                    break
                continue
            done.rendered += 1
            if artifact.path in done.unit.outputs:  # named again by the check for clashes
                continue
            done.unit.outputs[artifact.path] = written
            if is_staged:
                staged.append(Staged(artifact.path, artifact.kind))
        done.staged = tuple(staged)
        done.sources = tuple(origins)

    def _keep(self, unit: str, sources: Sources, used: Iterable[str], notes: Notes) -> None:
        """Remember parsed content and converted notes for the next build."""
        if sources.changed:
            self.state.remember(unit, keep_only(sources.remembered, used))
        if notes.converted or notes.used.keys() != notes.remembered.keys():
            self.state.remember_notes(unit, notes.used)

    # --- finishing ------------------------------------------------------------------------------------------

    def _all_problems(self, units: dict[str, Unit], done: Iterable[Done]) -> list[Problem]:
        problems = [problem for unit in units.values() for problem in unit.problems]
        origins: dict[str, str] = {}
        for item in done:
            origins.update(zip(item.unit.outputs, item.sources, strict=False))
        pairs = (
            (path, origins.get(path) or f"content/apps/{name}")
            for name, unit in units.items()
            for path in unit.outputs
        )
        problems += [
            Problem(
                code="path-clash",
                message=f"two files would be {path}: one from {first}, one from {second}",
                hint="rename one of them; names that differ only in case count as the same",
                location=Location(second),
            )
            for path, first, second in clashes(pairs)
        ]
        return problems

    def _fail_on(self, problems: Iterable[Problem]) -> None:
        problems = list(problems)
        if has_errors(problems, strict=self.options.strict):
            raise ProblemsFound(problems)

    def _commit(self, units: dict[str, Unit], done: list[Done]) -> int:
        """Put the staged files in place, then delete what no unit has any more."""
        outputs = frozenset(path for unit in units.values() for path in unit.outputs)
        self.state.own(self.owned | outputs)
        self.output.commit((staged for item in done for staged in item.staged), self.owned)
        removed = self.output.remove(sorted(self.owned - outputs))
        if self.owned - outputs:
            self.state.own(outputs)
        return removed

    def _save(self, units: dict[str, Unit]) -> None:
        self.state.save(units)

    def _report(
        self, units: dict[str, Unit], done: Iterable[Done], *, removed: int, problems: list[Problem]
    ) -> Report:
        done = list(done)
        digests = [unit.digest for unit in units.values() if unit.digest is not None]
        notes = list(self.state.warnings)
        return Report(
            out=self.folder,
            base_url=self.assembly.base.url,
            base_origin=self.assembly.base.origin,
            apps=len(digests),
            releases=sum(digest.releases for digest in digests),
            files=sum(len(unit.outputs) for unit in units.values()),
            written=sum(len(item.staged) for item in done),
            removed=removed,
            rendered=sum(item.rendered for item in done),
            loaded=len(done),
            drafts=sum(unit.drafts for unit in units.values()),
            future=sum(unit.future for unit in units.values()),
            dropped=sum(unit.dropped for unit in units.values()),
            seconds=time.perf_counter() - self.started,
            stages=self.stages,
            problems=tuple(problems),
            notes=tuple(notes),
        )

    def _lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages[stage] = now - self.started - sum(self.stages.values())


class _Check(_Run):
    """The same run without an output folder, on all units, with every problem reported instead of raised."""

    def _output(self) -> Output:
        return NoOutput()

    def _look_closer(self) -> None:
        """What can be said about the theme beyond what its pages show."""
        from otasite.theming.checks import check_templates
        from otasite.theming.eject import drift
        from otasite.theming.locale_checks import check_locales

        theme, findings = self.assembly.theme, self.assembly.findings
        if theme is not None:
            cache = self.project.state / "cache"
            findings.extend(check_templates(theme, cache=cache))
            findings.extend(check_locales(theme, languages=self.assembly.site.languages, cache=cache))
            findings.extend(drift(theme))

    def _is_current(self, unit: Unit | None) -> bool:
        return False

    def _fail_on(self, problems: Iterable[Problem]) -> None:
        """The caller decides what to do about them."""

    def _commit(self, units: dict[str, Unit], done: list[Done]) -> int:
        return 0

    def _save(self, units: dict[str, Unit]) -> None:
        """Nothing was built, so there is nothing to remember."""


def _is_broken(findings: Findings) -> bool:
    """Whether content is so wrong that rendering it would only add wrong problems to the true ones."""
    return any(problem.is_error and problem.code != "expired" for problem in findings.problems)


def _size(root: Path, source: AppSource) -> int:
    """About how much work an app is: the files in its folder of releases."""
    return len(names_in(f"{root}/{source.folder}/releases")) if source.folder else 1
