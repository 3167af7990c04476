"""One at a time: whoever changes a project's content or its site holds its lock.

The lock is one that the system holds on an open file, so it ends with the process, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from otasite.problems import Refused

#: Seconds between two tries.
_PAUSE = 0.1
NAME = "lock"


@contextlib.contextmanager
def locked(state: Path, *, wait: bool = True, tell: Callable[[str], None] = lambda text: None) -> Iterator[None]:
    """Hold the lock of the project whose state folder this is.

    When another process has it, ``tell`` gets a line for people, and this one waits; without ``wait``,
    :class:`Refused` is raised. A folder that cannot be written needs no lock: nothing there can be changed.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(state / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        yield
        return
    try:
        if not _try_lock(descriptor):
            if not wait:
                raise Refused(
                    "another otasite is working on this project", "wait until it has finished, or leave out --no-wait"
                )
            tell("another otasite is working on this project; waiting until it has finished")
            while not _try_lock(descriptor):
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        """Lock an open file, which closing it ends; whether nobody else had it."""
        import msvcrt

        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _try_lock(descriptor: int) -> bool:
        """Lock an open file, which closing it ends; whether nobody else had it."""
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True
