"""Fixtures for every test: a real Chromium, a small web server, and the checkers for finished pages.

What a machine lacks is skipped with one line that names it, unless ``OTASITE_REQUIRE_BROWSER=1`` says that
nothing may be skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from tests.web.server import Server
from tests.web.visit import Visit, Visits

PROJECT = Path(__file__).resolve().parent.parent
NODE_MODULES = Path(__file__).resolve().parent / "web" / "node_modules"

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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

# The same examples on every run, so that a red run can be repeated; `make soak` looks for new ones.
settings.register_profile("normal", derandomize=True, deadline=None)
settings.register_profile("soak", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("soak" if os.environ.get("OTASITE_SOAK") == "1" else "normal")


def unavailable(reason: str) -> NoReturn:
    """Skip the test for want of a tool, or fail it where nothing may be skipped."""
    if os.environ.get("OTASITE_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason} (and OTASITE_REQUIRE_BROWSER=1 forbids to skip)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def tool() -> Callable[[str, str], str]:
    """Find a program: ``tool("plistutil", "libplist-utils")`` is its path, or skips and names the package."""

    def find(name: str, package: str) -> str:
        return shutil.which(name) or unavailable(f"{name} is not installed (Debian package {package})")

    return find


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine, headless, one for the whole run."""
    executable = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if executable is None:
        unavailable("Chromium is not installed (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open pages: ``visit(url, width=390, dark=True).page`` is a Playwright page; see :class:`Visits`."""
    visits = Visits(chromium)
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
    script = NODE_MODULES / "axe-core" / "axe.min.js"
    if not script.exists():
        unavailable("axe-core is not installed (npm install in tests/web)")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def nu_checker() -> Callable[[Path], str]:
    """Check all pages under a folder with the Nu checker: its complaints as text, empty when there are none."""
    jar = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
    java = shutil.which("java")
    if java is None or not jar.exists():
        unavailable("the Nu checker is not installed (needs java, and npm install in tests/web)")

    def check(folder: Path) -> str:
        command = [java, "-jar", str(jar), "--skip-non-html", "--errors-only", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        complaints = done.stderr.replace(folder.as_uri().replace("file://", "file:"), "").strip()
        if done.returncode and not complaints:
            return f"the Nu checker ended with code {done.returncode}: {done.stdout}"
        return complaints

    return check
