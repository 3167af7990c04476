"""macOS's file events, replayed on any system: what FSEvents says goes through watchdog's own code for macOS.

Only the part of watchdog that is compiled for macOS is stood in for: a stream that is told what to deliver.
"""

from __future__ import annotations

import importlib
import os
import queue
import sys
import types
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from watchdog.observers.api import EventQueue, ObservedWatch

from otasite.catalogue.sources import Changes
from otasite.preview.watch import _EVENTS, Differences, Recall, _Event, _Handler


@dataclass(frozen=True)
class Native:
    """One event of FSEvents: a path (as the disk has it), its inode, and all that happened to it since the last."""

    path: str
    inode: int
    is_created: bool = False
    is_removed: bool = False
    is_renamed: bool = False
    is_modified: bool = False
    is_inode_meta_mod: bool = False
    is_xattr_mod: bool = False
    is_owner_change: bool = False
    is_directory: bool = False
    is_root_changed: bool = False
    is_coalesced: bool = True


class _Stream:
    def __init__(self, paths: list[str], latency: float = 0.01) -> None:
        """Nothing is delivered by itself."""

    def stop(self) -> None:
        """Nothing runs."""


def emitter_class() -> Any:
    """watchdog's emitter for macOS."""
    if sys.platform == "darwin":
        return importlib.import_module("watchdog.observers.fsevents").FSEventsEmitter
    compiled = types.ModuleType("_watchdog_fsevents")
    compiled.Stream = _Stream  # type: ignore[attr-defined]
    compiled.NativeEvent = Native  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "_watchdog_fsevents", compiled)
        patch.delitem(sys.modules, "watchdog.observers.fsevents", raising=False)
        return importlib.import_module("watchdog.observers.fsevents").FSEventsEmitter


class Replay:
    """A watched folder: what FSEvents delivers becomes what the watcher makes of it."""

    def __init__(self, folder: Path, root: Path, recall: Recall) -> None:
        self._said: EventQueue = EventQueue()
        watch = ObservedWatch(str(folder), recursive=True, event_filter=_EVENTS)
        self._emitter = emitter_class()(self._said, watch, event_filter=_EVENTS)
        self._events: queue.SimpleQueue[_Event | None] = queue.SimpleQueue()
        self._handler = _Handler(self._events, None, str(folder))
        self._differences = Differences(root, recall)

    def deliver(self, events: Iterable[Native]) -> Changes:
        """One delivery, weighed as one burst."""
        self._emitter.queue_events(1.0, list(events))
        while not self._said.empty():
            self._handler.dispatch(self._said.get()[0])
        burst = []
        while not self._events.empty():
            event = self._events.get()
            assert event is not None
            burst.append(event)
        return self._differences.of(burst)


def inode(path: Path) -> int:
    return os.stat(path).st_ino
