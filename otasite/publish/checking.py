"""``check``: the same run as a build, on everything, without writing a site."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from otasite.catalogue.files import place_in_release
from otasite.catalogue.model import Release
from otasite.catalogue.sources import Sources
from otasite.problems import Problem
from otasite.publish.engine import Run
from otasite.publish.making import Done
from otasite.publish.output import NoOutput, Output
from otasite.publish.report import Progress, Report, no_progress
from otasite.publish.state import Unit
from otasite.site.rules import expiry_problems
from otasite.workshop.workshop import Workshop


def check(workshop: Workshop, *, expiring: dt.timedelta | None = None, progress: Progress = no_progress) -> Report:
    """Load, plan and render everything as :func:`build` would, and write nothing but caches.

    All problems are in the report; nothing is raised for them. ``expiring`` asks for signing that ends within this
    time, too.
    """
    return _Check(workshop, expiring, progress).run()


class _Check(Run):
    """The same run without an output folder, on all units, with every problem reported instead of raised."""

    def __init__(self, workshop: Workshop, expiring: dt.timedelta | None, progress: Progress) -> None:
        super().__init__(workshop, None, False, progress)
        self.expiring = expiring

    def _problems_of_the_day(self, releases: Iterable[Release], sources: Sources) -> Iterable[Problem]:
        if self.expiring is None:
            return ()
        return expiry_problems(
            releases,
            self.assembly.context.choice.now,
            self.expiring,
            lambda release: place_in_release(sources, release, "ios", "signing", "expires"),
        )

    def _output(self) -> Output:
        return NoOutput()

    def _look_closer(self) -> None:
        """What can be said about the theme beyond what its pages show."""
        from otasite.theming.checks import check_templates
        from otasite.theming.eject import drift
        from otasite.theming.locale_checks import check_locales

        theme, findings = self.assembly.theme, self.assembly.findings
        if theme is not None:
            languages = self.assembly.site.languages
            findings.extend(check_templates(theme, memory=self.memory))
            findings.extend(check_locales(theme, languages=languages, memory=self.memory))
            findings.extend(drift(theme))

    def _is_current(self, unit: Unit | None) -> bool:
        return False

    def _fail_on(self, problems: Iterable[Problem]) -> None:
        """The caller decides what to do about them."""

    def _commit(self, units: dict[str, Unit], done: list[Done]) -> int:
        return 0

    def _save(self, units: dict[str, Unit]) -> None:
        """Nothing was built, so there is nothing to remember."""
