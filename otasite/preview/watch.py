"""Which files really changed: the operating system's file events behind one small object.

Events are hints. An editor's save is a burst of them (a temporary file, a rename, a backup, a change of mode), our
own reading makes some too, and a save may change nothing. So events are collected until the burst is over, names
that only editors use are passed over, and what is left is compared with what the file was: only then is it a change.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.polling import PollingObserver

from otasite.catalogue.sources import ABSENT, Changes, Stamp, digest, stamp_of

#: Seconds of quiet after which a burst counts as over …
QUIET = 0.008
#: … while a file is being written: until it is closed, or, where the system does not tell that, for so long …
QUIET_UNTIL_CLOSED = 0.4
QUIET_WHILE_WRITING = 0.06  # this, too, after a file appeared that may have been moved here, and so is whole
#: … while a file is away: many editors move the old one aside before the new one comes in its place …
QUIET_WHILE_AWAY = 0.12
#: … and after which a burst without a pause is dealt with anyway.
LONGEST_BURST = 0.6
#: Seconds between two looks with ``poll``.
POLL_INTERVAL = 0.4
#: Files larger than this many bytes are not read to find out whether a save changed them.
LARGEST_COMPARED = 8_000_000

#: Only these: opening and reading a file are events, too.
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
#: Vim: .x.swp, x~, 4913; Emacs: #x#, .#x; JetBrains: x___jb_tmp___; VS Code, gedit, Kate: .x-random, .goutputstream.
_EDITORS_OWN = re.compile(
    r"\.(?!well-known$).*|.*~|#.*#|4913|.*___jb_(tmp|old)___|.*\.(sw[a-z]|tmp|vsctmp|crswap|kate-swp)"
)

#: What a file's content was when it was last used: its digest, ``b""`` if only its being there mattered.
Recall = Callable[[str], bytes | None]


class _Event(msgspec.Struct, frozen=True):
    path: str
    kind: str  # watchdog's: created, modified, moved, deleted, closed
    folder: bool


class Watcher:
    """Calls ``changed`` from a thread of its own after each burst of events that changed something.

    ``folders`` tells what to watch (some may not exist yet); ask again with :meth:`watch_again` when the answer may
    have changed. ``recall`` knows the files in use. ``poll`` looks at the files themselves every now and then, for
    network drives and containers that deliver no events, and is what is left when the system refuses to watch more:
    then ``tell`` hears why.
    """

    def __init__(
        self,
        root: Path,
        folders: Callable[[], Iterable[Path]],
        changed: Callable[[Changes], None],
        *,
        recall: Recall,
        poll: bool = False,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._root = root
        self._folders = folders
        self._changed = changed
        self._poll = poll
        self._tell = tell
        self._events: queue.SimpleQueue[_Event | None] = queue.SimpleQueue()
        self._differences = Differences(root, recall)
        self._watches: dict[str, tuple[ObservedWatch, tuple[int, int]]] = {}
        self._observer = _observer(poll)
        self._thread = threading.Thread(target=self._run, name="otasite-watch", daemon=True)
        self._lock = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Begin. Where the system has no more watches to give, polling begins."""
        # Of a folder that comes while it is looked at, watchdog learns twice, and says so on the terminal.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning, "watchdog")
        self._observer.start()
        self.watch_again()
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._events.put(None)
        self._observer.stop()
        self._observer.join(2)
        if self._thread.is_alive():
            self._thread.join(2)

    # --- what is watched ------------------------------------------------------------------------------------

    def watch_again(self) -> list[str]:
        """Watch the folders that exist now; returns those that were not watched before."""
        with self._lock:
            try:
                return self._watch_what_exists()
            except OSError as error:
                self._tell(f"the system cannot watch these folders ({error.strerror or error}): looking for changes")
                if not self._poll:
                    self._begin_polling()
                return self._watch_what_exists() if self._poll else []

    def _watch_what_exists(self) -> list[str]:
        self._schedule(self._root, recursive=False)
        wanted = _outermost(self._folders())
        for path in self._watches.keys() - set(wanted) - {str(self._root)}:
            self._unschedule(path)
        return [path for path in wanted if self._schedule(Path(path), recursive=True)]

    def _begin_polling(self) -> None:
        self._observer.stop()
        self._watches.clear()
        self._poll, self._observer = True, _observer(True)
        self._observer.start()

    def _schedule(self, folder: Path, *, recursive: bool) -> bool:
        try:
            status = folder.stat()
        except OSError:
            self._unschedule(str(folder))
            return False
        identity = (status.st_dev, status.st_ino)
        known = self._watches.get(str(folder))
        if known is not None and known[1] == identity:
            return False
        self._unschedule(str(folder))
        top = None if recursive else {path.relative_to(self._root).parts[0] for path in self._inside()}
        handler = _Handler(self._events, top, str(folder))
        watch = self._observer.schedule(handler, str(folder), recursive=recursive, event_filter=_EVENTS)
        self._watches[str(folder)] = (watch, identity)
        return True

    def _inside(self) -> list[Path]:
        return [path for path in self._folders() if path.is_relative_to(self._root) and path != self._root]

    def _unschedule(self, path: str) -> None:
        known = self._watches.pop(path, None)
        if known is not None:
            with contextlib.suppress(KeyError, OSError):  # the folder may be gone, and its emitter with it
                self._observer.unschedule(known[0])

    # --- bursts ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (first := self._events.get()) is not None:
            burst = self._collect(first)
            if self._stopped:
                return
            changes = self._differences.of(burst)
            again = frozenset(self._shown(path) for path in self.watch_again()) if changes.folders else frozenset()
            if changes:
                self._changed(Changes(changes.files, changes.folders | again))

    def _collect(self, first: _Event) -> list[_Event]:
        burst = [first]
        unfinished = _Unfinished(tells_closing=sys.platform == "linux" and not self._poll)
        until = time.monotonic() + LONGEST_BURST
        while True:
            quiet = unfinished.quiet_after(burst[-1])
            try:
                following = self._events.get(timeout=max(0.0, min(quiet, until - time.monotonic())))
            except queue.Empty:
                return burst
            if following is None:
                self._stopped = True
                return burst
            burst.append(following)

    def _shown(self, path: str) -> str:
        return shown(path, self._root)


