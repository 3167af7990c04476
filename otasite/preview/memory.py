"""What one preview leaves for the next, so that it starts with everything known: in ``.otasite/``, apart from builds.

The last build of dist/ is read as well: whoever builds and then previews should not wait for the same work twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from otasite.catalogue.project import Project
from otasite.catalogue.sources import Trace
from otasite.memory import Memory
from otasite.preview.live_app import LiveApp
from otasite.problems import Problem
from otasite.publish.state import State, Unit
from otasite.workshop.assembly import Assembly
from otasite.workshop.unit_memory import SITE


class FormerRuns:
    """The state of earlier previews and builds of one project."""

    def __init__(self, project: Project, memory: Memory) -> None:
        self.state = State(memory, project.state, project.state / "preview")
        self._build = State(memory, project.state, project.root / "dist")

    def recall(self, assembly: Assembly, apps: Mapping[str, LiveApp]) -> tuple[Problem, ...] | None:
        """Let apps take over what is known of them, if none of their files changed since.

        Returns what was wrong with the theme's templates, ``None`` when nobody has looked at these.
        """
        units = self.state.units()
        build_key = assembly.key_for(drafts=False, future=False)
        _take_over(apps, units, assembly, lambda unit: unit.key == assembly.plan_key)
        # A build leaves drafts out, so it knows the apps that have none.
        _take_over(
            apps,
            self._build.units(),
            assembly,
            lambda unit: unit.key == build_key and not (unit.drafts or unit.future),
            rendered_with=assembly.themed_key,
        )
        checked = units.get(SITE)
        return checked.problems if checked is not None and checked.key == assembly.themed_key else None

    def save(self, assembly: Assembly, apps: Iterable[LiveApp], checked: tuple[Problem, ...] | None) -> None:
        """Keep what is known now; ``checked`` is what :meth:`recall` is to return."""
        units = {}
        for app in apps:
            app.save()
            unit = app.unit(assembly)
            if unit is not None:
                units[app.source.id] = msgspec.structs.replace(unit, key=assembly.plan_key)
        if checked is not None:
            units[SITE] = Unit(key=assembly.themed_key, trace=Trace(), outputs={}, problems=checked)
        self.state.save(units)


def _take_over(
    apps: Mapping[str, LiveApp],
    units: Mapping[str, Unit],
    assembly: Assembly,
    fits: Callable[[Unit], bool],
    rendered_with: bytes = b"",
) -> None:
    """Let apps take over units that fit; a build's were all ``rendered_with`` the theme as it is."""
    now = assembly.context.choice.now.timestamp()
    for name, unit in units.items():
        app = apps.get(name)
        if app is None or app.is_known(assembly) or (unit.until is not None and now >= unit.until):
            continue
        if fits(unit):
            app.recall(msgspec.structs.replace(unit, rendered_with=unit.rendered_with or rendered_with), assembly)
