"""What recipes install: this otasite at its revision, and never a name that somebody else could have."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from otasite.cli import cli
from otasite.hosting import source
from otasite.problems import Refused
from tests.tools import program

ADDRESS = "https://git.example.com/tools/otasite.git"


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    command = [program("git", "git"), "-C", str(folder), *who, *words]
    clean = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(command, env=clean, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a repository that has all of its commits."""
    git(tmp_path, "init", "--quiet", "--bare", "origin")
    git(tmp_path, "clone", "--quiet", "origin", "clone")
    clone = tmp_path / "clone"
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "First")
    git(clone, "push", "--quiet", "origin", "HEAD")
    git(clone, "remote", "set-url", "origin", ADDRESS)
    return clone


def test_a_clone_is_installed_from_where_it_came_from(clone: Path) -> None:
    revision = git(clone, "rev-parse", "HEAD")
    assert source.requirement_of({}, clone) == f"git+{ADDRESS}@{revision}"
    from_a_folder = {"url": clone.as_uri(), "dir_info": {"editable": True}}
    assert source.requirement_of(from_a_folder, Path("/nowhere")) == f"git+{ADDRESS}@{revision}"


def test_what_pip_took_from_git_says_its_revision() -> None:
    record = {"url": ADDRESS, "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "0a1b"}}
    assert source.requirement_of(record, Path("/nowhere")) == f"git+{ADDRESS}@0a1b"


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("git@git.example.com:tools/otasite.git", ADDRESS),
        ("ssh://git@git.example.com:2222/tools/otasite.git", ADDRESS),
        ("https://me:s3cr3t@git.example.com/tools/otasite.git", ADDRESS),
        ("https://git.example.com:8443/otasite", "https://git.example.com:8443/otasite"),
    ],
)
def test_the_address_is_the_public_one(clone: Path, origin: str, address: str) -> None:
    git(clone, "remote", "set-url", "origin", origin)
    assert source.requirement_of({}, clone).startswith(f"git+{address}@")


@pytest.mark.parametrize("origin", ["../origin", "/srv/git/otasite.git", "file:///srv/git/otasite.git"])
def test_a_folder_of_this_machine_is_no_address(clone: Path, origin: str) -> None:
    git(clone, "remote", "set-url", "origin", origin)
    with pytest.raises(Refused, match="the repository that it came from has no https address"):
        source.requirement_of({}, clone)


def test_a_revision_that_was_never_pushed_is_no_use(clone: Path) -> None:
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "Second")
    with pytest.raises(Refused, match="is only here: nobody else can install it") as refused:
        source.requirement_of({}, clone)
    assert refused.value.hint == "push it first, or name another with --install"


def test_a_copy_without_a_repository_asks(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    git(tmp_path, "init", "--quiet")  # a project of other people, in which otasite is installed
    with pytest.raises(Refused, match="this copy of it does not know its repository") as refused:
        source.requirement_of({}, tmp_path / "inner")
    assert "--install 'git+https://" in str(refused.value.hint)


@pytest.mark.parametrize(
    "name", ["otasite", "otasite==1.2", "otasite[s3]", " Otasite >= 1, < 2 ", "otasite[s3]~=1.0"]
)
def test_a_name_on_an_index_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="otasite is on none yet"):
        source.requirement(name)


def test_the_day_on_which_the_name_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "ON_INDEX", "otasite")
    assert source.requirement() == "otasite"
    assert source.requirement("otasite==1.2") == "otasite==1.2"


@pytest.mark.parametrize(
    "chosen",
    [f"git+{ADDRESS}@v1", f"otasite[s3] @ git+{ADDRESS}@0a1b", "https://example.com/otasite.whl", "./otasite"],
)
def test_what_is_pinned_is_printed_without_a_word(chosen: str) -> None:
    done = CliRunner().invoke(cli, ["hosting", "requirement", "--install", chosen])
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{chosen}\n", "")


@pytest.mark.parametrize(
    "chosen", [f"git+{ADDRESS}", f"otasite @ git+{ADDRESS}#egg=otasite", "git+ssh://git@h.example/x"]
)
def test_a_repository_without_a_revision_is_warned_of(chosen: str) -> None:
    done = CliRunner().invoke(cli, ["hosting", "requirement", "--install", chosen])
    assert (done.exit_code, done.stdout) == (0, f"{chosen}\n")
    assert "names no revision: every push there changes what your workflow runs" in done.stderr


def test_a_site_is_not_begun_when_its_workflow_has_nothing_to_install(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["new", "site", str(tmp_path / "apps"), "--github", "--install", "otasite"])
    assert isinstance(done.exception, Refused)
    assert not (tmp_path / "apps").exists()
