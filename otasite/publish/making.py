"""Making the files of units: apps in worker processes where that is worth it, the site's own files here.

Of each unit is rendered what changed since its earlier record; what became of it is its new one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from otasite.catalogue.apps import AppSource
from otasite.catalogue.model import Release
from otasite.catalogue.project import Project
from otasite.catalogue.sources import Sources, names_in
from otasite.hosts.limits import file_problems, site_problems
from otasite.outputs.own_files import template_of
from otasite.problems import Findings, Location, Problem, ProblemsFound, each_once
from otasite.progress import Advance, Counter, Progress, Share, no_progress
from otasite.publish.output import Staged
from otasite.publish.parallel import Work, can_fork, processors, spread
from otasite.publish.report import Effort
from otasite.site.artifacts import Artifact
from otasite.workshop.options import BuildOptions
from otasite.workshop.unit import AppUnit
from otasite.workshop.unit_memory import SITE, UnitRecord, Written
from otasite.workshop.workshop import Workshop

#: Below this many files to read, forking workers costs more than it saves.
FILES_WORTH_WORKERS = 200
#: Files after which those who wait hear of it: a twentieth of a second's work.
FILES_PER_STEP = 200

#: Problems of some releases of a workshop besides those that planning them finds.
Look = Callable[[Workshop, Iterable[Release], Sources], Iterable[Problem]]


def look_no_further(workshop: Workshop, releases: Iterable[Release], sources: Sources) -> Iterable[Problem]:
    """What planning finds is all."""
    return ()


class Made(msgspec.Struct, kw_only=True):
    """What came of one unit: its record, and the files that wait in the staging folder."""

    name: str
    record: UnitRecord
    staged: tuple[Staged, ...] = ()
    effort: Effort
    #: Files of earlier runs that could not be used.
    unusable: tuple[str, ...] = ()


class Task(NamedTuple):
    """An app to make; ``size`` is about how much work it is (:func:`_size`)."""

    app: str
    size: int


class Target(Protocol):
    """Where files are put; tells how each will be, and whether it waits for its place."""

    def put(self, artifact: Artifact, fingerprint: bytes) -> tuple[Written, bool]: ...

    def is_as_written(self, path: str, file: Written) -> bool: ...


def _making_elsewhere(
    project: Project,
    options: BuildOptions,
    target: Target,
    before: Mapping[str, UnitRecord],
    look: Look,
    shared: tuple[Problem, ...],
) -> Work[Task, Made]:
    """In a worker: open the project again, and make apps as the process would that asks for them."""
    return Making(Workshop(project, options), target, before, no_progress, look, shared).app


class Making:
    """Plans and renders units of a workshop; ``before`` are the records of those that were made earlier.

    What is wrong with what all units share is in ``shared``: what is given, else what the workshop knows. With errors
    in it nothing is rendered.
    """

    def __init__(
        self,
        workshop: Workshop,
        target: Target,
        before: Mapping[str, UnitRecord],
        progress: Progress,
        look: Look = look_no_further,
        shared: Iterable[Problem] | None = None,
    ) -> None:
        self._workshop = workshop
        self._assembly = workshop.newest
        self._target = target
        self._before = before
        self._progress = progress
        self._look = look
        self._hosts = self._assembly.site.hosting
        self.shared = Findings()
        self.shared.extend(self._assembly.findings.problems if shared is None else shared)
        #: What is wrong with these templates: other pages of them are not tried.
        self._failing: dict[str, tuple[Problem, ...]] = {}

    # --- apps -----------------------------------------------------------------------------------------------

    def apps(self, units: Iterable[AppUnit]) -> dict[str, Made]:
        """Make these apps; their units keep nothing but records."""
        sources = [unit.source for unit in units]
        if not sources:
            return {}
        if self._assembly.theme is not None:
            _ = self._assembly.renderer  # imported once, before workers are forked
        root = self._workshop.project.root
        tasks = sorted(
            (Task(source.id, _size(root, source)) for source in sources), key=lambda task: (-task.size, task.app)
        )
        total = sum(task.size for task in tasks)
        workers = self._workers if total >= FILES_WORTH_WORKERS else 1
        advance = Counter(total, self._progress).advance
        done = spread(tasks, self.app, self._remake(tasks), Made, advance, workers=workers)
        made = {item.name: item for item in done}
        for name, item in made.items():
            self._workshop.units[name].let_go(item.record)
        return {name: made[name] for name in sorted(made)}

    @property
    def _workers(self) -> int:
        """Workers that are started anew run the script that builds once more, so only who asks for them gets them."""
        return self._workshop.options.workers or (processors() if can_fork() else 1)

    def _remake(self, tasks: Iterable[Task]) -> Callable[[], Work[Task, Made]]:
        """What :meth:`app` is in a process that shares nothing with this one."""
        options = self._workshop.options
        return partial(
            _making_elsewhere,
            self._workshop.project,
            msgspec.structs.replace(
                options, environment=dict(options.environment), now=self._assembly.context.choice.now
            ),
            self._target,
            {task.app: self._before[task.app] for task in tasks if task.app in self._before},
            self._look,
            tuple(self.shared.problems),
        )

    def app(self, task: Task, advance: Advance) -> Made:
        """All work on one app; runs in a worker."""
        share = Share(task.size, advance)
        unit = self._workshop.units[task.app]
        plan = unit.plan_all()
        findings = Findings()
        findings.extend(unit.problems)
        if plan is not None:
            findings.extend(self._look(self._workshop, plan.selection.releases, unit.memory.sources))
            findings.extend(self._assembly.host_problems(plan, unit.memory.sources))
        record = unit.record
        if record is None:
            record = UnitRecord(key=self._assembly.plan_key, trace=unit.trace, broken=unit.is_broken)
        record.broken = record.broken or self.shared.failed
        made = Made(name=task.app, record=record, effort=Effort())
        if unit.files is not None and not record.broken:
            self._make(made, unit.files.values(), findings, share)
        share.reach(1, 1)
        record.problems = each_once(findings.problems)
        unit.memory.save(unit.trace.files)
        made.unusable = self._workshop.memory.take_unusable()
        made.effort.note_recalls(unit.memory)
        unit.let_go(record)
        return made

    # --- the site -------------------------------------------------------------------------------------------

    def site_key(self, apps: Iterable[UnitRecord]) -> bytes:
        """Stands for all that the site's own files depend on, besides files of the project."""
        digests = [record.digest for record in apps]
        pages = self._assembly.context.pages
        shared = [self._assembly.plan_key, self._assembly.themed_key, pages, self._assembly.context.data, digests]
        return blake2b(msgspec.msgpack.encode(shared), digest_size=16).digest()

    def site(self, apps: Mapping[str, UnitRecord]) -> Made:
        """Make the site's own files, from what the apps left."""
        unit, findings = self._workshop.site_unit, self.shared
        record = UnitRecord(key=self.site_key(apps.values()), trace=self._assembly.trace)
        made = Made(name=SITE, record=record, effort=Effort())
        if not findings.failed and not any(app.broken for app in apps.values()):
            digests = tuple(app.digest for app in apps.values() if app.digest is not None)
            taken = {path: name for name, app in apps.items() for path in app.outputs}
            files = unit.plan(self._assembly, digests, lambda artifacts: taken)
            findings.extend(unit.problems)
            if unit.is_complete:
                self._make(made, files.values(), findings)
                findings.extend(self._site_limits([*apps.values(), record]))
                unit.memory.save(record.trace.files)
            made.effort.note_recalls(unit.memory)
        record.problems = each_once(findings.problems)
        return made

    def _site_limits(self, records: Iterable[UnitRecord]) -> Iterator[Problem]:
        """What hosts say against the site as a whole."""
        if self._hosts:
            sizes = [file.size for record in records for file in record.outputs.values()]
            yield from site_problems(self._hosts, len(sizes), sum(sizes), self._assembly.where("hosting"))

    # --- files ----------------------------------------------------------------------------------------------

    def _make(
        self, made: Made, artifacts: Iterable[Artifact], findings: Findings, share: Share | None = None
    ) -> None:
        """Render and put what changed; record everything."""
        artifacts = tuple(artifacts)
        earlier = self._before.get(made.name)
        outputs = earlier.outputs if earlier is not None else {}
        staged: list[Staged] = []
        pages: list[tuple[float, str]] = []
        is_failing = False
        for number, artifact in enumerate(artifacts):
            if share and number % FILES_PER_STEP == 0:
                share.reach(number, len(artifacts))
            fingerprint = self._assembly.fingerprint(artifact)
            written = outputs.get(artifact.path)
            if (
                written is not None
                and written.fingerprint == fingerprint
                and self._target.is_as_written(artifact.path, written)
            ):
                self._note(made, artifact, written, findings)
                continue
            started = time.perf_counter()
            template = template_of(artifact.inputs)
            if template in self._failing:
                findings.extend(self._failing[template])
                is_failing = True
                continue
            try:
                written, is_staged = self._target.put(artifact, fingerprint)
            except ProblemsFound as error:
                findings.extend(error.problems)
                is_failing = True
                if template is not None and all(problem.page for problem in error.problems):
                    self._failing[template] = error.problems
                continue
            made.effort.rendered += 1
            if artifact.themed:
                pages.append((time.perf_counter() - started, artifact.path))
            self._note(made, artifact, written, findings)
            if is_staged:
                staged.append(Staged(artifact.path, artifact.kind))
                made.effort.written_bytes += written.size
        made.effort.note_pages(pages)
        made.staged = tuple(staged)
        made.record.rendered_with = b"" if is_failing else self._assembly.themed_key

    def _note(self, made: Made, artifact: Artifact, written: Written, findings: Findings) -> None:
        made.record.outputs[artifact.path] = written
        if self._hosts and artifact.kind != "binary":  # those are judged where the catalogue names them
            findings.extend(file_problems(self._hosts, written.size, Location(artifact.source)))


def _size(root: Path, source: AppSource) -> int:
    """About how much work an app is: its own file, and those in its folder of releases."""
    return 1 + len(names_in(f"{root}/{source.folder}/releases")) if source.folder else 1
