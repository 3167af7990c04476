"""The site held in memory: what changed is loaded again, and a page is rendered when somebody asks for it.

The rule behind everything here: there is always a *last good* state, and it is shown until a better one is there.
A mistake in one app leaves the others alone; a mistake in ``site.yaml`` or the theme leaves the whole site as it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from otasite.catalogue.project import Project
from otasite.catalogue.sources import digest
from otasite.memory import Memory, seal_key
from otasite.preview.address import Address
from otasite.preview.answers import Answer, Elsewhere
from otasite.preview.live_app import LiveApp, content_as_used
from otasite.preview.live_apps import LiveApps
from otasite.preview.memory import FormerRuns
from otasite.preview.rendering import Rendering
from otasite.preview.site_files import SiteFiles, is_public
from otasite.preview.theme_check import ThemeCheck
from otasite.preview.trial import Trial, attempt, one_for_each_place
from otasite.preview.watch import Changes
from otasite.problems import Problem
from otasite.site.artifacts import Artifact
from otasite.theming.options import Option
from otasite.theming.themes import watched_paths
from otasite.workshop.assembly import Assembly
from otasite.workshop.options import BuildOptions
from otasite.workshop.unit_memory import SITE, UnitMemory

#: Seconds that a page may wait for apps to be loaded before it shows something older.
PATIENCE = 0.4


class LiveSite:
    """One project as a site that follows its files. May be used from several threads.

    ``options`` are those of a build; the base URL in them is decided by ``address``.
    """

    def __init__(self, project: Project, options: BuildOptions, address: Address) -> None:
        self.project = project
        #: Grows with every change; starts at another number on every start, so that open pages notice that, too.
        self.version = time.time_ns() // 1_000_000
        self._build_options = options
        self._address = address
        self._lock = threading.RLock()
        self._waiting = 0
        self._waiting_lock = threading.Lock()
        self._memory = Memory(project.state, seal_key())
        self._former = FormerRuns(project, self._memory)
        self._site_memory = UnitMemory(self._memory, SITE, project.root)
        self._sources = self._site_memory.sources
        self._apps = LiveApps(self._memory, project.root)
        self._theme_check = ThemeCheck()
        self._trial = Trial()
        self._site_files = SiteFiles()
        self._options: dict[str, str] = {}
        self._base_url: str | None = None
        self.newest = self._assemble()
        self._good: Assembly | None = None if self.newest.findings.failed else self.newest
        self._rendering = Rendering(lambda: self._current)
        self._owing = False
        self._mishap: Problem | None = None
        self._apps.follow(self._current)
        checked = self._former.recall(self._current, self._apps.by_name)
        if checked is not None:
            self._theme_check.remember(self._current.theme, checked)

    # --- what is current ----------------------------------------------------------------------------------

    @property
    def _current(self) -> Assembly:
        """The assembly that pages are made with: the last good one, while the newest has mistakes."""
        return self._good or self.newest

    @property
    def base_path(self) -> str:
        return self._current.base.path

    @property
    def base_url(self) -> str:
        return self._current.base.url

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """Hold the site still for one request; work in the background makes way."""
        with self._waiting_lock:
            self._waiting += 1
        try:
            with self._lock:
                yield
        finally:
            with self._waiting_lock:
                self._waiting -= 1

    def _assemble(self) -> Assembly:
        options = msgspec.structs.replace(
            self._build_options, base_url=self._base_url, theme_options=self._options, needs_base_url=False
        )
        assembly = Assembly(self.project, options, self._memory, self._sources)
        if assembly.loader.site_is_broken:  # site.yaml is broken: what it says of the address is unknown
            return assembly
        wanted = self._address.base_for(assembly.site.base_url, self._build_options.environment)
        if wanted == self._base_url:
            return assembly
        self._base_url = wanted
        return Assembly(self.project, msgspec.structs.replace(options, base_url=wanted), self._memory, self._sources)

    # --- following changes --------------------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        """Take notice of changed files. Loads what all apps share; apps are loaded when they are needed."""
        with self._busy():
            self._mishap = None
            self._trial.forget([SITE, *self._apps.forget(changes, self._sources)])
            if self._apps.are_all_that(changes, self.project.root):
                self._current.renew_moment()
            else:
                self._reassemble()
            self._changed()

    def _changed(self) -> None:
        self._rendering.forget_failures()
        self.announce()

    def note_mishap(self, problem: Problem) -> None:
        """Show a problem that is nobody's mistake but ours, until the next change."""
        self._mishap = problem
        self.announce()

    def announce(self) -> None:
        """Let every open page ask again."""
        self.version += 1

    def _reassemble(self) -> None:
        self.newest = self._assemble()
        if self.newest.findings.failed:
            return
        if self._good is not None:
            self.newest.take_over_templates(self._good)
        else:  # what was loaded so far was good for finding mistakes only
            self._apps.forget_all()
        self._good = self.newest
        self._apps.follow(self._good)

    def try_options(self, options: Mapping[str, str]) -> tuple[Problem, ...]:
        """Show the site with other values of theme options, as if ``site.yaml`` had them; none for its own.

        Returns what is wrong with the values; then nothing changes.
        """
        with self._busy():
            before, self._options = self._options, dict(options)
            tried = self._assemble()
            if tried.findings.failed and not self.newest.findings.failed:
                self._options = before
                return tuple(tried.findings.problems)
            self._reassemble()
            self._changed()
            return ()

    @property
    def options(self) -> tuple[tuple[Option, ...], Mapping[str, object], Mapping[str, str]]:
        """The theme's options, their values now, and which of them are only being tried."""
        theme = self._current.theme
        if theme is None:
            return (), {}, {}
        return theme.declared, theme.options, self._options

    @property
    def stylesheets(self) -> tuple[str, ...]:
        """The addresses of the theme's stylesheets, from the server's root."""
        theme = self._current.theme
        paths = [asset.path for asset in theme.assets.values()] if theme is not None else []
        return tuple(f"{self.base_path}{path}" for path in paths if path.endswith(".css"))

    # --- loading apps -------------------------------------------------------------------------------------

    def settle(self, progress: Callable[[], bool]) -> None:
        """Load every app of which something is unknown, making way for requests; then all problems are known.

        ``progress`` is called after each app and says whether to go on.
        """
        for app in self._apps:
            while self._waiting:
                time.sleep(0.001)
            with self._lock:
                if not (app.is_known(self._current) or app.is_planned(self._current)):
                    app.load_pages(self._current)
            if not progress():
                return

    def check_theme(self) -> None:
        """Find what is wrong with templates that no page has been rendered with yet."""
        theme = self.newest.theme
        if theme is not None and not self._theme_check.knows(theme):
            self._theme_check.check(theme, memory=self._memory)

    def plan_rest(self) -> None:
        """Plan the site's own files, which nobody may have asked for: then two inputs for one path are known."""
        with self._lock:
            if self._good is not None:
                self._plan_of_site()

    def try_pages(self) -> Iterator[tuple[float, bool]]:
        """Render the pages that nobody asked for, one for each step, to learn which of them cannot be.

        Yields the seconds that a page took, and whether it showed something wrong that was not known.
        """
        for name in (*self._apps.by_name, SITE):
            with self._lock:
                theme, app = _digest(self._current), self._apps.by_name.get(name)
                if self._good is None or (app is not None and app.is_tried(self._current)):
                    continue
                untried = self._trial.untried(name, self._files_of(name), theme)
            for artifact in untried:
                tried = attempt(artifact, self._rendering.bytes_of)
                with self._lock:
                    if theme != _digest(self._current) or self._files_of(name).get(artifact.path) is not artifact:
                        return
                    is_news = self._trial.note(name, tried)
                yield tried.seconds, is_news
            if app is not None and not self._trial.has_failed(name):
                app.note_tried(self._current)

    def _files_of(self, owner: str) -> Mapping[str, Artifact]:
        """The files of an app, or those of the site itself."""
        app = self._apps.by_name.get(owner)
        return self._planned(app) if app is not None else self._plan_of_site()

    def _planned(self, app: LiveApp) -> Mapping[str, Artifact]:
        if not app.is_planned(self._current):
            app.load_pages(self._current)
        return app.plan or {}

    def _plan_of_site(self) -> Mapping[str, Artifact]:
        """The site's own files: they need to know of all apps.

        When loading those takes long, the last good ones; raises :class:`_StillReading` when there are none yet.
        """
        until = time.monotonic() + PATIENCE
        for app in self._apps.unknown(self._current):
            if time.monotonic() > until:
                return self._earlier_plan()
            app.load(self._current)
        return self._site_files.planned(self._current, self._apps.digests(), self._taken, self._site_memory)

    def _earlier_plan(self) -> Mapping[str, Artifact]:
        self._owing = True
        if self._site_files.earlier is None:
            raise _StillReading
        return self._site_files.earlier

    def _taken(self, artifacts: Iterable[Artifact]) -> dict[str, str]:
        """The paths of apps in whose places some of the site's own files would lie, with the apps' names."""
        names = {artifact.path for artifact in artifacts}
        apps = self._apps.in_the_way_of(names, self._current.site.languages)
        return {path: app.source.id for app in apps for path in self._planned(app)}

    @property
    def is_owing(self) -> bool:
        """Whether a page was answered with something older because not all apps are loaded. Asking forgets it."""
        owing, self._owing = self._owing, False
        return owing

    # --- answering ----------------------------------------------------------------------------------------

    def answer(self, path: str) -> Answer | Elsewhere | None:
        """The file at ``path`` (relative to the site's root, as in an address), rendered if need be.

        ``None`` when there is nothing at that address.
        """
        with self._busy():
            if self._good is None:
                return self._rendering.error(self.newest.findings.problems)
            try:
                return self._look_up(path)
            except _StillReading:
                return self._reading()

    def _look_up(self, path: str) -> Answer | Elsewhere | None:
        name = f"{path}index.html" if path.endswith("/") or not path else path
        if not is_public(name):
            return None
        artifact = self._find(name)
        if artifact is not None:
            return self._rendering.answer(artifact)
        owner = next((app for app in self._owners(name) if app.plan is None and app.problems), None)
        if owner is not None:
            return self._rendering.error(owner.problems)
        if not path.endswith("/") and path and self._find(f"{path}/index.html") is not None:
            return Elsewhere(f"{path}/")
        return None

    def not_found(self) -> Answer:
        """The site's own page for addresses that lead nowhere."""
        with self._busy():
            if self._good is None:
                return self._rendering.error(self.newest.findings.problems)
            try:
                artifact = self._plan_of_site().get("404.html")
            except _StillReading:
                return self._reading()
            if artifact is None:
                return self._rendering.error(self.problems())
            return msgspec.structs.replace(self._rendering.answer(artifact), status=404)

    def _reading(self) -> Answer:
        total = len(self._apps)
        return self._rendering.reading(total - len(self._apps.unknown(self._current)), total)

    def _find(self, name: str) -> Artifact | None:
        theme = self._current.theme
        asset = theme and next((asset for asset in theme.assets.values() if asset.path == name), None)
        if asset:
            return Artifact(path=name, kind="asset", inputs=name, source=asset.source, render=lambda: asset.data)
        for app in self._owners(name):
            artifact = self._planned(app).get(name)
            if artifact is not None:
                return artifact
        return self._plan_of_site().get(name)

    def _owners(self, name: str) -> Iterator[LiveApp]:
        return self._apps.owners(name, self._current.site.languages)

    # --- problems -----------------------------------------------------------------------------------------

    def problems(self) -> tuple[Problem, ...]:
        """Everything known to be wrong, sorted: all there is, once the site is settled."""
        with self._busy():
            found = dict.fromkeys(self.newest.findings.problems)
            if self._mishap is not None:
                found[self._mishap] = None
            found.update(dict.fromkeys(self._apps.problems()))
            found.update(dict.fromkeys(self._site_files.problems))
            of_pages = (*self._rendering.problems(), *self._trial.problems(_digest(self._current)))
            found.update(
                dict.fromkeys(one_for_each_place([*of_pages, *self._theme_check.problems(self.newest.theme)], found))
            )
            return tuple(sorted(found, key=Problem.sort_key))

    # --- for the watcher ----------------------------------------------------------------------------------

    def watched(self) -> Iterable[Path]:
        """Folders whose files make the site; some may not exist yet."""
        theme = self._current.site.theme
        return (self.project.content, *watched_paths(theme, self.newest.theme, site_root=self.project.root))

    def known_content(self, path: str) -> bytes | None:
        """The digest of a file as it was last used, for :class:`otasite.preview.watch.Watcher`."""
        for content in (
            content_as_used(path, self.newest.trace, self._sources),
            self._apps.known_content(path),
            self._theme_content(path),
        ):
            if content is not None:
                return content
        return None

    def _theme_content(self, path: str) -> bytes | None:
        theme = self.newest.theme
        if theme is not None:
            full = self.project.root / path
            for layer in theme.layers:
                for files in (layer.templates, layer.locales, layer.static):
                    for source in files.values():
                        if source.file == full:
                            return digest(source.data)
        return None

    # --- memory between runs --------------------------------------------------------------------------------

    def save(self) -> None:
        """Keep what is known for the next start. Never touches what builds remember of dist/."""
        with self._busy():
            theme = self._current.theme
            checked = self._theme_check.problems(theme) if self._theme_check.knows(theme) else None
            self._former.save(self._current, self._apps, checked)


class _StillReading(Exception):
    """Too many apps are not loaded yet to answer with anything."""


def _digest(assembly: Assembly) -> str:
    """Stands for the state of an assembly's theme."""
    return assembly.theme.digest if assembly.theme is not None else ""
