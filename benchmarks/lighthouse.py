"""``python -m benchmarks.lighthouse``: what Lighthouse says of the demo's pages, in both themes, on a slow phone.

Builds ``content/`` with each theme, serves it with gzip on loopback, and runs Lighthouse several times on each page:
a phone with a processor four times slower on a simulated slow 4G connection. Prints medians, and ends with code 1
when a page misses what we ask of it. Lighthouse comes from npm (``npm install lighthouse`` in a folder of your own);
give its path with ``--lighthouse`` when it is not on the PATH. Needs Chromium.

On a busy machine the processor's share is a guess: run it with a higher priority (``nice -n -20``) and more rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES
from tests.web.server import Server

PROJECT = Path(__file__).resolve().parent.parent
THEMES = ("default", "store")
PAGES = ("", "rider/", "roster/", "rider/4.2.0-436/", "help/")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
#: The least score of each category, and the most milliseconds until the largest thing on the page is there.
LEAST = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
MOST_LCP = 1200


@dataclass(frozen=True)
class Figures:
    """One run on one page: scores of 100, milliseconds until the first and the largest thing were painted."""

    scores: dict[str, float]
    first: float
    largest: float
    #: Titles of the audits without a full score that count.
    faults: tuple[str, ...]


def build(theme: str, folder: Path) -> Path:
    """The demo with one theme, in ``folder``; returns its dist/."""
    shutil.copytree(PROJECT / "content", folder / "content")
    site = folder / "content" / "site.yaml"
    before, line, after = site.read_text("utf-8").partition("\ntheme: default\n")
    if not line:
        raise SystemExit("content/site.yaml has no line “theme: default” to put another theme in its place")
    site.write_text(f"{before}\ntheme: {theme}\n{after}", "utf-8")
    command = [sys.executable, "-m", "otasite", "build", "-C", str(folder)]
    subprocess.run(command, check=True, cwd=PROJECT, stdout=subprocess.DEVNULL)
    return folder / "dist"


def measure(lighthouse: str, chromium: str, url: str, report: Path) -> Figures:
    command = [
        lighthouse,
        url,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--only-categories={','.join(CATEGORIES)}",
        "--form-factor=mobile",
        "--throttling-method=simulate",
        f"--chrome-flags={' '.join(CHROMIUM_FLAGS)}",
    ]
    subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": chromium}, stdout=subprocess.DEVNULL)
    found = json.loads(report.read_bytes())
    if found.get("runtimeError"):
        raise SystemExit(f"Lighthouse could not look at {url}: {found['runtimeError']['message']}")
    audits = found["audits"]
    return Figures(
        scores={name: found["categories"][name]["score"] * 100 for name in CATEGORIES},
        first=audits["first-contentful-paint"]["numericValue"],
        largest=audits["largest-contentful-paint"]["numericValue"],
        faults=tuple(faults(found)),
    )


def faults(report: dict[str, dict[str, dict[str, object]]]) -> Iterator[str]:
    """What keeps accessibility, best practices and SEO below 100."""
    for name in CATEGORIES[1:]:
        for reference in report["categories"][name]["auditRefs"]:  # type: ignore[attr-defined]
            audit = report["audits"][reference["id"]]
            score = audit["score"]
            if reference["weight"] and isinstance(score, int | float) and score < 1:
                yield f"{name}: {audit['title']}"


def print_medians(theme: str, page: str, runs: list[Figures]) -> bool:
    """One line; returns whether the page is good enough."""
    scores = {name: statistics.median(run.scores[name] for run in runs) for name in CATEGORIES}
    first, largest = statistics.median(run.first for run in runs), statistics.median(run.largest for run in runs)
    spread = f"{min(run.largest for run in runs):.0f}–{max(run.largest for run in runs):.0f}"
    shown = " ".join(f"{scores[name]:4.0f}" for name in CATEGORIES)
    print(f"{theme:8} /{page:18} {shown}   {first:5.0f} {largest:5.0f}  ({spread})", flush=True)
    for fault in sorted({fault for run in runs for fault in run.faults}):
        print(f"         {fault}")
    return largest <= MOST_LCP and all(scores[name] >= least for name, least in LEAST.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lighthouse", default="lighthouse", help="the program (default: from the PATH)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--theme", choices=THEMES, action="append", help="only this one")
    parser.add_argument("--page", action="append", help="only this path, like rider/")
    wanted = parser.parse_args()
    lighthouse = shutil.which(wanted.lighthouse)
    chromium = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if lighthouse is None:
        parser.error(f"there is no {wanted.lighthouse}: npm install lighthouse, then give its path with --lighthouse")
    if chromium is None:
        parser.error("Chromium is not installed (Debian package chromium)")
    good = True
    print("theme    page                perf a11y best  seo     FCP   LCP  (fastest–slowest), in ms")
    for theme in wanted.theme or THEMES:
        with tempfile.TemporaryDirectory(prefix="otasite-lighthouse-") as folder:
            server = Server(build(theme, Path(folder)), compressed=True)
            try:
                for page in PAGES if wanted.page is None else wanted.page:
                    report = Path(folder) / "report.json"
                    runs = [measure(lighthouse, chromium, server.url + page, report) for _ in range(wanted.rounds)]
                    good &= print_medians(theme, page, runs)
            finally:
                server.close()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
