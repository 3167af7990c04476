"""One project held open: its site, its apps, and every file of ``dist/``, each loaded when it is asked for.

Every command, the preview and the Python API see a project through this, so that they see the same one: the same
addresses, the same releases and the same problems.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from otasite.catalogue.apps import AppSource
from otasite.catalogue.load import Loader
from otasite.catalogue.model import App, Release, Site
from otasite.catalogue.project import Project, find_project
from otasite.catalogue.sources import Changes, Sources, WatchedSources
from otasite.memory import Memory, seal_key
from otasite.outputs.registry import output_kinds
from otasite.problems import Problem, ProblemsFound, Refused, has_errors, suggest
from otasite.progress import Progress, no_progress
from otasite.site.addresses import AppAddresses, OwnBinary
from otasite.site.artifacts import Artifact
from otasite.theming.themes import Theme, load_theme
from otasite.workshop.add_request import AddRequest
from otasite.workshop.assembly import Assembly
from otasite.workshop.drafts import Draft, judge
from otasite.workshop.lock import locked
from otasite.workshop.options import BuildOptions
from otasite.workshop.recording import Recorded, record, with_addresses
from otasite.workshop.unit import AppUnit
from otasite.workshop.unit_memory import Records, UnitRecord
from otasite.workshop.units import SiteUnit, Units


def open_project(path: Path | str | None = None, options: BuildOptions | None = None) -> Workshop:
    """Open the project that ``path`` lies in (without one: the current folder).

    Nothing is read before it is asked for. Raises :class:`Refused` when there is no project.
    """
    return Workshop(find_project(Path(path or Path.cwd())), options or BuildOptions(environment=dict(os.environ)))


class Workshop:
    """One project with the options it was opened with, as units that are read and planned when they are needed.

    What was loaded is kept until :meth:`refresh`. Mistakes raise nothing while somebody only looks: they are among
    the :meth:`problems` of what was looked at. With ``watched`` files are not looked at again before :meth:`refresh`
    names them. Not for several threads at once.
    """

    def __init__(self, project: Project, options: BuildOptions, *, watched: bool = False) -> None:
        self.project = project
        self.options = options
        self.memory = Memory(project.state, seal_key(), recall=options.cache)
        self._sources = WatchedSources if watched else Sources
        self._forget()

    def _forget(self) -> None:
        self.site_unit = SiteUnit(self.memory, self.project.root)
        self._units = Units(self._open_unit)
        self._newest: Assembly | None = None
        self._good: Assembly | None = None
        for name in ("loader", "site"):
            vars(self).pop(name, None)

    def _open_unit(self, source: AppSource) -> AppUnit:
        return AppUnit(source, self.memory, self.project.root, lambda: self.assembly, self._sources)

    def refresh(self, changes: Changes | None = None) -> list[str]:
        """Take notice of changed files; returns the names of apps that they belong to.

        Of the rest everything is kept, and what was good is kept while what is new has mistakes. Without ``changes``
        everything is forgotten.
        """
        if changes is None or self._newest is None:
            self._forget()
            return []
        vars(self).pop("loader", None)
        vars(self).pop("site", None)
        touched = self._units.forget(changes)
        if self._units.hold_all_of(changes, self.project.root):
            self.assembly.renew_moment()
        else:
            self.take(self.assemble())
        return touched

    # --- the site -------------------------------------------------------------------------------------------

    @cached_property
    def loader(self) -> Loader:
        """What ``site.yaml`` and the names of apps say, without theme and address."""
        return Loader(Sources(self.project.root), output_kinds())

    @cached_property
    def site(self) -> Site:
        """``site.yaml`` with its defaults. Raises :class:`ProblemsFound` when something in it is wrong."""
        site = self.loader.site()
        self.loader.findings.raise_errors()
        return site

    @property
    def newest(self) -> Assembly:
        """Site, theme and addresses put together as they are now, whatever is wrong with them."""
        if self._newest is None:
            self.take(self.assemble())
            assert self._newest is not None
        return self._newest

    @property
    def assembly(self) -> Assembly:
        """What all pages rest on: the last good state while the newest has mistakes."""
        newest = self.newest
        return self._good or newest

    @property
    def is_good(self) -> bool:
        """Whether what all pages rest on was without mistakes once."""
        _ = self.newest
        return self._good is not None

    def assemble(self) -> Assembly:
        """Put site, theme and addresses together anew; :meth:`take` makes that the state of the workshop."""
        return Assembly(self.project, self.options, self.memory, self.site_unit.sources)

    def take(self, assembly: Assembly) -> None:
        """Let an assembly be the newest, and, unless it has mistakes, what units are planned with."""
        self._newest = assembly
        if not assembly.findings.failed:
            if self._good is not None:
                assembly.take_over_templates(self._good)
            else:  # what was planned so far was good for finding mistakes only
                self._units.forget_all()
            self._good = assembly
        if self.assembly is assembly:
            self._units.follow(assembly.apps)

    @property
    def theme(self) -> Theme:
        """The site's theme. Raises :class:`ProblemsFound` when site or theme have mistakes."""
        return load_theme(self.site.theme, site_root=self.project.root, options=self.site.theme_options)

    def require_sound_site(self) -> None:
        """Raise :class:`ProblemsFound` when what all pages rest on is wrong. Apps do not matter."""
        if not self.newest.is_sound:
            raise ProblemsFound(self.newest.findings.problems)

    # --- apps -----------------------------------------------------------------------------------------------

    @property
    def units(self) -> Units:
        """The apps by name, in order; none of them is read before somebody asks."""
        _ = self.newest
        return self._units

    @property
    def apps(self) -> tuple[App, ...]:
        """All apps with their releases, drafts included, as their YAML has them."""
        return tuple(unit.app for unit in self.units.values())

    def unit(self, name: str) -> AppUnit:
        """The app of this name. Raises :class:`Refused` when there is none."""
        if name not in self.units:
            known = f"there are: {', '.join(self.units) or 'none'}"
            raise Refused(f"there is no app “{name}”", suggest(name, self.units) or known)
        return self.units[name]

    def recall(self, out: Path) -> Mapping[str, UnitRecord]:
        """Let apps take over what the last run found out that made the site for the folder ``out``.

        As far as nothing changed since. Returns the records of that run.
        """
        records = Records(self.memory, self.project.state, out).load()
        for name, earlier in records.items():
            unit = self.units.get(name)
            if unit is not None and not unit.is_known and self._fits(earlier):
                unit.recall(earlier)
        return records

    def _fits(self, record: UnitRecord) -> bool:
        if record.key == self.assembly.plan_key:
            return True
        # An app without drafts, future releases and binaries elsewhere is the same whatever is to be shown of these,
        # unless it shows apps that have some.
        is_plain = not (record.drafts or record.future or record.elsewhere or record.private or record.others)
        return is_plain and record.key == self.assembly.plain_plan_key

    def add(
        self,
        file: Path | str,
        request: AddRequest | None = None,
        *,
        wait: bool = True,
        progress: Progress = no_progress,
        tell: Callable[[str], None] = lambda text: None,
    ) -> Recorded:
        """Record a binary as a release: everything it says about itself is written to YAML.

        Raises :class:`ProblemsFound` or :class:`Refused`, and then has written nothing. While another process changes
        the project this one waits, and ``tell`` gets a line about it; without ``wait`` that is refused.
        """
        with locked(self.project.state, wait=wait, tell=tell):
            sources = Sources(self.project.root)  # one for all steps: each release is read once
            recorded = record(self.project, request or AddRequest(), Path(file), self.review, progress, sources)
        self.refresh()
        options = msgspec.structs.replace(self.options, drafts=True, future=True, needs_base_url=True)
        assembly = Assembly(self.project, options, self.memory, sources)
        return with_addresses(assembly, recorded) if assembly.is_sound else recorded

    def review(self, draft: Draft, shown_as: str = "") -> tuple[Problem, ...]:
        """What ``check`` will say of the project once a draft is written: errors are raised (ProblemsFound).

        ``shown_as`` is the file that the draft was made from.
        """
        return judge(self.project, draft, self.options, self.memory, shown_as=shown_as)

    def url_of(self, app: App, release: Release | None = None) -> str:
        """The address of an app's page, or of one of its releases'."""
        addresses = AppAddresses(self.assembly.context, app)
        return addresses.release_url(release) if release else addresses.url

    # --- files of dist/ -------------------------------------------------------------------------------------

    def files(self) -> Iterator[Artifact]:
        """Every file of ``dist/``, without apps that have mistakes."""
        self.require_sound_site()
        for unit in self.units.values():
            yield from self.files_of(unit).values()
        yield from self.site_files().values()

    def files_of(self, unit: AppUnit) -> Mapping[str, Artifact]:
        """The files of an app by path; the last good ones while it has mistakes."""
        if not unit.is_planned:
            unit.plan()
        return unit.files or {}

    def site_files(self) -> Mapping[str, Artifact]:
        """The files that belong to no single app, by path, for a site of the apps without mistakes."""
        if len(self.units.unknown()) > 1:
            self.recall(self.project.root / "dist")
        for unit in self.units.unknown():
            unit.know()
        return self.site_unit.plan(self.assembly, self.units.digests(), self._taken)

    def _taken(self, artifacts: Iterable[Artifact]) -> dict[str, str]:
        """The paths of apps in whose places some of the site's own files would lie, with the apps' names."""
        near = self.units.near({artifact.path for artifact in artifacts}, self.assembly.site.languages)
        return {path: unit.source.id for unit in near for path in self.files_of(unit)}

    def find(self, path: str) -> Artifact | OwnBinary:
        """The file at ``path`` of ``dist/``, or a binary that belongs at this path of another place.

        Only the app that it belongs to is read when that can be told from its path. Raises :class:`Refused` when
        there is no such file, :class:`ProblemsFound` for mistakes of the app whose file it would be.
        """
        self.require_sound_site()
        for unit in self.units.owners(path, self.assembly.site.languages):
            found = self._file_of(unit, path)
            if found is not None:
                return found
            if unit.source.id in path.split("/") and has_errors(unit.problems):
                raise ProblemsFound(unit.problems)
        site = self.site_files()
        if path in site:
            return site[path]
        known = [*site]
        for unit in self.units.values():  # a store of binaries may have other paths
            found = self._file_of(unit, path)
            if found is not None:
                return found
            known += [*(unit.files or {}), *(binary.path for binary in _elsewhere(unit))]
        raise Refused(f"this site has no file {path}", suggest(path, known))

    def _file_of(self, unit: AppUnit, path: str) -> Artifact | OwnBinary | None:
        file = self.files_of(unit).get(path)
        return file or next((binary for binary in _elsewhere(unit) if binary.path == path), None)

    def render(self, path: str) -> bytes:
        """The bytes of the file at ``path`` of ``dist/``, made now; raises what :meth:`find` raises."""
        found = self.find(path)
        if isinstance(found, OwnBinary):
            raise Refused(f"{path} is no part of this site", f"it belongs at {found.url}")
        return found.data()

    # --- problems -------------------------------------------------------------------------------------------

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with as much of the project as was looked at, sorted."""
        found = [*self.newest.findings.problems, *self.units.problems(), *self.site_unit.problems]
        return tuple(sorted(dict.fromkeys(found), key=Problem.sort_key))


def _elsewhere(unit: AppUnit) -> tuple[OwnBinary, ...]:
    return unit.record.elsewhere if unit.record is not None else ()
