"""One app of an open project: nothing is read of it before somebody asks, and nothing twice."""

from __future__ import annotations

from functools import cached_property

from otasite.catalogue.apps import AppSource
from otasite.catalogue.files import Files
from otasite.catalogue.model import App
from otasite.catalogue.records import AppRecord
from otasite.catalogue.sources import Sources
from otasite.problems import Findings, Problem
from otasite.site.plan import AppPlan
from otasite.workshop.assembly import Assembly
from otasite.workshop.unit_memory import UnitMemory


class AppUnit:
    """One app with what is known of it. Mistakes in other apps make no difference here."""

    def __init__(self, source: AppSource, assembly: Assembly) -> None:
        self.source = source
        self._assembly = assembly
        self._read = Findings()
        self._planned = Findings()

    @cached_property
    def record(self) -> AppRecord | None:
        """The app's own file as it is written, without releases that have files of their own."""
        return Files(Sources(self._assembly.project.root), self._read).record(self.source.path, AppRecord)[0]

    @cached_property
    def app(self) -> App:
        """The app as its YAML has it; binaries are not looked into. With errors it is good for looking only."""
        return self._assembly.load_app(self.source, self._read, Sources(self._assembly.project.root))

    @cached_property
    def plan(self) -> AppPlan:
        """Every file of the app. With errors it is good for looking only."""
        memory = UnitMemory(self._assembly.memory, self.source.id, self._assembly.project.root)
        return self._assembly.plan_app(self.source, self._planned, memory)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found in as much of the app as was looked at."""
        return tuple(dict.fromkeys([*self._read.problems, *self._planned.problems]))
