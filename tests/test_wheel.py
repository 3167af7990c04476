"""What people install: the sdist, and the wheel made from it, outside the checkout, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest

from tests.tools import PROJECT, program

pytestmark = pytest.mark.slow

BIN = "env/Scripts" if os.name == "nt" else "env/bin"


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the checkout; its output, or a failed test with it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OTASITE_", "PYTHON"))}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=own, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel, as ``make packages`` builds them."""
    folder = tmp_path_factory.mktemp("packages")
    run(sys.executable, "-m", "build", "--outdir", folder, PROJECT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(packages: Path) -> Path:
    """A folder with an environment ``env`` into which the wheel has been installed."""
    (wheel,) = packages.glob("otasite-*.whl")
    venv.create(packages / "env", with_pip=True)
    options = ["--disable-pip-version-check", "--quiet"]
    run(packages / BIN / "python", "-m", "pip", *options, "install", wheel, cwd=packages)
    return packages


def test_the_sdist_holds_the_package_its_docs_and_nothing_else(packages: Path) -> None:
    (sdist,) = packages.glob("otasite-*.tar.gz")
    with tarfile.open(sdist) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    command = [program("git", "git"), "ls-files", "--cached", "--others", "--exclude-standard"]
    of_the_checkout = [name for name in run(*command, cwd=PROJECT).splitlines() if (PROJECT / name).is_file()]
    folders = ("otasite/", "themes/", "content/", "docs/")
    files = {"CHANGELOG.md", "LICENSE", "README.md", "mkdocs.yml", "pyproject.toml", ".gitignore"}
    wanted = {name for name in of_the_checkout if name.startswith(folders) or name in files}
    assert found == wanted | {"PKG-INFO"}
    assert {"docs/hosting.md", "otasite/py.typed"} <= found


def test_a_new_site_builds_from_the_wheel_alone(installed: Path) -> None:
    otasite = installed / BIN / "otasite"
    where = run(installed / BIN / "python", "-c", "import otasite; print(otasite.__file__)", cwd=installed)
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
