"""A project that nobody may write to: it is checked, built into another place and served, and one line says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from otasite.cli import cli
from otasite.preview.running import Settings
from tests.preview.projects import Running, write_project
from tests.projects import Sandbox, example
from tests.publish.read_only_disk import ReadOnlyDisk

NOTE = "note: .otasite cannot be written (Read-only file system): the next run will have to do all of this again"


def run(sandbox: Sandbox, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "-C", str(sandbox.root)])


@pytest.mark.parametrize("warm", [False, True])
def test_it_is_checked_and_built_into_another_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    sandbox, out = example(tmp_path / "project"), tmp_path / "out"
    sandbox.build(out=tmp_path / "expected", cache=False)
    if warm:
        sandbox.build()
        sandbox.release("3.0", "3", date="2026-05-03")
        sandbox.build(out=tmp_path / "expected", cache=False)
    ReadOnlyDisk(sandbox.root, monkeypatch)
    for words in (["check"], ["build", "--out", str(out)], ["build", "--out", str(out)]):
        done = run(sandbox, *words)
        assert done.exit_code == 0, done.output
        assert done.stderr.splitlines().count(NOTE) == 1
    assert sandbox.files(out) == sandbox.files(tmp_path / "expected")
    for words in (["list"], ["explain", "notes/index.html"], ["links"]):
        assert run(sandbox, *words).exit_code == 0


def test_what_would_write_into_it_says_why_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = example(tmp_path / "project")
    sandbox.build()
    before = sandbox.files(sandbox.root)
    sandbox.release("3.0", "3", date="2026-05-03")
    with monkeypatch.context() as patch:
        ReadOnlyDisk(sandbox.root, patch)
        for words in (["build"], ["new", "app", "other"], ["clean"]):
            done = run(sandbox, *words)
            assert done.exit_code == 1
            assert "Read-only file system" in done.stderr + str(done.exception)
    (sandbox.root / "content/apps/notes/releases/3.0-3.yaml").unlink()
    assert sandbox.files(sandbox.root) == before


def test_it_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write_project(tmp_path / "site")
    with monkeypatch.context() as patch:
        ReadOnlyDisk(project.root, patch)
        live = Running(project, Settings(port=0))
        try:
            assert "Ferry" in live.get("ferry/").text
            told = [news.note for news in live.news if news.note]
        finally:
            live.stop()
    assert told == [NOTE.removeprefix("note: ")]
