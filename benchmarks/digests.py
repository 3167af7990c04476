"""Compare digest speed with ``sha256sum`` on a file of 1 GiB: ``python benchmarks/digests.py [MiB]``.

otasite hashes every byte twice (the whole file, and each chunk); sha256sum once. Both read from the page cache.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from otasite.binaries.digests import digest_file


def main() -> None:
    mebibytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "App.ipa"
        block = random.Random(1).randbytes(2**20)
        with path.open("wb") as file:
            for _ in range(mebibytes):
                file.write(block)
        for _ in range(3):
            theirs, expected = timed_sha256sum(path)
            ours, sha256 = timed_digests(path)
            assert sha256 == expected
            print(
                f"{mebibytes} MiB  sha256sum {theirs:.2f} s  otasite {ours:.2f} s  "
                f"({mebibytes / ours:.0f} MiB/s, {ours / theirs:.2f} × the time)"
            )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def timed_sha256sum(path: Path) -> tuple[float, str]:
    start = time.perf_counter()
    output = subprocess.run(["sha256sum", str(path)], check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - start, output.split()[0]


def timed_digests(path: Path) -> tuple[float, str]:
    start = time.perf_counter()
    digests = digest_file(path)
    return time.perf_counter() - start, digests.sha256


if __name__ == "__main__":
    main()
