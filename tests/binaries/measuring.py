"""Inspects a file in a process of its own and says what that cost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

#: For tests that measure: the peak of memory is read from /proc.
NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")

SCRIPT = """
import sys, time
from pathlib import Path
from otasite.binaries.icons import find_icon
from otasite.binaries.inspect import inspect_binary
from otasite.problems import ProblemsFound
path = Path(sys.argv[1])
before = time.process_time()
try:
    info = inspect_binary(path, digests=sys.argv[2] == "digests")
    find_icon(path)
    print(info.identifier, info.size, len(info.chunks), *(problem.code for problem in info.problems))
except ProblemsFound as found:
    print(*(problem.code for problem in found.problems))
print(time.process_time() - before)
# Not ru_maxrss: that starts at the memory of the process that started this one.
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) * 1024)
"""


class Measured(NamedTuple):
    """``printed`` is the identifier, size, number of chunks and codes of warnings, or the codes of what failed.

    ``peak`` is in bytes, ``seconds`` are those of the processor.
    """

    printed: str
    peak: int
    seconds: float


def measured(path: Path, *, digests: bool = False) -> Measured:
    command = [sys.executable, "-c", SCRIPT, str(path), "digests" if digests else "none"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    printed, seconds, peak = done.stdout.splitlines()
    return Measured(printed, int(peak), float(seconds))
