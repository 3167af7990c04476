"""One run of a command as a whole process: what the operating system says it took."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")


@dataclass(frozen=True)
class Run:
    """Seconds, and bytes of resident memory.

    ``cpu`` is user and system time of the command and its children. ``largest`` is the peak of its largest process;
    ``together`` the peak of all its processes at once, pages that they share counted in each (0: not measured).
    """

    wall: float
    cpu: float
    largest: int
    together: int = 0


class Failed(Exception):
    """A measured command ended with an error, so its time says nothing."""


def run(command: Sequence[str], folder: Path, *, watch_memory: bool = False) -> Run:
    """Run ``command`` in ``folder``. ``watch_memory`` samples all its processes, which costs it some time."""
    # An installed package is compiled; so is this one, whatever the shell says.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with (folder / ".output").open("w+b") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        watcher = _Watcher(process.pid) if watch_memory else None
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        together = watcher.peak() if watcher else 0
        if process.returncode:
            output.seek(0)
            raise Failed(f"{' '.join(command)}: exit code {process.returncode}\n{output.read().decode()[-2000:]}")
    largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(wall=wall, cpu=usage.ru_utime + usage.ru_stime, largest=largest, together=together)


class _Watcher(threading.Thread):
    """Adds up the memory of a process and all below it, a hundred times a second (Linux only)."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._peak = 0
        self._over = threading.Event()
        self.start()

    def peak(self) -> int:
        self._over.set()
        self.join()
        return self._peak

    def run(self) -> None:
        while not self._over.wait(0.01):
            self._peak = max(self._peak, sum(_resident(process) for process in _family(self._root)))


def _family(root: int) -> list[int]:
    found = [root]
    for process in found:
        try:
            tasks = os.listdir(_PROC / str(process) / "task")
            for task in tasks:
                found += map(int, (_PROC / str(process) / "task" / task / "children").read_text().split())
        except OSError:  # it has just ended
            continue
    return found


def _resident(process: int) -> int:
    try:
        return int((_PROC / str(process) / "statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
