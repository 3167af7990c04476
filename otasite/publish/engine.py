"""A build: load, plan, render, stage, commit, prune — for what changed, and soundly.

Work is divided into units: each app is one, the site's own files are another. A unit whose inputs and outputs are as
the last build left them is not even loaded. In the others, a file is rendered only when its fingerprint changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from otasite.problems import ProblemsFound, each_once, has_errors
from otasite.progress import Progress, no_progress
from otasite.publish.making import Made, Making
from otasite.publish.output import Output, choose_output, disk_trouble, refuse_foreign
from otasite.publish.report import Report, reminders, report_on, total
from otasite.publish.state import State
from otasite.workshop.lock import locked
from otasite.workshop.unit import AppUnit
from otasite.workshop.unit_memory import SITE, UnitRecord
from otasite.workshop.workshop import Workshop


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
        return _Build(workshop, out, strict, progress).run()


class _Build:
    """One run of a build: its parts in the order in which they happen."""

    def __init__(self, workshop: Workshop, out: Path | None, strict: bool, progress: Progress) -> None:
        self.started = time.perf_counter()
        self.stages: dict[str, float] = {}
        self.strict = strict
        self.folder = choose_output(workshop.project, out)
        self.state = State(workshop.memory, workshop.project.state, self.folder)
        self.owned = self.state.owned()
        refuse_foreign(self.folder, self.owned)
        self.output = Output(self.folder)
        self.before = self.state.records.load()
        self.workshop = workshop
        workshop.refresh()
        self.making = Making(workshop, self.output, self.before, progress)

    def run(self) -> Report:
        self._lap("load site")
        units = self.workshop.units
        changed = [unit for unit in units.values() if not self._is_current(unit)]
        is_current = not changed and self._is_site_current(self._records())
        self._lap("look for changes")
        if is_current:
            return self._unchanged()
        try:
            return self._rebuild(changed)
        except OSError as error:
            raise disk_trouble(error, "the site") from error
        finally:
            self.output.close_stage()

    def _records(self) -> dict[str, UnitRecord]:
        """What is known of apps that need no work any more."""
        units = self.workshop.units
        return {name: unit.record for name, unit in units.items() if unit.record is not None}

    # --- what is still right --------------------------------------------------------------------------------

    def _is_current(self, unit: AppUnit) -> bool:
        """Whether a unit's inputs, outputs and moment are such that working on it again would change nothing."""
        record = self.before.get(unit.source.id)
        assembly = self.workshop.newest
        return (
            record is not None
            and record.key == assembly.plan_key
            and record.rendered_with == assembly.themed_key
            and self.output.holds(record.outputs)
            and unit.recall(record)
        )

    def _is_site_current(self, apps: Mapping[str, UnitRecord]) -> bool:
        record = self.before.get(SITE)
        return (
            record is not None
            and not self.making.shared.problems
            and self.before.keys() - {SITE} == apps.keys()
            and record.key == self.making.site_key(apps.values())
            and self.workshop.newest.sources.holds(record.trace)
            and self.output.holds(record.outputs)
        )

    def _unchanged(self) -> Report:
        self.output.remove_old_stages()
        records = {**self._records(), SITE: self.before[SITE]}
        self._fail_on(self.before.values())
        return self._report(records, [], removed=0)

    # --- making ---------------------------------------------------------------------------------------------

    def _rebuild(self, changed: list[AppUnit]) -> Report:
        self.output.open_stage()
        apps = self.making.apps(changed)
        self._lap("apps")
        records = self._records()
        site = self.making.site(records)
        self._lap("site")
        records[SITE] = site.record
        self._fail_on(records.values())
        made = [*apps.values(), site]
        removed = self._commit(records, made)
        self._lap("commit")
        self.state.records.save(records)
        self._lap("save state")
        return self._report(records, made, removed=removed)

    def _fail_on(self, records: Iterable[UnitRecord]) -> None:
        records = tuple(records)
        problems = list(each_once(problem for record in records for problem in record.problems))
        if self.strict:
            problems += reminders(self.workshop, records)
        if has_errors(problems, strict=self.strict):
            raise ProblemsFound(problems)

    def _commit(self, records: Mapping[str, UnitRecord], made: list[Made]) -> int:
        """Put the staged files in place, then delete what no unit has any more."""
        outputs = frozenset(path for record in records.values() for path in record.outputs)
        self.state.own(self.owned | outputs)
        gone = self.output.respell(self.owned - outputs, outputs)
        complete = frozenset(path for record in self.before.values() for path in record.outputs)
        self.output.commit((staged for item in made for staged in item.staged), self.owned, complete)
        removed = self.output.remove(sorted(gone))
        if self.owned - outputs:
            self.state.own(outputs)
        return removed

    def _report(self, records: Mapping[str, UnitRecord], made: list[Made], *, removed: int) -> Report:
        return report_on(
            self.workshop,
            records,
            self.folder,
            effort=total(item.effort for item in made),
            written=sum(len(item.staged) for item in made),
            removed=removed,
            loaded=len(made),
            unusable=[path for item in made for path in item.unusable],
            stages=self.stages,
            started=self.started,
        )

    def _lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages[stage] = now - self.started - sum(self.stages.values())
