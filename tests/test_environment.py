"""``packaging/environment.py``, which make runs first: it makes .venv, or says in one sentence why it cannot."""

from __future__ import annotations

import ast
import os
import runpy
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools import PROJECT

#: A package without dependencies that is its own build backend: installing it needs no network.
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "tiny"
version = "1"
"""
BACKEND = """\
import zipfile
def build_editable(folder, settings=None, metadata=None):
    with zipfile.ZipFile(f"{folder}/tiny-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
        wheel.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("tiny-1.dist-info/RECORD", "")
    return "tiny-1-py3-none-any.whl"
"""
NEEDS_THE_INDEX = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "tiny"\nversion = "1"\n'
#: An address where nobody listens, asked twice.
NO_INDEX = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_RETRIES": "1",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_FIND_LINKS": "",
    "PIP_EXTRA_INDEX_URL": "",
}

Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the script, and a package that installs in no time."""
    (tmp_path / "packaging").mkdir()
    shutil.copy(PROJECT / "packaging/environment.py", tmp_path / "packaging")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    return tmp_path


@pytest.fixture
def make(project: Path) -> Make:
    """Run the script, on a Python about which ``lie`` tells it something; further words are the environment's."""

    def run(lie: str = "", *extras: str, **environment: str) -> subprocess.CompletedProcess[str]:
        script = str(project / "packaging/environment.py")
        words = f"{lie}\nsys.argv = {[script, *extras]!r}"
        call = f"import runpy, sys; {words}\nrunpy.run_path({script!r}, run_name='__main__')"
        return subprocess.run(
            [sys.executable, "-c", call], env=os.environ | environment, capture_output=True, text=True, timeout=300
        )

    return run


def installed(project: Path) -> bool:
    python = project / (".venv/Scripts/python.exe" if os.name == "nt" else ".venv/bin/python")
    return subprocess.run([str(python), "-c", "import tiny"], check=False).returncode == 0


@pytest.mark.slow
def test_an_environment_is_made_and_told_of(project: Path, make: Make) -> None:
    done = make()
    version = ".".join(map(str, sys.version_info[:3]))
    assert done.stdout.startswith(f"Making .venv with Python {version}\nInstalling otasite and what it needs")
    assert "\nInstalled in " in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert installed(project)


@pytest.mark.slow
def test_what_an_interruption_left_is_made_anew(project: Path, make: Make) -> None:
    venv.create(project / ".venv")
    (project / ".venv/.unfinished").touch()
    done = make()
    assert "anew: the old one is not complete" in done.stdout
    assert installed(project)
    assert not (project / ".venv/.unfinished").exists()


def test_an_environment_whose_python_is_gone_is_made_anew(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How one is made is tried above; this takes none of the ten seconds that it lasts."""
    (project / ".venv/bin").mkdir(parents=True)
    (project / ".venv/bin/python").symlink_to(project / "no-longer-here")
    made: list[str] = []
    monkeypatch.setattr(venv.EnvBuilder, "create", lambda self, folder: made.append(folder))
    names = runpy.run_path(str(project / "packaging/environment.py"))
    names["Environment"](".venv").make()
    assert "anew: the old one is not complete, or its Python is gone" in capsys.readouterr().out
    assert made == [str(project / ".venv")]
    assert not (project / ".venv/bin").exists(), "nothing of the old one is left"


@pytest.mark.slow
def test_an_environment_without_pip_gets_it(project: Path, make: Make) -> None:
    venv.create(project / ".venv")
    assert "There is no pip in .venv: putting it there" in make().stdout
    assert installed(project)


@pytest.mark.slow
def test_without_a_network_one_sentence_says_so(project: Path, make: Make) -> None:
    (project / "pyproject.toml").write_text(NEEDS_THE_INDEX)
    done = make(**NO_INDEX)
    assert done.returncode == 1
    assert done.stderr.startswith("otasite is not installed: the package index does not answer (")
    assert "HTTPS_PROXY" in done.stderr
    assert done.stderr.endswith("All that pip said: .venv/install.log\n")
    assert "127.0.0.1" in (project / ".venv/install.log").read_text()


@pytest.mark.slow
def test_where_uv_cannot_be_had_pip_installs_what_tests_need(project: Path, make: Make) -> None:
    done = make("", "test", **NO_INDEX)
    assert "what it and its tests need into .venv" in done.stdout and "\nInstalled in " in done.stdout
    assert installed(project)


def test_a_python_that_is_too_old_is_named(make: Make) -> None:
    done = make("sys.version_info = (3, 9, 6, 'final', 0)", PATH=os.devnull)
    assert done.stderr == (
        f"otasite is not installed: {sys.executable} is Python 3.9; it needs 3.11 or newer. "
        "Install one and name it: make PYTHON=/path/to/python3.13\n"
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no python3.13 on PATH, but a launcher")
def test_a_newer_python_is_taken_where_the_first_is_too_old(tmp_path: Path, make: Make) -> None:
    newer = tmp_path / "python3.13"
    newer.write_text('#!/bin/sh\necho "called with $1"\n')
    newer.chmod(0o755)
    done = make("sys.version_info = (3, 9, 6, 'final', 0)", PATH=str(tmp_path))
    assert f"is Python 3.9, and otasite needs 3.11: going on with {newer}\n" in done.stdout
    assert done.stdout.endswith("packaging/environment.py\n")


def test_a_python_without_environments_names_the_package(make: Make) -> None:
    done = make("sys.modules['ensurepip'] = None")
    package = "python{}.{}-venv".format(*sys.version_info)
    assert done.stderr.endswith(
        f"cannot make virtual environments. On Debian and Ubuntu: apt-get install {package}\n"
    )


def test_the_script_keeps_to_what_an_old_python_reads() -> None:
    """Otherwise what people of an old Python see is a syntax error instead of the sentence."""
    source = (PROJECT / "packaging/environment.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert "__future__" not in source


def test_every_dependency_has_one_lower_bound() -> None:
    script = [sys.executable, str(PROJECT / "packaging/lowest.py")]
    constraints = subprocess.run(script, capture_output=True, text=True, check=True).stdout.split()
    named = {line.partition("==")[0] for line in constraints}
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert all("==" in line for line in constraints)
    assert {"jinja2", "boto3", "zxing-cpp"} <= named
    assert len(named) == len(project["dependencies"]) + len(project["optional-dependencies"]["s3"])
