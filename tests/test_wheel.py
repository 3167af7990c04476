"""The wheel as people install it: outside the checkout, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.tools import PROJECT

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the checkout; its output, or a failed test with it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OTASITE_", "PYTHON"))}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=own, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment ``env`` into which the wheel has been installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, PROJECT, cwd=folder)
    (wheel,) = folder.glob("otasite-*.whl")
    venv.create(folder / "env", with_pip=True)
    run(folder / "env/bin/python", *pip[1:], "install", wheel, cwd=folder)
    return folder


def test_a_new_site_builds_from_the_wheel_alone(installed: Path) -> None:
    otasite = installed / "env/bin/otasite"
    where = run(installed / "env/bin/python", "-c", "import otasite; print(otasite.__file__)", cwd=installed)
    assert where.startswith(str(installed)), "this must not be the checkout's package"
    run(otasite, "new", "site", "my-apps", cwd=installed)
    site = installed / "my-apps"
    run(otasite, "check", cwd=site)
    run(otasite, "build", cwd=site)
    assert (site / "dist/index.html").is_file()
    assert list((site / "dist").rglob("manifest.plist")), "the starter has an app that an iPhone can install"
    first = (site / "content/site.yaml").read_text(encoding="utf-8").splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (site / "content" / schema).resolve().is_file(), "the editor finds the schema that the file names"
