"""What tests need besides Python: programs of the machine, and packages from npm.

What a machine lacks skips the tests that need it, with a reason that names the tool and where it comes from; the
summary of a run counts the tests of each reason. ``OTASITE_REQUIRE_BROWSER=1`` makes each such skip a failure.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

PROJECT = Path(__file__).resolve().parent.parent
#: Servers are often where only root looks for programs.
_MORE_PLACES = ("/usr/sbin", "/usr/local/sbin")


def unavailable(reason: str) -> NoReturn:
    """Skip the test for want of a tool, or fail it where nothing may be skipped."""
    if os.environ.get("OTASITE_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason} (and OTASITE_REQUIRE_BROWSER=1 forbids to skip)", pytrace=False)
    pytest.skip(reason)


def program(name: str, package: str) -> str:
    """The path of an installed program, or skip; ``package`` is the Debian package that brings it."""
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *_MORE_PLACES])
    return shutil.which(name, path=places) or unavailable(f"{name} is not installed (Debian package {package})")


def from_npm(folder: str, package: str, file: str = "") -> Path:
    """A file of a package, or the package itself, that npm has put into ``tests/<folder>/node_modules``, or skip."""
    found = PROJECT / "tests" / folder / "node_modules" / package / file
    if not found.exists():
        unavailable(f"{package} is not installed (npm install in tests/{folder}; make test does it where npm is)")
    return found
