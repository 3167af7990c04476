"""One project held open: its site, its apps, and every file of ``dist/``, each loaded when it is asked for.

Every command, the preview and the Python API see a project through this, so that they see the same one: the same
addresses, the same releases and the same problems.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from otasite.catalogue.load import Loader
from otasite.catalogue.model import App, Release, Site
from otasite.catalogue.project import Project, find_project
from otasite.catalogue.sources import Sources
from otasite.memory import Memory, seal_key
from otasite.problems import Findings, Problem, ProblemsFound, Refused, has_errors, suggest
from otasite.site.addresses import AppAddresses, OwnBinary
from otasite.site.artifacts import Artifact
from otasite.theming.themes import Theme, load_theme
from otasite.workshop.assembly import Assembly
from otasite.workshop.lock import locked
from otasite.workshop.options import BuildOptions
from otasite.workshop.recording import AddRequest, Progress, Recorded, record, with_addresses
from otasite.workshop.unit import AppUnit
from otasite.workshop.unit_memory import SITE, UnitMemory


def open_project(path: Path | str | None = None, options: BuildOptions | None = None) -> Workshop:
    """Open the project that ``path`` lies in (without one: the current folder).

    Nothing is read before it is asked for. Raises :class:`Refused` when there is no project.
    """
    return Workshop(find_project(Path(path or Path.cwd())), options or BuildOptions(environment=dict(os.environ)))


class Workshop:
    """One project with the options it was opened with.

    What was loaded is kept until :meth:`refresh`. Mistakes raise nothing while somebody only looks: they are among
    the :meth:`problems` of what was looked at.
    """

    def __init__(self, project: Project, options: BuildOptions) -> None:
        self.project = project
        self.options = options
        self.memory = Memory(project.state, seal_key(), recall=options.cache)

    def refresh(self) -> None:
        """Forget what was loaded: files of the project have changed."""
        for name in ("loader", "site", "assembly", "units"):
            vars(self).pop(name, None)

    # --- the site -------------------------------------------------------------------------------------------

    @cached_property
    def loader(self) -> Loader:
        """What ``site.yaml`` and the names of apps say, without theme and address."""
        return Loader(Sources(self.project.root))

    @cached_property
    def site(self) -> Site:
        """``site.yaml`` with its defaults. Raises :class:`ProblemsFound` when something in it is wrong."""
        site = self.loader.site()
        self.loader.findings.raise_errors()
        return site

    @cached_property
    def assembly(self) -> Assembly:
        """Site, theme and addresses put together: what all pages rest on."""
        return Assembly(self.project, self.options, self.memory)

    @property
    def theme(self) -> Theme:
        """The site's theme. Raises :class:`ProblemsFound` when site or theme have mistakes."""
        return load_theme(self.site.theme, site_root=self.project.root, options=self.site.theme_options)

    def require_sound_site(self) -> None:
        """Raise :class:`ProblemsFound` when what all pages rest on is wrong. Apps do not matter."""
        if not self.assembly.is_sound:
            raise ProblemsFound(self.assembly.findings.problems)

    # --- apps -----------------------------------------------------------------------------------------------

    @cached_property
    def units(self) -> dict[str, AppUnit]:
        """The apps by name, in order; none of them is read yet."""
        return {source.id: AppUnit(source, self.assembly) for source in self.assembly.apps}

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

    def add(
        self,
        file: Path | str,
        request: AddRequest | None = None,
        *,
        wait: bool = True,
        progress: Progress = lambda done, total: None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> Recorded:
        """Record a binary as a release: everything it says about itself is written to YAML.

        Raises :class:`ProblemsFound` or :class:`Refused`, and then has written nothing. While another process changes
        the project this one waits, and ``tell`` gets a line about it; without ``wait`` that is refused.
        """
        with locked(self.project.state, wait=wait, tell=tell):
            recorded = record(self.project, request or AddRequest(), Path(file), progress)
        self.refresh()
        options = msgspec.structs.replace(self.options, drafts=True, future=True, needs_base_url=True)
        assembly = Assembly(self.project, options, self.memory)
        return with_addresses(assembly, recorded) if assembly.is_sound else recorded

    def url_of(self, app: App, release: Release | None = None) -> str:
        """The address of an app's page, or of one of its releases'."""
        addresses = AppAddresses(self.assembly.context, app)
        return addresses.release_url(release) if release else addresses.url

    # --- files of dist/ -------------------------------------------------------------------------------------

    def files(self) -> Iterator[Artifact]:
        """Every file of ``dist/``, without apps that have mistakes."""
        self.require_sound_site()
        units = [unit for unit in self.units.values() if not self._is_broken(unit)]
        for unit in units:
            yield from unit.plan.artifacts
        yield from self.site_files(units)

    def site_files(self, units: Iterable[AppUnit]) -> tuple[Artifact, ...]:
        """The files that belong to no single app, for a site of these apps."""
        plans = (unit.plan.published for unit in units)
        digests = [self.assembly.digest(published) for published in plans if published is not None]
        return self.assembly.plan_site(digests, UnitMemory(self.memory, SITE, self.project.root), Findings())

    def find(self, path: str) -> Artifact | OwnBinary:
        """The file at ``path`` of ``dist/``, or a binary that belongs at this path of another place.

        Only the app that it belongs to is read when that can be told from its path. Raises :class:`Refused` when
        there is no such file, :class:`ProblemsFound` for mistakes of the app whose file it would be.
        """
        self.require_sound_site()
        known = []
        for unit in self._owners(path):
            plan = unit.plan
            if unit.source.id in path.split("/") and self._is_broken(unit):
                raise ProblemsFound(unit.problems)
            own = plan.published.addresses.binaries.values() if plan.published is not None else ()
            elsewhere = (binary for binary in own if not binary.in_dist)
            files: tuple[Artifact | OwnBinary, ...] = (*plan.artifacts, *elsewhere)
            for file in files:
                if file.path == path:
                    return file
                known.append(file.path)
        for artifact in self.site_files(unit for unit in self.units.values() if not self._is_broken(unit)):
            if artifact.path == path:
                return artifact
            known.append(artifact.path)
        raise Refused(f"this site has no file {path}", suggest(path, known))

    def render(self, path: str) -> bytes:
        """The bytes of the file at ``path`` of ``dist/``, made now; raises what :meth:`find` raises."""
        found = self.find(path)
        if isinstance(found, OwnBinary):
            raise Refused(f"{path} is no part of this site", f"it belongs at {found.url}")
        return found.data()

    def _owners(self, path: str) -> Iterator[AppUnit]:
        """The app whose name the path has comes first; the others may still have it (unlisted apps, other stores)."""
        likely = [unit for name, unit in self.units.items() if name in path.split("/")]
        yield from likely
        yield from (unit for unit in self.units.values() if unit not in likely)

    @staticmethod
    def _is_broken(unit: AppUnit) -> bool:
        _ = unit.plan
        return has_errors(unit.problems)

    # --- problems -------------------------------------------------------------------------------------------

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with as much of the project as was looked at, sorted."""
        found = [*self.assembly.findings.problems]
        for unit in self.units.values():
            found += unit.problems
        return tuple(sorted(dict.fromkeys(found), key=Problem.sort_key))