def _observer(poll: bool) -> BaseObserver:
    return PollingObserver(timeout=POLL_INTERVAL) if poll else Observer()


class _Unfinished:
    """The saves of one burst that have begun and not ended: files that are open, or away."""

    def __init__(self, *, tells_closing: bool) -> None:
        self._until_closed = QUIET_UNTIL_CLOSED if tells_closing else QUIET_WHILE_WRITING
        self._waits: dict[str, float] = {}
        self._came: set[str] = set()  # began with their coming: when they go again, nobody waits for them
        self._written: dict[str, tuple[int, int]] = {}

    def quiet_after(self, event: _Event) -> float:
        """Seconds to wait for the next event after this one."""
        if not event.folder:
            if event.path not in self._waits and event.kind != "deleted":
                self._came.add(event.path)
            self._waits[event.path] = self._wait_for(event)
        return max(self._waits.values(), default=QUIET)

    def _wait_for(self, event: _Event) -> float:
        """How long this file may take until its next event."""
        stamp = stamp_of(event.path)
        if stamp == ABSENT:
            return QUIET if event.path in self._came else QUIET_WHILE_AWAY
        if event.kind == "created" and stamp.size:
            return QUIET_WHILE_WRITING
        written = (stamp.size, stamp.modified)
        if event.kind in ("created", "modified") and self._written.get(event.path) != written:
            return self._until_closed
        self._written[event.path] = written  # when it is like this later, only its mode changed
        return QUIET


