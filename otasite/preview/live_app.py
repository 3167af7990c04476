"""One app of the running preview: loaded when somebody wants it, and again only when its own files changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from otasite.catalogue.apps import AppSource
from otasite.catalogue.sources import ABSENT, Sources, Trace, stamp_of
from otasite.memory import Memory
from otasite.preview.watch import Changes
from otasite.preview.watched_sources import WatchedSources
from otasite.problems import Findings, Problem, ProblemsFound, has_errors
from otasite.publish.state import Unit
from otasite.site.artifacts import Artifact
from otasite.site.clashes import clash_problems
from otasite.site.plan import AppPlan
from otasite.site.published import AppDigest, PublishedApp
from otasite.workshop.assembly import Assembly
from otasite.workshop.unit_memory import UnitMemory

#: After changes of more releases than these, all are loaded again.
MAX_FOLLOWED = 20


class LiveApp:
    """What is known of one app. ``digest`` and ``plan`` are those of its last good state; ``None`` before that."""

    def __init__(self, source: AppSource, memory: Memory, root: Path) -> None:
        self.source = source
        self.digest: AppDigest | None = None
        self.plan: Mapping[str, Artifact] | None = None
        self.problems: tuple[Problem, ...] = ()
        self.trace = Trace()
        self._root = root
        self._store = memory
        self._memory: UnitMemory | None = None
        self._known_for = b""
        self._planned_for = b""
        self._made_for = b""
        self._tried_with = b""
        #: What made the plan, and the names in the folder of releases that changed since; ``None`` when it is of no
        #: use any more, and all has to be loaded.
        self._published: PublishedApp | None = None
        self._changed: set[str] = set()
        self._unit: Unit | None = None

    # --- how much is known --------------------------------------------------------------------------------

    def is_known(self, assembly: Assembly) -> bool:
        """Whether digest and problems are right; the plan may still be missing."""
        return self._known_for == assembly.plan_key and not self._is_due(assembly)

    def is_planned(self, assembly: Assembly) -> bool:
        return self._planned_for == assembly.plan_key and not self._is_due(assembly)

    def is_tried(self, assembly: Assembly) -> bool:
        """Whether all its pages are known to be fit for rendering with this theme, as they are now."""
        return self._tried_with == assembly.themed_key and self.is_known(assembly)

    def note_tried(self, assembly: Assembly) -> None:
        self._tried_with = assembly.themed_key

    def _is_due(self, assembly: Assembly) -> bool:
        """Whether a release that lay in the future does so no longer."""
        until = self._unit.until if self._unit is not None else None
        return until is not None and assembly.context.choice.now.timestamp() >= until

    def forget(self, changes: Changes | None = None) -> None:
        """Its files changed: what is kept is the last good state, to show until the new one is loaded."""
        if changes is None or not self._can_follow(changes):
            self._published = None
        self._known_for = self._planned_for = self._tried_with = b""
        if changes is not None and self._memory is not None:
            sources = self._memory.sources
            assert isinstance(sources, WatchedSources)
            sources.forget(changes)

    def _can_follow(self, changes: Changes) -> bool:
        """Whether what changed are a few files of releases that are there as before; notes which."""
        home = f"{self.source.folder}/releases/"
        own = [path for path in changes.files if self._uses(path)]
        for path in own:
            name = path.removeprefix(home)
            known = self.trace.files.get(path, ABSENT)
            if not self.source.folder or "/" in name or known == ABSENT or stamp_of(self._root / path) == ABSENT:
                return False
            self._changed.add(name)
        return not changes.folders and len(self._changed) <= MAX_FOLLOWED

    def is_touched_by(self, changes: Changes, sources: Sources) -> bool:
        """Whether what changed is among the files and folders that this app was made from."""
        if any(self._uses(path) for path in changes.files):
            return True
        return bool(changes.folders) and not (self.trace.files and sources.holds(self.trace))

    def _uses(self, path: str) -> bool:
        home = f"{self.source.folder}/" if self.source.folder else self.source.path
        return path.startswith(home) or path in self.trace.files or path.rpartition("/")[0] in self.trace.folders

    def recall(self, unit: Unit, assembly: Assembly) -> bool:
        """Take over what an earlier run found out, if no file changed since. Returns whether that was so."""
        if has_errors(unit.problems) or not assembly.sources.holds(unit.trace):
            return False
        self.digest, self.problems, self.trace = unit.digest, unit.problems, unit.trace
        self._known_for = assembly.plan_key
        self._tried_with = unit.rendered_with
        self._unit = unit
        return True

    # --- loading ------------------------------------------------------------------------------------------

    def load(self, assembly: Assembly) -> None:
        """Find out everything about the app. With mistakes in it the last good state stays."""
        if not self.is_planned(assembly):
            self.load_pages(assembly)
        if not self.is_known(assembly) and self._published is not None:
            self.digest = assembly.digest(self._published)
            if self._unit is not None:
                self._unit = msgspec.structs.replace(self._unit, trace=self.trace, digest=self.digest)
            self._known_for = assembly.plan_key

    def load_pages(self, assembly: Assembly) -> None:
        """Plan the app's files. After a small change only what it touches; the digest is then still to be made."""
        published = None if self._made_for != assembly.plan_key or self._is_due(assembly) else self._published
        if published is None or not self._follow(assembly, published):
            self._load_all(assembly)
        self._planned_for = assembly.plan_key
        self._tried_with = b""

    def _follow(self, assembly: Assembly, published: PublishedApp) -> bool:
        """Plan again what changed releases touch; whether that was all it takes."""
        memory = self._own_memory()
        memory.sources.trace = self.trace
        findings = Findings()
        new = assembly.replan_app(self.source, published, self._changed, findings, memory)
        self.problems = tuple(findings.problems)
        if new is None:
            return findings.failed  # mistakes: the last good state stays, and what changed is looked at again
        self._published, artifacts = new
        self._changed.clear()
        self.plan = {**(self.plan or {}), **{artifact.path: artifact for artifact in artifacts}}
        return True

    def _load_all(self, assembly: Assembly) -> None:
        memory = self._own_memory()
        findings = Findings()
        self.trace = memory.sources.start_trace()
        planned = None
        try:
            planned = assembly.plan_app(self.source, findings, memory)
            findings.extend(clash_problems(planned.artifacts))
        except ProblemsFound as error:
            findings.extend(error.problems)
        self.problems = tuple(findings.problems)
        self._published = None
        self._changed.clear()
        if planned is not None and not findings.failed and not assembly.findings.failed:
            self._take(planned, assembly)
        self._known_for = assembly.plan_key

    def _take(self, planned: AppPlan, assembly: Assembly) -> None:
        """Make a plan without mistakes the app's state."""
        self.digest = assembly.digest(planned.published) if planned.published is not None else None
        self.plan = {artifact.path: artifact for artifact in planned.artifacts}
        until = planned.selection.until
        self._unit = Unit(
            key=assembly.plan_key,
            trace=self.trace,
            outputs={},
            digest=self.digest,
            problems=self.problems,
            until=until.timestamp() if until else None,
            drafts=planned.selection.drafts,
            future=planned.selection.future,
            dropped=planned.selection.dropped,
        )
        self._made_for = assembly.plan_key
        if not self.problems:
            self._published = planned.published

    def _own_memory(self) -> UnitMemory:
        if self._memory is None:
            self._memory = UnitMemory(self._store, self.source.id, self._root, WatchedSources)
        return self._memory

    # --- memory -------------------------------------------------------------------------------------------

    def known_content(self, path: str) -> bytes | None:
        """The digest of a file of this app as it was last read; ``b""`` when only its being there is known."""
        return content_as_used(path, self.trace, self._memory.sources if self._memory is not None else None)

    def unit(self, assembly: Assembly) -> Unit | None:
        """What the next start of a preview may recall."""
        if self._unit is None or not self.is_known(assembly) or has_errors(self.problems):
            return None
        return msgspec.structs.replace(self._unit, rendered_with=self._tried_with)

    def save(self) -> None:
        """Keep parsed content and converted notes for the next run, in the cache that builds use, too."""
        if self._memory is not None:
            self._memory.save_more(self.trace.files)


def content_as_used(path: str, trace: Trace, sources: Sources | None) -> bytes | None:
    """The digest of a file as ``trace`` saw it, ``b""`` when that is not known, ``None`` when it was not there.

    What is remembered of a file may be older than its last reading: a file with mistakes is not remembered.
    """
    stamp = trace.files.get(path)
    if stamp is None or stamp.size < 0:
        return None
    known = sources.remembered.get(path) if sources is not None else None
    return known.digest if known is not None and known.stamp == stamp else b""
