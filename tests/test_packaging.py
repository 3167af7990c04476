"""Container, formula and release workflow: prepared here, published elsewhere; what needs neither is checked."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from otasite import __version__

PROJECT = Path(__file__).resolve().parent.parent
PACKAGING = PROJECT / "packaging"


def test_the_container_copies_only_what_the_package_is_made_of() -> None:
    recipe = (PACKAGING / "Dockerfile").read_text("utf-8")
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.+)$", recipe, re.MULTILINE) for name in line.split()[:-1]
    }
    admitted = {line[1:] for line in (PROJECT / ".dockerignore").read_text("utf-8").splitlines() if line[0] == "!"}
    assert copied == admitted
    assert all((PROJECT / name).exists() for name in copied)


def test_the_container_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", (PACKAGING / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert users
    assert users[-1] not in ("root", "0")


def test_the_formula_is_ruby_and_of_this_version(tool: Callable[[str, str], str]) -> None:
    formula = PACKAGING / "otasite.rb"
    subprocess.run([tool("ruby", "ruby"), "-c", str(formula)], check=True, capture_output=True)
    assert f'version "{__version__}"' in formula.read_text("utf-8")


def test_what_is_published_is_what_was_tested() -> None:
    """The packages are built in one job, and every later job takes them from there."""
    jobs = yaml.safe_load((PROJECT / ".github/workflows/release.yml").read_text("utf-8"))["jobs"]
    building = [name for name, job in jobs.items() if any("make packages" in str(step) for step in job["steps"])]
    assert building == ["build"]
    assert (jobs["test"]["needs"], jobs["publish"]["needs"]) == ("build", "test")
    for name in ("test", "publish"):
        assert any("download-artifact" in str(step) for step in jobs[name]["steps"])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a release is judged by, in a folder that a test may change."""
    for name in ("CHANGELOG.md", "packaging/otasite.rb"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text((PROJECT / name).read_text("utf-8"), "utf-8")
    changelog = tmp_path / "CHANGELOG.md"
    text = changelog.read_text("utf-8").replace(
        "## [Unreleased]", f"## [Unreleased]\n\n## [{__version__}] - 2026-12-01"
    )
    changelog.write_text(text, "utf-8")
    return tmp_path


def judge(root: Path, tag: str) -> str:
    script = PACKAGING / "release_check.py"
    command = [sys.executable, str(script), tag, "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_release_that_agrees_with_itself_may_go_out(copy: Path) -> None:
    assert judge(copy, f"v{__version__}") == f"v{__version__}: version, changelog and formula agree\n"


@pytest.mark.parametrize(
    ("tag", "file", "old", "new", "said"),
    [
        ("v9.9.9", "", "", "", "the tag is v9.9.9"),
        ("", "CHANGELOG.md", " - 2026-12-01", "", "no date"),
        ("", "CHANGELOG.md", f"## [{__version__}]", "## [0.0.1]", "no section"),
        ("", "packaging/otasite.rb", f'version "{__version__}"', 'version "0.0.1"', "otasite.rb"),
    ],
)
def test_what_disagrees_is_said(copy: Path, tag: str, file: str, old: str, new: str, said: str) -> None:
    if file:
        path = copy / file
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    assert said in judge(copy, tag or f"v{__version__}")
