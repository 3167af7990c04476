"""One app of an open project: unknown at first, planned when somebody wants it, rendered by whoever needs its files.

A build plans an app once and keeps its record; a preview plans it again when its own files changed, and after a small
change only what that touches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path

import msgspec

from otasite.catalogue.apps import AppSource
from otasite.catalogue.files import Files
from otasite.catalogue.model import App
from otasite.catalogue.records import AppRecord
from otasite.catalogue.sources import ABSENT, Changes, Sources, Trace, stamp_of
from otasite.memory import Memory
from otasite.problems import Findings, Problem, ProblemsFound, has_errors
from otasite.site.artifacts import Artifact
from otasite.site.clashes import clash_problems, windows_problems
from otasite.site.plan import AppPlan
from otasite.site.published import AppDigest, PublishedApp
from otasite.site.reminders import app_reminders
from otasite.workshop.assembly import Assembly
from otasite.workshop.unit_memory import UnitMemory, UnitRecord

#: After changes of more releases than these, all are read again.
MAX_FOLLOWED = 20


class AppUnit:
    """What is known of one app. Mistakes in other apps make no difference here.

    ``record`` and ``files`` (by path) are those of its last good state, ``None`` before that; :attr:`problems` are
    those of now. ``trace`` is what the app was read from. ``current`` tells what all apps share, ``sources`` is the
    class that reads files.
    """

    def __init__(
        self, source: AppSource, memory: Memory, root: Path, current: Callable[[], Assembly], sources: type[Sources]
    ) -> None:
        self.source = source
        self.record: UnitRecord | None = None
        self.files: Mapping[str, Artifact] | None = None
        self.trace = Trace()
        #: Its content has errors: rendering it would only add wrong problems to the true ones.
        self.is_broken = False
        self._current = current
        self._root = root
        self._open_memory: Callable[[], UnitMemory] = partial(UnitMemory, memory, source.id, root, sources)
        self._memory: UnitMemory | None = None
        self._known_for = b""
        self._planned_for = b""
        #: What made the plan, and the names in the folder of releases that changed since; ``None`` when it is of no
        #: use any more, and all has to be read.
        self._published: PublishedApp | None = None
        self._changed: set[str] = set()
        self._found: tuple[Problem, ...] = ()
        self._read = Findings()

    # --- looking --------------------------------------------------------------------------------------------

    @cached_property
    def settings(self) -> AppRecord | None:
        """The app's own file as it is written, without releases that have files of their own."""
        return Files(self._looking(), self._read).record(self.source.path, AppRecord)[0]

    @cached_property
    def app(self) -> App:
        """The app as its YAML has it; binaries are not looked into. With errors it is good for looking only."""
        return self._current().load_app(self.source, self._read, self._looking())

    def _looking(self) -> Sources:
        self.memory.sources.start_trace()
        return self.memory.sources

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with as much of the app as was looked at."""
        return tuple(dict.fromkeys([*self._read.problems, *self._found]))

    @property
    def digest(self) -> AppDigest | None:
        return self.record.digest if self.record is not None else None

    # --- how much is known --------------------------------------------------------------------------------

    @property
    def is_known(self) -> bool:
        """Whether record and problems are right; the files may still have to be planned."""
        return self._known_for == self._current().plan_key and not self._is_due()

    @property
    def is_planned(self) -> bool:
        return self._planned_for == self._current().plan_key and not self._is_due()

    @property
    def is_tried(self) -> bool:
        """Whether all its pages are known to be fit for rendering with the theme, as they are now."""
        themed = self._current().themed_key
        return self.record is not None and self.record.rendered_with == themed and self.is_known

    def note_tried(self) -> None:
        if self.record is not None:
            self.record.rendered_with = self._current().themed_key

    def _is_due(self) -> bool:
        """Whether a release that lay in the future does so no longer."""
        return self.record is not None and _is_over(self.record, self._current())

    def recall(self, record: UnitRecord) -> bool:
        """Take over what an earlier run of the same key found out, if nothing changed since; whether that was so."""
        if (
            has_errors(record.problems)
            or _is_over(record, self._current())
            or not self._current().sources.holds(record.trace)
        ):
            return False
        self.record, self._found, self.trace = record, record.problems, record.trace
        self._known_for = self._current().plan_key
        return True

    # --- changes --------------------------------------------------------------------------------------------

    def forget(self, changes: Changes | None = None) -> None:
        """Its files changed: what is kept is the last good state, to show until the new one is planned."""
        if changes is None or not self._can_follow(changes):
            self._published = None
        self._known_for = self._planned_for = b""
        vars(self).pop("app", None)
        vars(self).pop("settings", None)
        self._read = Findings()
        if changes is not None and self._memory is not None:
            self._memory.sources.forget(changes)

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

    def is_touched_by(self, changes: Changes) -> bool:
        """Whether what changed is among the files and folders that this app was made from."""
        if any(self._uses(path) for path in changes.files):
            return True
        return bool(changes.folders) and not (self.trace.files and self._current().sources.holds(self.trace))

    def _uses(self, path: str) -> bool:
        home = f"{self.source.folder}/" if self.source.folder else self.source.path
        return path.startswith(home) or path in self.trace.files or path.rpartition("/")[0] in self.trace.folders

    # --- planning -------------------------------------------------------------------------------------------

    def know(self) -> None:
        """Find out everything about the app. With mistakes in it the last good state stays."""
        if not self.is_planned:
            self.plan()
        if not self.is_known and self._published is not None and self.record is not None:
            digest = self._current().digest(self._published)
            self.record = msgspec.structs.replace(self.record, trace=self.trace, digest=digest)
            self._known_for = self._current().plan_key

    def plan(self) -> None:
        """Plan the app's files. After a small change only what it touches; :meth:`know` then tells the rest of it."""
        key = self._current().plan_key
        is_of_now = self.record is not None and self.record.key == key and not self._is_due()
        published = self._published if is_of_now else None
        if published is None or not self._follow(published):
            self.plan_all()
        self._planned_for = key
        if self.record is not None:
            self.record.rendered_with = b""

    def _follow(self, published: PublishedApp) -> bool:
        """Plan again what changed releases touch; whether that was all it takes."""
        self.memory.sources.trace = self.trace
        findings = Findings()
        new = self._current().replan_app(self.source, published, self._changed, findings, self.memory)
        self._found = tuple(findings.problems)
        if new is None:
            return findings.failed  # mistakes: the last good state stays, and what changed is looked at again
        self._published, artifacts = new
        self._changed.clear()
        self.files = {**(self.files or {}), **{artifact.path: artifact for artifact in artifacts}}
        return True

    def plan_all(self) -> AppPlan | None:
        """Read and plan the whole app: the plan, however wrong the app is; ``None`` when there cannot be any."""
        findings = Findings()
        self.trace = self.memory.sources.start_trace()
        planned = None
        try:
            planned = self._current().plan_app(self.source, findings, self.memory)
        except ProblemsFound as error:
            findings.extend(error.problems)
        self.is_broken = findings.failed
        if planned is not None and not self.is_broken:
            findings.extend(clash_problems(planned.artifacts))
            findings.extend(windows_problems(planned.artifacts))
        self._found = tuple(findings.problems)
        self._published = None
        self._changed.clear()
        if planned is not None and not findings.failed and self._current().is_sound:
            self._take(planned)
        self._known_for = self._planned_for = self._current().plan_key
        return planned

    def _take(self, planned: AppPlan) -> None:
        """Make a plan without mistakes the app's state."""
        published, selection = planned.published, planned.selection
        self.files = {artifact.path: artifact for artifact in planned.artifacts}
        own = published.addresses.binaries.values() if published is not None else ()
        self.record = UnitRecord(
            key=self._current().plan_key,
            trace=self.trace,
            digest=self._current().digest(published) if published is not None else None,
            problems=self._found,
            reminders=tuple(app_reminders(published)) if published is not None else (),
            until=selection.until.timestamp() if selection.until else None,
            elsewhere=tuple(binary for binary in own if not binary.in_dist),
            private=_private(published),
            drafts=selection.drafts,
            future=selection.future,
            ahead=selection.ahead,
            dropped=selection.dropped,
            others=planned.others,
        )
        if not self._found:
            self._published = published

    # --- memory -------------------------------------------------------------------------------------------

    @property
    def memory(self) -> UnitMemory:
        """What earlier runs found out, in the cache that all runs use."""
        if self._memory is None:
            self._memory = self._open_memory()
        return self._memory

    def let_go(self, record: UnitRecord | None) -> None:
        """Keep nothing but a record: the files were made, and there are many apps."""
        self.record, self.files = record, None
        self._published = self._memory = None
        self._planned_for = b""

    def saved_record(self) -> UnitRecord | None:
        """What the next run may recall; keeps parsed content and converted notes for it, too."""
        if self._memory is not None:
            self._memory.save_more(self.trace.files)
        if self.record is None or not self.is_known or has_errors(self._found):
            return None
        return msgspec.structs.replace(self.record, key=self._current().plan_key, problems=self._found)

    def known_content(self, path: str) -> bytes | None:
        """The digest of a file of this app as it was last read; ``b""`` when only its being there is known."""
        return content_as_used(path, self.trace, self._memory.sources if self._memory is not None else None)


def content_as_used(path: str, trace: Trace, sources: Sources | None) -> bytes | None:
    """The digest of a file as ``trace`` saw it, ``b""`` when that is not known, ``None`` when it was not there.

    What is remembered of a file may be older than its last reading: a file with mistakes is not remembered.
    """
    stamp = trace.files.get(path)
    if stamp is None or stamp.size < 0:
        return None
    known = sources.remembered.get(path) if sources is not None else None
    return known.digest if known is not None and known.stamp == stamp else b""


def _is_over(record: UnitRecord, assembly: Assembly) -> bool:
    return record.until is not None and assembly.context.choice.now.timestamp() >= record.until


def _private(app: PublishedApp | None) -> int:
    """How many binaries, own or not, are in a private bucket."""
    if app is None:
        return 0
    return sum(app.addresses.is_private(release, binary) for release in app.shown for binary in release.binaries)