class Differences:
    """Tells real changes from events, by what the files were before."""

    def __init__(self, root: Path, recall: Recall) -> None:
        self._root = root
        self._recall = recall
        self._known: dict[str, tuple[Stamp, bytes | None]] = {}

    def of(self, burst: Iterable[_Event]) -> Changes:
        first: dict[str, _Event] = {}
        for event in burst:
            first.setdefault(event.path, event)
        folders = {shown(event.path, self._root) for event in first.values() if event.folder}
        files = {
            shown(event.path, self._root)
            for event in first.values()
            if not event.folder and self._differs(event.path, is_new=event.kind in ("created", "moved"))
        }
        return Changes(frozenset(files), frozenset(folders))

    def _differs(self, path: str, *, is_new: bool) -> bool:
        stamp, before = self._known.get(path, (None, None))
        now = stamp_of(path)
        if stamp is not None and now == stamp and now != ABSENT:
            return False
        used = before if stamp is not None else self._recall(shown(path, self._root))
        if now == ABSENT:
            self._known.pop(path, None)
            was_there = used is not None or stamp is not None
            return was_there or not is_new  # a file that came and went within one burst is nobody's business
        content = _digest_of(path, now)
        self._known[path] = (now, content)
        return content is None or content != used


def _digest_of(path: str, stamp: Stamp) -> bytes | None:
    if stamp.size > LARGEST_COMPARED:
        return None
    try:
        with open(path, "rb") as file:
            return digest(file.read())
    except OSError:
        return None


def shown(path: str, root: Path) -> str:
    """A path as :class:`Changes` write it."""
    prefix = f"{root}{os.sep}"
    inside = path.removeprefix(prefix) if path.startswith(prefix) else path
    return inside.replace(os.sep, "/")


def is_editors_own(path: str, root: str) -> bool:
    """Whether some part of ``path`` below ``root`` is a name that only editors and tools use."""
    inside = path.removeprefix(root)
    return any(_EDITORS_OWN.fullmatch(part) for part in inside.split(os.sep) if part)


def _outermost(folders: Iterable[Path]) -> list[str]:
    """The existing folders that lie in no other one of them."""
    existing = sorted({str(folder) for folder in folders if folder.is_dir()})
    return [path for path in existing if not any(path.startswith(f"{other}{os.sep}") for other in existing)]


class _Handler(FileSystemEventHandler):
    """Passes events on; ``top`` are the names that count directly below the root, ``None`` when all do."""

    def __init__(self, events: queue.SimpleQueue[_Event | None], top: set[str] | None, root: str) -> None:
        self._events = events
        self._top = top
        self._root = root
        self._other_names: list[str] = []

    def dispatch(self, event: Any) -> None:
        if event.event_type == "moved":
            self._pass(event.src_path, "deleted", event.is_directory)
            self._pass(event.dest_path, "moved", event.is_directory)
        else:
            self._pass(event.src_path, event.event_type, event.is_directory)

    def _pass(self, path: str | bytes, kind: str, folder: bool) -> None:
        path = self._as_watched(os.fsdecode(path))
        if self._top is not None and os.path.basename(path) not in self._top:
            return
        if path and not is_editors_own(path, self._root):
            self._events.put(_Event(path, kind, folder))

    def _as_watched(self, path: str) -> str:
        """A path below the watched folder, under the name by which it is watched.

        macOS tells where things really are: ``/tmp`` is ``/private/tmp`` there, and a folder may be watched by a name
        in other letters, or in another form of the same ones, than the disk has.
        """
        for name in (self._root, *self._other_names):
            if path == name or path.startswith(f"{name}{os.sep}"):
                return self._root + path[len(name) :]
        for folder in (path, *map(str, Path(path).parents)):
            with contextlib.suppress(OSError):
                if os.path.samefile(folder, self._root):
                    self._other_names.append(folder)
                    return self._root + path[len(folder) :]
        return path
