"""``check``: everything planned and rendered, and nothing kept of it but caches."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from functools import partial

from otasite.catalogue.files import place_in_release
from otasite.catalogue.model import Release
from otasite.catalogue.sources import Sources
from otasite.problems import Problem
from otasite.progress import Progress, no_progress
from otasite.publish.making import Making
from otasite.publish.output import Nowhere
from otasite.publish.report import Report, report_on, total
from otasite.site.review import review_problems
from otasite.site.rules import expiry_problems
from otasite.site.updates import update_problems
from otasite.workshop.unit_memory import SITE
from otasite.workshop.workshop import Workshop


def check(workshop: Workshop, *, expiring: dt.timedelta | None = None, progress: Progress = no_progress) -> Report:
    """Load, plan and render everything as :func:`build` would, and write nothing but caches.

    All problems are in the report; nothing is raised for them. Whether phones take the newest builds as updates is
    among them; ``expiring`` asks for signing that ends within this time, too.
    """
    started = time.perf_counter()
    workshop.refresh()
    making = Making(workshop, Nowhere(), {}, progress, partial(_problems_of_checks, expiring))
    making.shared.extend(_theme_problems(workshop))
    apps = making.apps(workshop.units.values())
    site = making.site({name: made.record for name, made in apps.items()})
    made = {**apps, SITE: site}
    report = report_on(
        workshop,
        {name: item.record for name, item in made.items()},
        workshop.project.root / "dist",
        effort=total(item.effort for item in made.values()),
        loaded=len(made),
        unusable=[path for item in made.values() for path in item.unusable],
        started=started,
    )
    if expiring is not None:  # the rule of checks says more of signing that has ended
        report.reminders = tuple(problem for problem in report.reminders if problem.code != "expired")
    return report


def _problems_of_checks(
    expiring: dt.timedelta | None, workshop: Workshop, releases: Iterable[Release], sources: Sources
) -> Iterator[Problem]:
    """What only a check says: a build's result must not depend on the day, and an old site can be built again."""
    releases = tuple(releases)
    now = workshop.newest.context.choice.now
    place = partial(place_in_release, sources)
    yield from update_problems(releases, place)
    if expiring is not None:
        yield from expiry_problems(
            releases, now, expiring, lambda release: place(release, "ios", "signing", "expires")
        )
    yield from review_problems(releases, now, expiring or dt.timedelta(0), place)


def _theme_problems(workshop: Workshop) -> Iterator[Problem]:
    """What can be said about the theme beyond what its pages show."""
    from otasite.theming.checks import check_templates
    from otasite.theming.eject import drift
    from otasite.theming.locale_checks import check_locales

    theme = workshop.newest.theme
    if theme is not None:
        yield from check_templates(theme, memory=workshop.memory)
        yield from check_locales(theme, languages=workshop.newest.site.languages, memory=workshop.memory)
        yield from drift(theme)
