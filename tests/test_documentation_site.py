"""The documentation as a site: built strictly, with every command, key and option on it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from otasite.cli import COMMANDS
from otasite.problems.register import REGISTER

pytestmark = pytest.mark.thorough

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed (make docs installs it)")
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "OTASITE_DOCS_THEMES": "store"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow
def test_every_command_has_a_place(site: Path) -> None:
    page = (site / "reference/commands/index.html").read_text("utf-8")
    missing = [name for name in COMMANDS if f">otasite {name}" not in page]
    assert not missing


def test_keys_say_type_and_meaning(site: Path) -> None:
    page = (site / "reference/yaml/index.html").read_text("utf-8")
    assert "<code>minimum_os</code>" in page
    assert "Oldest system version that can install it" in page


def test_every_code_has_a_page(site: Path) -> None:
    missing = [name for name in REGISTER if not (site / f"reference/problems/{name}/index.html").is_file()]
    assert not missing


def test_the_gallery_leads_to_a_demo_of_each_theme_that_otasite_built(site: Path) -> None:
    links = re.findall(r'href="\.\./demo/(\w+)/"', (site / "gallery/index.html").read_text("utf-8"))
    bundled = {path.name for path in (PROJECT / "themes").iterdir() if (path / "theme.yaml").is_file()}
    assert set(links) == bundled
    assert "https://docs.example.com/otasite/demo/store/" in (site / "demo/store/index.html").read_text("utf-8")


def test_pages_load_nothing_from_other_hosts(site: Path) -> None:
    pages = [path.read_text("utf-8") for path in site.rglob("*.html") if "demo" not in path.parts]
    assert pages
    assert not [page for page in pages if 'src="http' in page or "fonts.googleapis" in page]
