"""A build: load, plan, render, stage, commit, prune — for what changed, and soundly.

Work is divided into units: each app is one, the site's own files are another. A unit whose inputs and outputs are as
the last build left them is not even loaded. In the others, a file is rendered only when its fingerprint changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

import msgspec

from otasite.catalogue.apps import AppSource
from otasite.catalogue.files import place_in_release
from otasite.catalogue.model import Release
from otasite.catalogue.sources import Sources, names_in
from otasite.hosts.limits import CODES, binary_problems, site_problems
from otasite.memory import notes_on
from otasite.problems import Findings, Problem, ProblemsFound, has_errors
from otasite.publish.effort import Effort, total
from otasite.publish.making import Done, Maker, Share
from otasite.publish.output import Output, choose_output, disk_trouble, refuse_foreign
from otasite.publish.parallel import Tell, processors, spread
from otasite.publish.report import Progress, Report, no_progress
from otasite.publish.state import State, Unit
from otasite.site.addresses import OwnBinary
from otasite.site.plan import AppPlan
from otasite.site.published import PublishedApp
from otasite.workshop.assembly import Assembly
from otasite.workshop.lock import locked
from otasite.workshop.unit_memory import SITE, UnitMemory
from otasite.workshop.workshop import Workshop

#: Below this many files to read, forking workers costs more than it saves.
FILES_WORTH_WORKERS = 200
#: Problems of content that can be rendered all the same.
_RIGHT_IN_ITSELF = frozenset({"expired", *CODES})


def build(
    workshop: Workshop,
    *,
    out: Path | None = None,
    strict: bool = False,
    wait: bool = True,
    progress: Progress = no_progress,
    tell: Callable[[str], None] = lambda text: None,
) -> Report:
    """Build the site into ``out`` (default: ``dist`` in the project); ``strict`` counts warnings as errors.

    Raises :class:`ProblemsFound` for mistakes in the content, :class:`Refused` for a wrong folder. When it raises,
    the output folder is as it was. While another build of the project is at work this one waits, and ``tell`` gets a
    line about it; without ``wait`` that is refused.
    """
    with locked(workshop.project.state, wait=wait, tell=tell):
        return Run(workshop, out, strict, progress).run()


class Run:
    """One run of a build: its parts in the order in which they happen."""

    def __init__(self, workshop: Workshop, out: Path | None, strict: bool, progress: Progress) -> None:
        self.project = workshop.project
        self.options = workshop.options
        self.strict = strict
        self.progress = progress
        self.started = time.perf_counter()
        self.stages: dict[str, float] = {}
        self.folder = choose_output(self.project, out)
        self.memory = workshop.memory
        self.state = State(self.memory, self.project.state, self.folder)
        self.owned = self.state.owned()
        self.output = self._output()
        self.before = self.state.units()

    def _output(self) -> Output:
        refuse_foreign(self.folder, self.owned)
        return Output(self.folder)

    def run(self) -> Report:
        self.site_memory = UnitMemory(self.memory, SITE, self.project.root)
        self.assembly = Assembly(self.project, self.options, self.memory, self.site_memory.sources)
        self.maker = Maker(self.assembly, self.output)
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
        """What only a check looks at."""

    # --- what is still right --------------------------------------------------------------------------------

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
        self.output.remove_old_stages()
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
        problems = [problem for unit in everything.values() for problem in unit.problems]
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
        self.sizes = {source.id: _size(self.project.root, source) for source in dirty}
        total = sum(self.sizes.values())
        workers = (self.options.workers or processors()) if total >= FILES_WORTH_WORKERS else 1
        reached = 0

        def tell(more: int) -> None:
            nonlocal reached
            reached += more
            self.progress(reached, total)

        dirty = sorted(dirty, key=lambda source: (-self.sizes[source.id], source.id))
        made = {done.name: done for done in spread(dirty, self._app, Done, tell, workers=workers)}
        return {source.id: made[source.id] for source in sorted(dirty)}

    def _app(self, source: AppSource, tell: Tell) -> Done:
        """All work on one app; runs in a worker."""
        share = Share(self.sizes[source.id], tell)
        before = self.before.get(source.id)
        findings = Findings()
        memory = UnitMemory(self.memory, source.id, self.project.root)
        sources = memory.sources
        trace = sources.start_trace()
        plan = self.assembly.plan_app(source, findings, memory)
        selection, published = plan.selection, plan.published
        findings.extend(self._problems_of_the_day(selection.releases, sources))
        done = Done(
            name=source.id,
            effort=Effort(),
            unit=Unit(
                key=self.assembly.key,
                trace=trace,
                outputs={},
                digest=self.assembly.digest(published) if published is not None else None,
                until=selection.until.timestamp() if selection.until else None,
                elsewhere=tuple(own for own in _own_binaries(published) if not own.in_dist),
                private=_private(published),
                drafts=selection.drafts,
                future=selection.future,
                dropped=selection.dropped,
            ),
        )
        findings.extend(self._binary_limits(plan, sources))
        done.unit.broken = _is_broken(findings) or self.assembly.findings.failed
        if not done.unit.broken:
            self.maker.make(done, plan.artifacts, before, findings, share=share)
        share.reach(1, 1)
        done.unit.problems = tuple(findings.problems)
        memory.save(trace.files)
        done.unusable = self.memory.take_unusable()
        done.effort.note_recalls(memory)
        return done

    def _problems_of_the_day(self, releases: Iterable[Release], sources: Sources) -> Iterable[Problem]:
        """What only a check says: a build's result must not depend on the day."""
        return ()

    def _binary_limits(self, plan: AppPlan, sources: Sources) -> Iterator[Problem]:
        """What hosts say against the binaries that go into dist/, where the catalogue names them."""
        hosts = self.assembly.site.hosting
        for release in plan.selection.releases if hosts else ():
            for binary in release.binaries:
                own = plan.published.addresses.own(release, binary) if plan.published is not None else None
                if own and own.in_dist and own.size:
                    at = place_in_release(sources, release, binary.platform, "file")
                    yield from binary_problems(hosts, own.size, at)

    def _site(self, units: dict[str, Unit | None]) -> Done:
        """The site's own files, from what the apps left."""
        findings = self.assembly.findings
        unit = Unit(key=self._site_key(units.values()), trace=self.assembly.trace, outputs={})
        done = Done(name=SITE, unit=unit, effort=Effort())
        failed = findings.failed or any(unit is not None and unit.broken for unit in units.values())
        if not failed:
            digests = [unit.digest for unit in units.values() if unit is not None and unit.digest is not None]
            taken = {path: name for name, unit in units.items() if unit is not None for path in unit.outputs}
            try:
                artifacts = self.assembly.plan_site(digests, self.site_memory, findings)
            except ProblemsFound as error:
                findings.extend(error.problems)
            else:
                self.maker.make(done, artifacts, self.before.get(SITE), findings, taken)
                findings.extend(self._site_limits([*units.values(), unit]))
                self.site_memory.save(unit.trace.files)
            done.effort.note_recalls(self.site_memory)
        done.unit.problems = tuple(findings.problems)
        return done

    def _site_limits(self, units: Iterable[Unit | None]) -> Iterator[Problem]:
        """What hosts say against the site as a whole."""
        hosts = self.assembly.site.hosting
        if hosts:
            sizes = [file.size for unit in units if unit is not None for file in unit.outputs.values()]
            yield from site_problems(hosts, len(sizes), sum(sizes), self.assembly.where("hosting"))

    # --- finishing ------------------------------------------------------------------------------------------

    def _fail_on(self, problems: Iterable[Problem]) -> None:
        problems = list(problems)
        if has_errors(problems, strict=self.strict):
            raise ProblemsFound(problems)

    def _commit(self, units: dict[str, Unit], done: list[Done]) -> int:
        """Put the staged files in place, then delete what no unit has any more."""
        outputs = frozenset(path for unit in units.values() for path in unit.outputs)
        self.state.own(self.owned | outputs)
        complete = frozenset(path for unit in self.before.values() for path in unit.outputs)
        self.output.commit((staged for item in done for staged in item.staged), self.owned, complete)
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
        private = sum(unit.private for unit in units.values())
        unusable = (*(path for item in done for path in item.unusable), *self.memory.take_unusable())
        notes = [*notes_on(self.memory, unusable), *self._unsigned(private)]
        return Report(
            out=self.folder,
            base_url=self.assembly.base.url,
            base_origin=self.assembly.base.origin,
            apps=len(digests),
            releases=sum(digest.releases for digest in digests),
            files=sum(len(unit.outputs) for unit in units.values()),
            bytes=sum(written.size for unit in units.values() for written in unit.outputs.values()),
            written=sum(len(item.staged) for item in done),
            removed=removed,
            effort=total(item.effort for item in done),
            loaded=len(done),
            drafts=sum(unit.drafts for unit in units.values()),
            future=sum(unit.future for unit in units.values()),
            dropped=sum(unit.dropped for unit in units.values()),
            seconds=time.perf_counter() - self.started,
            stages=self.stages,
            problems=tuple(problems),
            notes=tuple(notes),
            private=private,
            elsewhere=tuple(binary for unit in units.values() for binary in unit.elsewhere),
        )

    def _unsigned(self, private: int) -> Iterator[str]:
        """What to say when people will not be able to fetch private binaries."""
        if private and self.options.signer is None:
            are = "1 binary is" if private == 1 else f"{private:,} binaries are"
            yield f"{are} in a private bucket: sign the addresses with --presign, or let “otasite deploy” do it"

    def _lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages[stage] = now - self.started - sum(self.stages.values())


def _own_binaries(app: PublishedApp | None) -> tuple[OwnBinary, ...]:
    return tuple(app.addresses.binaries.values()) if app is not None else ()


def _private(app: PublishedApp | None) -> int:
    """How many binaries, own or not, are in a private bucket."""
    if app is None:
        return 0
    return sum(app.addresses.is_private(release, binary) for release in app.shown for binary in release.binaries)


def _is_broken(findings: Findings) -> bool:
    """Whether content is so wrong that rendering it would only add wrong problems to the true ones."""
    return any(problem.is_error and problem.code not in _RIGHT_IN_ITSELF for problem in findings.problems)


def _size(root: Path, source: AppSource) -> int:
    """About how much work an app is: its own file, and those in its folder of releases."""
    return 1 + len(names_in(f"{root}/{source.folder}/releases")) if source.folder else 1
