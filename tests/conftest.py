"""Fixtures for every test: a real Chromium, a small web server, and the checkers for finished pages."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect, sync_playwright

from tests.sharing import sharing_themes
from tests.tools import from_npm, program, unavailable
from tests.web.server import Server
from tests.web.visit import Contexts, Visit, Visits

#: The headless shell is the same engine without windows: pages open in a third of the time.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: Fixtures that start a program of hundreds of megabytes.
LARGE_PROGRAMS = {"chromium", "nu_checker"}
#: Seconds from which on a test should carry the marker “slow”. Only told: they depend on the machine.
MARKED_FROM = 5

# Where compiled modules may not be kept, each of the many processes that tests start would compile hundreds of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What is waited for comes late on a busy machine, and is no less right.
expect.set_options(timeout=30_000)

# The same examples on every run, so that a red run can be repeated; `make soak` looks for new ones.
settings.register_profile("normal", derandomize=True, deadline=None)
settings.register_profile("soak", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("soak" if os.environ.get("OTASITE_SOAK") == "1" else "normal")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts a large program is slow, without saying so; other tests that take seconds are marked."""
    for item in items:
        if LARGE_PROGRAMS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each reason for which tests were skipped, and for each test that ``make quick`` should not run."""
    skipped = terminalreporter.getreports("skipped")
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped if report.longrepr)
    if reasons:
        terminalreporter.section("skipped")
        for reason, number in reasons.most_common():
            terminalreporter.line(f"{number:5} × {reason}")
    passed = terminalreporter.getreports("passed")
    slow = [report for report in passed if report.duration > MARKED_FROM and "slow" not in report.keywords]
    if slow:
        terminalreporter.section(f"over {MARKED_FROM} s and not marked as slow")
        for report in sorted(slow, key=lambda report: -report.duration)[:10]:
            terminalreporter.line(f"{report.duration:5.1f} s {report.nodeid}")


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests leave the memory's key of the person who runs them alone."""
    os.environ["OTASITE_STATE_DIR"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session", autouse=True)
def heeding_interrupts() -> Iterator[None]:
    """What tests start heeds Ctrl-C, as at a terminal: children of a ``nohup`` or ``&`` are born deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what is handled here is not ignored there
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def themes_read_once() -> Iterator[None]:
    with sharing_themes():
        yield


@pytest.fixture(scope="session")
def tool() -> Callable[[str, str], str]:
    """Find a program: ``tool("plistutil", "libplist-utils")`` is its path, or skips and names the package."""
    return program


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine, headless, one for the whole run."""
    executable = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if executable is None:
        unavailable("Chromium is not installed (Debian package chromium-headless-shell or chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(chromium: Browser) -> Iterator[Contexts]:
    contexts = Contexts(chromium)
    yield contexts
    contexts.close()


@pytest.fixture
def visit(contexts: Contexts) -> Iterator[Callable[..., Visit]]:
    """Open pages: ``visit(url, width=390, dark=True).page`` is a Playwright page; see :class:`Visits`."""
    visits = Visits(contexts, shared=False)
    yield visits.open
    visits.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Serve a folder on loopback: ``serve(dist, "/repo/").url`` is the address of its index."""
    servers: list[Server] = []

    def start(folder: Path, base: str = "/") -> Server:
        servers.append(Server(folder, base))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The text of axe-core, to be run inside a page."""
    return from_npm("web", "axe-core", "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def nu_checker() -> Callable[[Path], str]:
    """Check all pages under a folder with the Nu checker: its complaints as text, empty when there are none."""
    java = program("java", "default-jre-headless")
    jar = from_npm("web", "vnu-jar", "build/dist/vnu.jar")

    def check(folder: Path) -> str:
        # A short run: the compiler that thinks longer costs more than it brings.
        quick = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m")
        command = [java, *quick, "-jar", str(jar), "--skip-non-html", "--errors-only", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        complaints = done.stderr.replace(folder.as_uri().replace("file://", "file:"), "").strip()
        if done.returncode and not complaints:
            return f"the Nu checker ended with code {done.returncode}: {done.stdout}"
        return complaints

    return check
