"""How long after a save a real browser shows it, and how soon a preview of a large catalogue is there.

``python -m benchmarks.preview_latency``: 50 apps of 200 releases, then one app of 10,000; Chromium has a release's
page open. Each edit is timed from the moment the file is written to the second frame that the browser paints with the
new text (or colour).
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.catalogue import THEME, make_apps, write_otasite

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = ("--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run")
#: Says on the console when the newest text like “shown-17” was painted, in milliseconds of the machine's clock.
WATCH = """
addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => requestAnimationFrame(() => {
  const found = document.documentElement.outerHTML.match(/shown-\\d+/g) || [];
  console.log(found.sort().at(-1), performance.timeOrigin + performance.now());
})));
"""
#: The same for a colour that another stylesheet brings.
WATCH_COLOUR = """
colour => new Promise((done) => {
  const look = () => (getComputedStyle(document.body).outlineColor === colour
    ? requestAnimationFrame(() => done(performance.timeOrigin + performance.now())) : requestAnimationFrame(look));
  look();
})
"""


@contextmanager
def serving(project: Path) -> Iterator[tuple[str, float]]:
    """``otasite serve`` as a process; yields the site's address and the seconds until its index had arrived."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "otasite", "serve", "-C", str(project), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        while not has_index(url):
            time.sleep(0.05)
        yield url, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def has_index(url: str) -> bool:
    """Whether the index is there; until then the preview says how far it has read."""
    try:
        with urlopen(url, timeout=300) as reply:
            return b"Example Apps" in reply.read()
    except HTTPError:
        return False


def time_edit(page: Page, file: Path, text: str, marker: str) -> float:
    """Milliseconds from a save to the paint of ``marker``, which is part of ``text``."""
    with page.expect_console_message(lambda message: message.text.startswith(f"{marker} "), timeout=30_000) as shown:
        began = time.time()
        file.write_text(text, encoding="utf-8")
    return float(shown.value.text.split()[1]) - began * 1000


def time_style(page: Page, file: Path, number: int) -> float:
    """Milliseconds from a save of a stylesheet to the paint with its new colour."""
    handle = page.evaluate_handle(f"window.painted = ({WATCH_COLOUR})('rgb(1, 2, {number})'); null")
    began = time.time()
    file.write_text(f"body {{ outline-color: rgb(1, 2, {number}); }}", encoding="utf-8")
    painted = float(page.evaluate("() => window.painted"))
    handle.dispose()
    return painted - began * 1000


def edits(project: Path, app: str, release: str) -> dict[str, Callable[[str], tuple[Path, str]]]:
    """What is edited: name → from a marker to the file and its new text."""
    home = project / "content" / "apps" / app
    notes, record, described = (
        home / "releases" / f"{release}.md",
        home / "releases" / f"{release}.yaml",
        home / "app.yaml",
    )
    base = (THEME / "templates" / "base.html").read_text("utf-8")
    before = {file: file.read_text("utf-8") for file in (notes, record, described)}
    return {
        "notes of one release": lambda marker: (notes, f"{marker}\n\n{before[notes]}"),
        "YAML of one release": lambda marker: (
            record,
            re.sub(r"(?m)^branch: .*$", f"branch: {marker}", before[record]),
        ),
        "app.yaml": lambda marker: (
            described,
            re.sub(r"(?m)^subtitle: .*$", f"subtitle: {marker}", before[described]),
        ),
        "base template": lambda marker: (
            project / "templates" / "base.html",
            base.replace("</body>", f"<!-- {marker} --></body>"),
        ),
    }


def prepare(project: Path) -> None:
    """Overrides that exist from the start, as on a site that somebody works on."""
    (project / "templates").mkdir()
    shutil.copyfile(THEME / "templates" / "base.html", project / "templates" / "base.html")
    own = project / "themes" / "own" / "static"
    own.mkdir(parents=True)
    (own.parent / "theme.yaml").write_text("version: '1'\n", encoding="utf-8")
    (own / "own.css").write_text("body { outline-color: rgb(1, 2, 0); }", encoding="utf-8")
    (own.parent / "templates").mkdir()
    (own.parent / "templates" / "release.html").write_text(
        "{% extends '@theme/release.html' %}{% block head %}{{ super() }}"
        '<link rel="stylesheet" href="{{ page.root }}{{ asset("own.css") }}">{% endblock %}',
        encoding="utf-8",
    )
    site = project / "content" / "site.yaml"
    site.write_text(f"theme: own\n{site.read_text('utf-8')}", encoding="utf-8")


def measure(browser: Browser, project: Path, url: str, rounds: int) -> dict[str, list[float]]:
    apps = sorted(path.name for path in (project / "content" / "apps").iterdir())
    app = apps[len(apps) // 2]
    release = sorted(path.stem for path in (project / "content" / "apps" / app / "releases").glob("*.yaml"))[-1]
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH)
    page.goto(f"{url}{app}/{release}/", wait_until="load")
    page.wait_for_selector("otasite-bar", state="attached")
    time.sleep(1)
    times: dict[str, list[float]] = {}
    for name, edit in edits(project, app, release).items():
        for _ in range(rounds):
            marker = f"shown-{time.time_ns()}"
            times.setdefault(name, []).append(time_edit(page, *edit(marker), marker))
            time.sleep(0.5)
    for number in range(1, rounds + 1):
        times.setdefault("stylesheet", []).append(
            time_style(page, project / "themes" / "own" / "static" / "own.css", number)
        )
        time.sleep(0.5)
    return times


def warm_up(project: Path) -> float:
    """Seconds until the index is there without any cache; returns when the preview has kept what it knows."""
    with serving(project) as (_, seconds):
        while not list((project / ".otasite" / "builds").glob("*.msgpack")):
            time.sleep(0.1)
    return seconds


def run(browser: Browser, project: Path, rounds: int) -> None:
    print(f"first start, no cache:  {warm_up(project):7.2f} s until the index had arrived")
    starts = []
    for _ in range(5):
        with serving(project) as (_, seconds):
            starts.append(seconds)
    print(f"start with warm cache:  {statistics.median(starts):7.2f} s (median of {len(starts)})")
    with serving(project) as (url, _):
        for name, times in measure(browser, project, url, rounds).items():
            print(f"{name:<22} {statistics.median(times):7.0f} ms median, {max(times):5.0f} ms longest")


def shape(text: str) -> tuple[int, int]:
    apps, _, releases = text.partition("x")
    return int(apps), int(releases)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "shapes",
        nargs="*",
        type=shape,
        default=[(50, 200), (1, 10_000)],
        metavar="APPSxRELEASES",
        help="apps, and releases of each (default: 50x200 1x10000)",
    )
    parser.add_argument("--rounds", type=int, default=15)
    wanted = parser.parse_args()
    executable = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if executable is None:
        parser.error("Chromium is not installed (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        for apps, releases in wanted.shapes:
            print(f"--- {apps} x {releases} releases")
            with tempfile.TemporaryDirectory(prefix="otasite-preview-") as folder:
                project = Path(folder) / "site"
                write_otasite(project, make_apps(apps, 1), releases)
                prepare(project)
                run(browser, project, wanted.rounds)
        browser.close()


if __name__ == "__main__":
    main()
