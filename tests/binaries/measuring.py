"""Inspects a file in a process of its own and says what that cost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

#: For tests that measure: the peak of memory is read from /proc.
NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")

#: Around what is measured.
START = """
import sys, time
from pathlib import Path
before = time.process_time()
"""
END = """
print(time.process_time() - before)
# Not ru_maxrss: that starts at the memory of the process that started this one.
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) * 1024)
"""
INSPECTION = """
from otasite.binaries.icons import find_icon
from otasite.binaries.inspect import inspect_binary
from otasite.problems import ProblemsFound
path = Path(sys.argv[1])
try:
    info = inspect_binary(path, digests=sys.argv[2] == "digests")
    find_icon(path)
    print(info.identifier, info.size, len(info.chunks), *(problem.code for problem in info.problems))
except ProblemsFound as found:
    print(*(problem.code for problem in found.problems))
"""


class Measured(NamedTuple):
    """``printed`` is what the process said; ``peak`` is in bytes, ``seconds`` are those of the processor."""

    printed: str
    peak: int
    seconds: float


def measured(path: Path, *, digests: bool = False) -> Measured:
    """Inspect a file. ``printed`` is the identifier, size, number of chunks and codes of warnings, or of errors."""
    return measured_run(INSPECTION, str(path), "digests" if digests else "none")


def measured_run(script: str, *arguments: str) -> Measured:
    """Run a script, which prints one line."""
    command = [sys.executable, "-c", START + script + END, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
    printed, seconds, peak = done.stdout.splitlines()
    return Measured(printed, int(peak), float(seconds))
