"""The files of the running preview that belong to no single app: planned anew when what they are made of changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import is_

import msgspec

from otasite.hosts.targets import HOST_FILES
from otasite.problems import Findings, Problem, ProblemsFound
from otasite.site.artifacts import Artifact
from otasite.site.clashes import clash_problems
from otasite.site.published import AppDigest
from otasite.workshop.assembly import Assembly
from otasite.workshop.unit_memory import UnitMemory

#: From the site's own files to the paths that apps have in the same places, each with its app's name.
Taken = Callable[[Iterable[Artifact]], Mapping[str, str]]


class _Plan(msgspec.Struct, frozen=True):
    """The files, what they were planned from, and what is wrong with them."""

    assembly: Assembly
    digests: tuple[AppDigest, ...]
    files: dict[str, Artifact]
    problems: tuple[Problem, ...] = ()

    def is_made_of(self, assembly: Assembly, digests: tuple[AppDigest, ...]) -> bool:
        """Whether it was planned from these very objects."""
        same = len(digests) == len(self.digests) and all(map(is_, digests, self.digests))
        return same and assembly is self.assembly


class SiteFiles:
    """The site's own files by path; the last good ones while there are no newer."""

    def __init__(self) -> None:
        self._plan: _Plan | None = None

    @property
    def earlier(self) -> Mapping[str, Artifact] | None:
        """The files as they were planned last, ``None`` before that."""
        return self._plan.files if self._plan is not None else None

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._plan.problems if self._plan is not None else ()

    def planned(
        self, assembly: Assembly, digests: tuple[AppDigest, ...], taken: Taken, memory: UnitMemory
    ) -> Mapping[str, Artifact]:
        """The files of this assembly with apps of these digests."""
        if self._plan is None or not self._plan.is_made_of(assembly, digests):
            findings = Findings()
            try:
                artifacts = assembly.plan_site(digests, memory, findings)
            except ProblemsFound as error:
                findings.extend(error.problems)
                files = dict(self.earlier or {})
            else:
                findings.extend(clash_problems(artifacts, taken(artifacts)))
                files = {artifact.path: artifact for artifact in artifacts}
            self._plan = _Plan(assembly, digests, files, tuple(findings.problems))
        return self._plan.files


def is_public(name: str) -> bool:
    """Whether hosts serve a file of this name: nothing hidden, none of the files that configure them."""
    parts = name.split("/")
    hidden = any(part.startswith(".") and part != ".well-known" for part in parts)
    return not hidden and name not in HOST_FILES
