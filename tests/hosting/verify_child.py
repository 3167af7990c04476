"""``python -m tests.hosting.verify_child OPTIONS``: run ``verify`` in a process of its own, and tell what it took."""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from otasite.hosting.verify.client import Limits, RetryPolicy
from otasite.hosting.verify.site import VerifyOptions, verify

#: Bytes of address space: the last line, should a budget be forgotten. Threads reserve much more than they use.
ADDRESS_SPACE = 4 * 2**30


def main(url: str, ca: str, options: dict[str, Any], limits: dict[str, Any]) -> None:
    """Verify, and print rows, seconds and the growth of the peak memory in bytes as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    before = peak()
    started = time.monotonic()
    report = verify(
        url,
        VerifyOptions(ca=Path(ca), retry=RetryPolicy(attempts=2, pause=0.01), limits=Limits(**limits), **options),
    )
    seconds = time.monotonic() - started
    print(json.dumps({"seconds": seconds, "bytes": peak() - before, "rows": msgspec.to_builtins(report.rows)}))


def peak() -> int:
    """The most memory that this program has had so far, in bytes."""
    if sys.platform == "linux":  # where getrusage also counts what the process had before it became this program
        return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
