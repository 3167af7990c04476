"""Other apps of the site, as components in the texts of one unit show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from otasite.catalogue.apps import AppSource
from otasite.catalogue.model import App
from otasite.catalogue.sources import Sources
from otasite.outputs.registry import offers
from otasite.problems import Findings, ProblemsFound
from otasite.site.components import ShownApp
from otasite.site.context import Context
from otasite.site.files import with_binary_facts
from otasite.site.plan import AppPlanner
from otasite.site.published import Render
from otasite.site.selection import Selection


class OtherApps:
    """Each of ``apps`` (by name) is loaded when a text names it, through the unit's own sources: so the unit is made
    from its files, too. What is wrong in them is told by their own units.
    """

    def __init__(
        self,
        apps: Mapping[str, AppSource],
        load: Callable[[AppSource, Findings, Sources], App],
        render: Render,
        context: Context,
        sources: Sources,
    ) -> None:
        self._apps = apps
        self._load, self._render = load, render
        self._context, self._sources = context, sources
        self.found: dict[str, ShownApp] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._apps)

    def find(self, name: str) -> ShownApp | None:
        """The app of this name; ``None`` when the site has none."""
        if name not in self.found and name in self._apps:
            self.found[name] = self._shown(self._apps[name])
        return self.found.get(name)

    def _shown(self, source: AppSource) -> ShownApp:
        findings = Findings()
        app = self._load(source, findings, self._sources)
        try:
            app = with_binary_facts(app, self._sources, findings)
            planner = AppPlanner(self._context, self._sources, self._render, findings, app, offers, self)
            shown = planner.shown()
        except ProblemsFound as error:
            findings.extend(error.problems)
        return ShownApp(app) if findings.failed else shown

    def limited(self, selection: Selection) -> Selection:
        """A selection that changes by itself as soon as that of an app does that is shown."""
        ends = [app.selection.until for app in self.found.values() if app.selection is not None]
        known = [until for until in (selection.until, *ends) if until is not None]
        return msgspec.structs.replace(selection, until=min(known)) if known else selection
