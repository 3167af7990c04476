"""The record of owned files is not believed further than the output folder; two runs at once wait for each other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from otasite.cli import cli
from otasite.problems import Refused
from otasite.publish.engine import build
from otasite.publish.output import is_inside
from otasite.workshop.lock import locked
from tests.projects import Sandbox, example

pytestmark = pytest.mark.thorough


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path / "project")
    sandbox.build()
    return sandbox


def own_more(sandbox: Sandbox, *paths: str) -> None:
    """Let the record of owned files name more than a build wrote."""
    (record,) = (sandbox.root / ".otasite/builds").glob("*.owned.json")
    files = json.loads(record.read_bytes())["files"]
    record.write_bytes(msgspec.json.encode({"files": [*files, *paths]}))


def clean(sandbox: Sandbox) -> None:
    assert CliRunner().invoke(cli, ["clean", "-C", str(sandbox.root)], catch_exceptions=False).exit_code == 0


@pytest.mark.parametrize("path", ["../../foreign", "../foreign", "/{outside}", "a/../../foreign", ".."])
def test_no_record_deletes_what_is_outside(sandbox: Sandbox, path: str) -> None:
    foreign = [sandbox.root / "foreign", sandbox.root.parent / "foreign"]
    for file in foreign:
        file.write_text("mine")
    own_more(sandbox, path.replace("{outside}", str(foreign[0])))
    sandbox.build()
    clean(sandbox)
    assert [file.read_text() for file in foreign] == ["mine", "mine"]


def test_a_name_with_a_line_end_is_one_name(sandbox: Sandbox) -> None:
    """In a record of lines it would be two, and the second might be somebody else's file."""
    sandbox.write("content/static/a\nnotes.txt", "text")
    sandbox.build()
    (sandbox.dist / "notes.txt").write_text("mine")
    (sandbox.root / "content/static/a\nnotes.txt").unlink()
    sandbox.build()
    assert not (sandbox.dist / "a\nnotes.txt").exists()
    clean(sandbox)
    assert sandbox.files() == {"notes.txt": b"mine"}


def test_nothing_is_deleted_or_written_behind_a_link(sandbox: Sandbox) -> None:
    elsewhere = sandbox.root.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "old.html").write_text("mine")
    (sandbox.dist / "link").symlink_to(elsewhere)
    own_more(sandbox, "link/old.html")
    sandbox.build()
    sandbox.write("content/static/link/new.html", "text")
    with pytest.raises(Refused, match="behind a link"):
        sandbox.build()
    clean(sandbox)
    assert [path.name for path in elsewhere.iterdir()] == ["old.html"]


@pytest.mark.parametrize("record", [b"", b"[]", b'{"files": 1}', b"a\nb\n", b"\xff", b'{"files": ["..", 1]}'])
def test_a_damaged_record_owns_nothing(sandbox: Sandbox, record: bytes) -> None:
    before = sandbox.files()
    (path,) = (sandbox.root / ".otasite/builds").glob("*.owned.json")
    path.write_bytes(record)
    clean(sandbox)
    assert sandbox.files() == before
    sandbox.build()
    clean(sandbox)
    assert not sandbox.dist.exists()


def test_the_state_folder_is_not_cleaned_through_a_link(sandbox: Sandbox) -> None:
    elsewhere = sandbox.root.parent / "elsewhere"
    (sandbox.root / ".otasite").rename(elsewhere)
    (sandbox.root / ".otasite").symlink_to(elsewhere)
    with pytest.raises(Refused, match="is a link"):
        CliRunner().invoke(cli, ["clean", "--cache", "-C", str(sandbox.root)], catch_exceptions=False)
    assert (elsewhere / "builds").is_dir()


@pytest.mark.parametrize(
    ("path", "inside"),
    [("a", True), ("a/b.html", True), ("", False), ("/a", False), ("a//b", False), ("a/../b", False), ("a\0", False)],
)
def test_what_is_inside(path: str, inside: bool) -> None:
    assert is_inside(path) is inside


# --- the lock -----------------------------------------------------------------------------------------------------


def test_a_second_run_waits_and_says_so(sandbox: Sandbox) -> None:
    command = [sys.executable, "-m", "otasite", "build", "-C", str(sandbox.root)]
    with locked(sandbox.root / ".otasite"):
        waiting = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert waiting.stderr is not None
        line = waiting.stderr.readline()
        assert line == "otasite: another otasite is working on this project; waiting until it has finished\n"
        assert waiting.poll() is None
    out, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert "1 app" in out


def test_without_waiting_it_is_refused(sandbox: Sandbox) -> None:
    with locked(sandbox.root / ".otasite"), pytest.raises(Refused, match="another otasite"):
        build(sandbox.open(), wait=False)
    assert build(sandbox.open(), wait=False).apps == 1


def test_the_lock_ends_with_a_process_that_is_killed(sandbox: Sandbox) -> None:
    script = (
        "import sys, time; from pathlib import Path; from otasite.workshop.lock import locked\n"
        f"with locked(Path({str(sandbox.root / '.otasite')!r})): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Refused), locked(sandbox.root / ".otasite", wait=False):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with locked(sandbox.root / ".otasite", wait=False):
        pass


def test_a_folder_that_cannot_be_written_needs_no_lock(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with locked(tmp_path / "file" / "state", wait=False):
        pass
