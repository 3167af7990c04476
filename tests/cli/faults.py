"""``python -m tests.cli.faults FOLDER``: run commands again and again, and let one system call fail each time.

Every call of the system that names something in FOLDER is a place where an error may come from: files that cannot be
opened, folders that cannot be listed, names that cannot be changed. Reads commands from stdin, each a JSON list of
words; prints one JSON line for each run of one, and an empty line after the last.
"""

from __future__ import annotations

import errno
import functools
import io
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from otasite.cli import cli
from otasite.cli.ending import run
from tests.sharing import sharing_themes

#: Errors that systems answer with; not every system knows all of them.
NAMES = (
    "EACCES", "EPERM", "ENOENT", "ENOSPC", "EROFS", "EIO", "EMFILE", "ENAMETOOLONG", "ELOOP", "ENOTDIR", "EISDIR",
    "EEXIST", "EBUSY", "ENOMEM", "EDQUOT", "EINVAL", "ESTALE", "ENOTEMPTY", "EXDEV", "EFBIG", "EINTR", "EAGAIN",
)  # fmt: skip
ERRORS = [getattr(errno, name) for name in NAMES if hasattr(errno, name)]
#: How many places of one command are tried at most, spread over all of them: each error once, or in `make soak` more.
MOST = 500 if os.environ.get("OTASITE_SOAK") == "1" else len(ERRORS)


class Injector:
    """Counts system calls below ``folder``, and lets the one with the number ``at`` fail with ``error``."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.count = 0
        self.at = 0
        self.error = 0
        self.place = ""
        self.active = False
        sys.addaudithook(self._heard)
        for name in ("stat", "lstat", "replace", "fsync"):
            setattr(os, name, self._guarded(name, getattr(os, name)))

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.active and (event == "open" or event.startswith("os.")):
            self._called(event, *arguments[:1])

    def _guarded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(path: Any, *more: Any, **named: Any) -> Any:
            if self.active:
                self._called(f"os.{name}", path)
            return function(path, *more, **named)

        return call

    def _called(self, event: str, path: Any = None) -> None:
        try:
            name = os.fspath(path)
        except TypeError:  # a file by its number
            name = self.folder if event == "os.fsync" else ""
        if isinstance(name, bytes):
            name = os.fsdecode(name)
        if not (name.startswith(self.folder) or (name and not os.path.isabs(name))):
            return
        self.count += 1
        if self.count == self.at:
            self.place = f"{event} {os.path.basename(name)}"
            raise OSError(self.error, os.strerror(self.error), name)


class Copy:
    """A copy of ``original`` in ``work``, made anew only when a run has changed it: most change nothing."""

    def __init__(self, original: Path, work: Path) -> None:
        self._original, self._work = original, work
        self._as_made: dict[str, tuple[int, ...]] = {}

    def renew(self) -> None:
        if not self._as_made or self._state() != self._as_made:
            shutil.rmtree(self._work, ignore_errors=True)
            shutil.copytree(self._original, self._work)
            self._as_made = self._state()
        os.chdir(self._work)

    def _state(self) -> dict[str, tuple[int, ...]]:
        """How every file and folder is."""
        paths = [self._work, *self._work.rglob("*")]
        found = ((path, path.lstat()) for path in paths if os.path.lexists(path))
        return {
            str(path): (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            for path, status in found
        }


def main(folder: Path) -> None:
    injector = Injector(folder / "work")
    copy = Copy(folder / "project", folder / "work")
    with sharing_themes():
        for line in sys.stdin:
            try_all(injector, copy, json.loads(line))
            print(flush=True)


def try_all(injector: Injector, copy: Copy, words: list[str]) -> None:
    code, output = once(injector, copy, words, 0, 0)
    total = injector.count
    tell(injector, words, code, output)
    step = max(1, total // MOST)
    for number, at in enumerate(range(1, total + 1, step)):
        code, output = once(injector, copy, words, at, ERRORS[number % len(ERRORS)])
        tell(injector, words, code, output)


def tell(injector: Injector, words: list[str], code: int, output: str) -> None:
    name = errno.errorcode.get(injector.error, "")
    said = {"words": words, "error": name, "at": injector.at, "place": injector.place, "code": code}
    print(json.dumps({**said, "output": output}), file=sys.__stdout__)


def once(injector: Injector, copy: Copy, words: list[str], at: int, error: int) -> tuple[int, str]:
    """One run in the project as it was; gives the exit code (-1: an exception came through) and the output."""
    copy.renew()
    injector.count, injector.at, injector.error, injector.place = 0, at, error, ""
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    sys.stdout = sys.stderr = stream
    injector.active = True
    try:
        code = run(cli, words)
    except BaseException:  # the test says which one came through
        code = -1
        stream.write(traceback.format_exc())
    finally:
        injector.active = False
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    return code, stream.buffer.getvalue().decode()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
