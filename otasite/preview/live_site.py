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
from otasite.catalogue.sources import Changes, Trace, digest
from otasite.hosts.targets import HOST_FILES
from otasite.memory import notes_on
from otasite.preview.address import Address
from otasite.preview.rendering import LiveResponse, Redirect, Rendering
from otasite.preview.trial import ThemeCheck, Trial, attempt, one_for_each_place
from otasite.problems import Problem
from otasite.site.artifacts import Artifact
from otasite.theming.options import Option
from otasite.theming.themes import watched_paths
from otasite.workshop.assembly import Assembly
from otasite.workshop.options import BuildOptions
from otasite.workshop.unit import AppUnit, content_as_used
from otasite.workshop.unit_memory import SITE, Records, UnitRecord
from otasite.workshop.workshop import Workshop

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
        self._lock = threading.RLock()
        self._waiting = 0
        self._waiting_lock = threading.Lock()
        options = msgspec.structs.replace(options, choose_base_url=address.base_for, needs_base_url=False)
        self._workshop = workshop = Workshop(project, options, watched=True)
        self._theme_check = ThemeCheck()
        self._trial = Trial()
        self._rendering = Rendering(lambda: workshop.assembly)
        self._owing = False
        self._mishap: Problem | None = None
        self._recall()

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

    @property
    def base_path(self) -> str:
        return self._workshop.assembly.base.path

    @property
    def base_url(self) -> str:
        return self._workshop.assembly.base.url

    # --- following changes --------------------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        """Take notice of changed files. Loads what all apps share; apps are loaded when they are needed."""
        with self._busy():
            self._mishap = None
            self._trial.forget([SITE, *self._workshop.refresh(changes)])
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

    def try_options(self, options: Mapping[str, str]) -> tuple[Problem, ...]:
        """Show the site with other values of theme options, as if ``site.yaml`` had them; none for its own.

        Returns what is wrong with the values; then nothing changes.
        """
        with self._busy():
            workshop = self._workshop
            before = workshop.options
            workshop.options = msgspec.structs.replace(before, theme_options=dict(options))
            tried = workshop.assemble()
            if tried.findings.failed and not workshop.newest.findings.failed:
                workshop.options = before
                return tuple(tried.findings.problems)
            workshop.take(tried)
            self._changed()
            return ()

    @property
    def options(self) -> tuple[tuple[Option, ...], Mapping[str, object], Mapping[str, str]]:
        """The theme's options, their values now, and which of them are only being tried."""
        theme = self._workshop.assembly.theme
        if theme is None:
            return (), {}, {}
        return theme.declared, theme.options, self._workshop.options.theme_options

    @property
    def stylesheets(self) -> tuple[str, ...]:
        """The addresses of the theme's stylesheets, from the server's root."""
        theme = self._workshop.assembly.theme
        paths = [asset.path for asset in theme.assets.values()] if theme is not None else []
        return tuple(f"{self.base_path}{path}" for path in paths if path.endswith(".css"))

    # --- loading apps -------------------------------------------------------------------------------------

    def settle(self, progress: Callable[[], bool]) -> None:
        """Load every app of which something is unknown, making way for requests; then all problems are known.

        ``progress`` is called after each app and says whether to go on.
        """
        for unit in self._workshop.units.values():
            while self._waiting:
                time.sleep(0.001)
            with self._lock:
                if not (unit.is_known or unit.is_planned):
                    unit.plan()
            if not progress():
                return

    def check_theme(self) -> None:
        """Find what is wrong with templates that no page has been rendered with yet."""
        theme = self._workshop.newest.theme
        if theme is not None and not self._theme_check.knows(theme):
            self._theme_check.check(theme, memory=self._workshop.memory)

    def plan_rest(self) -> None:
        """Plan the site's own files, which nobody may have asked for: then two inputs for one path are known."""
        with self._lock:
            if self._workshop.is_good:
                self._files_of_site()

    def try_pages(self) -> Iterator[tuple[float, bool]]:
        """Render the pages that nobody asked for, one for each step, to learn which of them cannot be.

        Yields the seconds that a page took, and whether it showed something wrong that was not known.
        """
        for name in (*self._workshop.units, SITE):
            with self._lock:
                theme, unit = _digest(self._workshop.assembly), self._workshop.units.get(name)
                if not self._workshop.is_good or (unit is not None and unit.is_tried):
                    continue
                untried = self._trial.untried(name, self._files_of(name), theme)
            for artifact in untried:
                tried = attempt(artifact, self._rendering.bytes_of)
                with self._lock:
                    is_same = self._files_of(name).get(artifact.path) is artifact
                    if theme != _digest(self._workshop.assembly) or not is_same:
                        return
                    is_news = self._trial.note(name, tried)
                yield tried.seconds, is_news
            if unit is not None and not self._trial.has_failed(name):
                unit.note_tried()

    def _files_of(self, owner: str) -> Mapping[str, Artifact]:
        """The files of an app, or those of the site itself."""
        unit = self._workshop.units.get(owner)
        return self._workshop.files_of(unit) if unit is not None else self._files_of_site()

    def _files_of_site(self) -> Mapping[str, Artifact]:
        """The site's own files: they need to know of all apps.

        When loading those takes long, the last good ones; raises :class:`_StillReading` when there are none yet.
        """
        until = time.monotonic() + PATIENCE
        for unit in self._workshop.units.unknown():
            if time.monotonic() > until:
                return self._earlier_files()
            unit.know()
        return self._workshop.site_files()

    def _earlier_files(self) -> Mapping[str, Artifact]:
        self._owing = True
        earlier = self._workshop.site_unit.files
        if earlier is None:
            raise _StillReading
        return earlier

    @property
    def is_owing(self) -> bool:
        """Whether a page was answered with something older because not all apps are loaded. Asking forgets it."""
        owing, self._owing = self._owing, False
        return owing

    # --- answering ----------------------------------------------------------------------------------------

    def respond(self, path: str) -> LiveResponse | Redirect | None:
        """The file at ``path`` (relative to the site's root, as in an address), rendered if need be.

        ``None`` when there is nothing at that address.
        """
        with self._busy():
            if not self._workshop.is_good:
                return self._rendering.error(self._workshop.newest.findings.problems)
            try:
                return self._look_up(path)
            except _StillReading:
                return self._reading()

    def _look_up(self, path: str) -> LiveResponse | Redirect | None:
        name = f"{path}index.html" if path.endswith("/") or not path else path
        if not is_public(name):
            return None
        artifact = self._find(name)
        if artifact is not None:
            return self._rendering.respond(artifact)
        owner = next((unit for unit in self._owners(name) if unit.files is None and unit.problems), None)
        if owner is not None:
            return self._rendering.error(owner.problems)
        if not path.endswith("/") and path and self._find(f"{path}/index.html") is not None:
            return Redirect(f"{path}/")
        return None

    def not_found(self) -> LiveResponse:
        """The site's own page for addresses that lead nowhere."""
        with self._busy():
            if not self._workshop.is_good:
                return self._rendering.error(self._workshop.newest.findings.problems)
            try:
                artifact = self._files_of_site().get("404.html")
            except _StillReading:
                return self._reading()
            if artifact is None:
                return self._rendering.error(self.problems())
            return msgspec.structs.replace(self._rendering.respond(artifact), status=404)

    def _reading(self) -> LiveResponse:
        units = self._workshop.units
        return self._rendering.reading(len(units) - len(units.unknown()), len(units))

    def _find(self, name: str) -> Artifact | None:
        theme = self._workshop.assembly.theme
        asset = theme and next((asset for asset in theme.assets.values() if asset.path == name), None)
        if asset:
            return Artifact(path=name, kind="asset", inputs=name, source=asset.source, render=lambda: asset.data)
        for unit in self._owners(name):
            artifact = self._workshop.files_of(unit).get(name)
            if artifact is not None:
                return artifact
        return self._files_of_site().get(name)

    def _owners(self, name: str) -> Iterator[AppUnit]:
        return self._workshop.units.owners(name, self._workshop.assembly.site.languages)

    # --- problems -----------------------------------------------------------------------------------------

    def problems(self) -> tuple[Problem, ...]:
        """Everything known to be wrong, sorted: all there is, once the site is settled."""
        with self._busy():
            found = dict.fromkeys(self._workshop.problems())
            if self._mishap is not None:
                found[self._mishap] = None
            of_pages = (*self._rendering.problems(), *self._trial.problems(_digest(self._workshop.assembly)))
            of_theme = self._theme_check.problems(self._workshop.newest.theme)
            found.update(dict.fromkeys(one_for_each_place([*of_pages, *of_theme], found)))
            return tuple(sorted(found, key=Problem.sort_key))

    # --- for the watcher ----------------------------------------------------------------------------------

    def watched(self) -> Iterable[Path]:
        """Folders whose files make the site; some may not exist yet."""
        theme = self._workshop.assembly.site.theme
        newest = self._workshop.newest.theme
        return (self.project.content, *watched_paths(theme, newest, site_root=self.project.root))

    def known_content(self, path: str) -> bytes | None:
        """The digest of a file as it was last used, for :class:`otasite.preview.watch.Watcher`."""
        for content in (
            content_as_used(path, self._workshop.newest.trace, self._workshop.site_unit.sources),
            self._workshop.units.known_content(path),
            self._theme_content(path),
        ):
            if content is not None:
                return content
        return None

    def _theme_content(self, path: str) -> bytes | None:
        theme = self._workshop.newest.theme
        if theme is not None:
            full = self.project.root / path
            for layer in theme.layers:
                for files in (layer.templates, layer.locales, layer.static):
                    for source in files.values():
                        if source.file == full:
                            return digest(source.data)
        return None

    # --- memory between runs --------------------------------------------------------------------------------

    def _recall(self) -> None:
        """Start with what the last preview knew, and the last build: nobody should wait for the same work twice."""
        earlier = self._workshop.recall(self._folder)
        self._workshop.recall(self.project.root / "dist")
        checked = earlier.get(SITE)
        if checked is not None and checked.key == self._workshop.assembly.themed_key:
            self._theme_check.remember(self._workshop.assembly.theme, checked.problems)

    def save(self) -> None:
        """Keep what is known for the next start. Never touches what builds remember of dist/."""
        with self._busy():
            assembly = self._workshop.assembly
            records = self._workshop.units.saved_records()
            if self._theme_check.knows(assembly.theme):
                checked = self._theme_check.problems(assembly.theme)
                records[SITE] = UnitRecord(key=assembly.themed_key, trace=Trace(), problems=checked)
            Records(self._workshop.memory, self.project.state, self._folder).save(records)

    def notes(self) -> list[str]:
        """What to tell people about the memory between runs: that there is none where nobody may write."""
        return list(notes_on(self._workshop.memory, ()))

    @property
    def _folder(self) -> Path:
        """Stands for the preview where builds name their output folders."""
        return self.project.state / "preview"


class _StillReading(Exception):
    """Too many apps are not loaded yet to answer with anything."""


def is_public(name: str) -> bool:
    """Whether hosts serve a file of this name: nothing hidden, none of the files that configure them."""
    parts = name.split("/")
    hidden = any(part.startswith(".") and part != ".well-known" for part in parts)
    return not hidden and name not in HOST_FILES


def _digest(assembly: Assembly) -> str:
    """Stands for the state of an assembly's theme."""
    return assembly.theme.digest if assembly.theme is not None else ""
