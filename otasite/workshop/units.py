"""The units of an open project: its apps by name, and the site's own files, which need to know of all apps."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from operator import is_
from pathlib import Path

import msgspec

from otasite.catalogue.apps import AppSource
from otasite.catalogue.sources import Changes, Sources
from otasite.hosts.headers import UNLISTED_PREFIX
from otasite.memory import Memory
from otasite.problems import Findings, Problem, ProblemsFound
from otasite.site.addresses import FDROID_REPOSITORY
from otasite.site.artifacts import Artifact
from otasite.site.clashes import clash_problems, windows_problems
from otasite.site.published import AppDigest
from otasite.workshop.assembly import Assembly
from otasite.workshop.unit import AppUnit
from otasite.workshop.unit_memory import SITE, UnitMemory, UnitRecord

#: From the site's own files to the paths that apps have in the same places, each with its app's name.
Taken = Callable[[Iterable[Artifact]], Mapping[str, str]]


class Units(Mapping[str, AppUnit]):
    """The apps by name, in order. What is known of one is kept while its file is the same."""

    def __init__(self, open_unit: Callable[[AppSource], AppUnit]) -> None:
        self._open = open_unit
        self._units: dict[str, AppUnit] = {}

    def __getitem__(self, name: str) -> AppUnit:
        return self._units[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._units)

    def __len__(self) -> int:
        return len(self._units)

    def values(self) -> ValuesView[AppUnit]:
        """The apps; whoever goes through them goes on with these while others come."""
        return self._units.values()

    def items(self) -> ItemsView[str, AppUnit]:
        return self._units.items()

    # --- changes --------------------------------------------------------------------------------------------

    def follow(self, sources: Iterable[AppSource]) -> None:
        """Take the apps that the project has now; those that stay keep what is known of them."""
        units = {}
        for source in sources:
            known = self._units.get(source.id)
            units[source.id] = known if known is not None and known.source == source else self._open(source)
        self._units = units

    def forget(self, changes: Changes) -> list[str]:
        """Forget what is known of apps whose files changed; returns their names."""
        touched = [unit for unit in self.values() if unit.is_touched_by(changes)]
        for unit in touched:
            unit.forget(changes)
        return [unit.source.id for unit in touched]

    def forget_all(self) -> None:
        for unit in self.values():
            unit.forget()

    def hold_all_of(self, changes: Changes, root: Path) -> bool:
        """Whether what changed lies inside of known apps, and none of them came or went."""
        homes = tuple(f"{unit.source.folder}/" for unit in self.values() if unit.source.folder)
        files = {unit.source.path for unit in self.values()}
        if changes.folders or not all(path.startswith(homes) or path in files for path in changes.files):
            return False
        return all((root / path).is_file() for path in changes.files & files)

    # --- looking --------------------------------------------------------------------------------------------

    def unknown(self) -> list[AppUnit]:
        """The apps of which record or problems are not known."""
        return [unit for unit in self.values() if not unit.is_known]

    def digests(self) -> tuple[AppDigest, ...]:
        return tuple(unit.digest for unit in self.values() if unit.digest is not None)

    def problems(self) -> Iterator[Problem]:
        for unit in self.values():
            yield from unit.problems

    def known_content(self, path: str) -> bytes | None:
        """The digest of a file as the app that uses it last read it."""
        contents = (unit.known_content(path) for unit in self.values())
        return next((content for content in contents if content is not None), None)

    def saved_records(self) -> dict[str, UnitRecord]:
        """What the next run may recall of these apps; what else was found out is kept for it, too."""
        records = {name: unit.saved_record() for name, unit in self.items()}
        return {name: record for name, record in records.items() if record is not None}

    def owners(self, path: str, languages: Iterable[str]) -> Iterator[AppUnit]:
        """The apps that may have a file at this path of dist/."""
        parts = path.split("/")
        if parts[0] in languages:
            parts = parts[1:]
        if f"{parts[0]}/" == UNLISTED_PREFIX:
            yield from (unit for unit in self.values() if unit.digest is None or not unit.digest.listed)
        elif path.startswith(FDROID_REPOSITORY):
            yield from self.values()
        elif len(parts) > 1 and parts[0] in self:
            yield self[parts[0]]

    def near(self, paths: Iterable[str], languages: Iterable[str]) -> list[AppUnit]:
        """The apps that may have files in the same places as the site's own files at these paths.

        Names that differ only in case are one place, and so are a file and a folder.
        """
        tongues = {language.lower() for language in languages}
        taken = set()
        for path in paths:
            parts = path.lower().split("/")
            taken.add(parts[1] if len(parts) > 1 and parts[0] in tongues else parts[0])
        hidden = UNLISTED_PREFIX.rstrip("/") in taken
        shared = FDROID_REPOSITORY.partition("/")[0] in taken
        return [
            unit
            for name, unit in self.items()
            if name.lower() in taken or shared or (hidden and unit.digest is not None and not unit.digest.listed)
        ]


class _SitePlan(msgspec.Struct, frozen=True):
    """The site's own files, what they were planned from, and what is wrong with them."""

    assembly: Assembly
    digests: tuple[AppDigest, ...]
    files: Mapping[str, Artifact]
    problems: tuple[Problem, ...]
    is_complete: bool

    def is_made_of(self, assembly: Assembly, digests: tuple[AppDigest, ...]) -> bool:
        """Whether it was planned from these very objects."""
        same = len(digests) == len(self.digests) and all(map(is_, digests, self.digests))
        return same and assembly is self.assembly


class SiteUnit:
    """The files that belong to no single app; the last good ones while there are no newer."""

    def __init__(self, memory: Memory, root: Path) -> None:
        self.memory = UnitMemory(memory, SITE, root)
        self._plan: _SitePlan | None = None

    @property
    def sources(self) -> Sources:
        """The files that all apps share."""
        return self.memory.sources

    @property
    def files(self) -> Mapping[str, Artifact] | None:
        """The files by path as they were planned last, ``None`` before that."""
        return self._plan.files if self._plan is not None else None

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._plan.problems if self._plan is not None else ()

    @property
    def is_complete(self) -> bool:
        """Whether :attr:`files` are all there are, each with a place of its own."""
        return self._plan is not None and self._plan.is_complete

    def plan(self, assembly: Assembly, digests: tuple[AppDigest, ...], taken: Taken) -> Mapping[str, Artifact]:
        """The files for apps of these digests, by path; :attr:`problems` tells what is wrong with them."""
        if self._plan is None or not self._plan.is_made_of(assembly, digests):
            findings = Findings()
            try:
                artifacts = assembly.plan_site(digests, self.memory, findings)
            except ProblemsFound as error:
                amiss, files = error.problems, self.files or {}
            else:
                amiss = tuple(clash_problems(artifacts, taken(artifacts)))
                findings.extend(windows_problems(artifacts))
                files = {artifact.path: artifact for artifact in artifacts}
            problems = (*findings.problems, *amiss)
            self._plan = _SitePlan(assembly, digests, files, problems, is_complete=not amiss)
        return self._plan.files
