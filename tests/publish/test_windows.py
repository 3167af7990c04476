"""What Windows does otherwise, played on any system: files that are held open, drives, waits that hear nothing."""

from __future__ import annotations

import ntpath
import os
import threading
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from click.testing import CliRunner

from otasite.catalogue.project import Project
from otasite.cli import cli, serve
from otasite.memory import Memory
from otasite.preview import watch
from otasite.problems import OtasiteError
from otasite.publish.output import write_file
from otasite.workshop import unit_memory
from tests.projects import Sandbox, example
from tests.publish.text_mode import windows_text_mode


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def held(times: int, replace: Callable[..., None]) -> Callable[..., None]:
    """A replace that fails so often for each file, as while somebody has it open."""
    tries: dict[str, int] = {}

    def call(source: Any, target: Any) -> None:
        if str(target).endswith("index.html"):
            tries[str(target)] = tries.get(str(target), 0) + 1
            if tries[str(target)] <= times:
                raise PermissionError(13, "The process cannot access the file", str(target))
        replace(source, target)

    return call


def test_a_file_that_is_open_for_a_moment_is_replaced(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.build()
    sandbox.release("2.0", "3", date="2026-05-03")
    monkeypatch.setattr("otasite.publish.output.PAUSES", (0, 0, 0))
    monkeypatch.setattr("otasite.publish.output.os.replace", held(3, os.replace))
    sandbox.build()
    assert "2.0" in sandbox.read("index.html")


def test_one_that_stays_open_is_named_and_the_next_build_goes_on(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.build()
    sandbox.release("2.0", "3", date="2026-05-03")
    with monkeypatch.context() as patch:
        patch.setattr("otasite.publish.output.PAUSES", (0,))
        patch.setattr("otasite.publish.output.os.replace", held(9, os.replace))
        with pytest.raises(OtasiteError, match=r"index.html cannot be written: The process cannot access"):
            sandbox.build()
    sandbox.build()
    assert "2.0" in sandbox.read("index.html")


def test_bytes_are_written_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        windows_text_mode(patch)
        status = write_file(str(tmp_path / "icon.png"), b"\x89PNG\r\n\x1a\n")
    assert (tmp_path / "icon.png").read_bytes() == b"\x89PNG\r\n\x1a\n"
    assert status.st_size == 8


def test_another_drive_has_no_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr("otasite.catalogue.project.os.path.relpath", fails)
    assert Project(tmp_path).shown(tmp_path / "dist") == f"{tmp_path.as_posix()}/dist"


@pytest.fixture
def windows_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths as Windows writes them, in the modules that make names of paths."""
    for module in ("otasite.catalogue.project", "otasite.workshop.unit_memory"):
        monkeypatch.setattr(f"{module}.os.path.relpath", ntpath.relpath)
        monkeypatch.setattr(f"{module}.Path", PureWindowsPath)


@pytest.mark.usefixtures("windows_paths")
def test_names_of_files_have_forward_slashes() -> None:
    root: Any = PureWindowsPath(r"C:\Work\site")
    elsewhere: Any = PureWindowsPath(r"D:\out\dist")
    project = Project(root)
    assert project.shown(root / "content" / "apps" / "notes.yaml") == "content/apps/notes.yaml"
    assert project.shown(root.parent / "Notes.ipa") == "../Notes.ipa"
    assert project.shown(elsewhere) == "D:/out/dist"


def test_a_folder_has_one_record_whichever_way_its_path_is_written(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    memory = Memory(tmp_path, b"")
    here = unit_memory.Records(memory, Path("/site/.otasite"), Path("/site/public/dist")).name
    request.getfixturevalue("windows_paths")
    state: Any = PureWindowsPath(r"C:\site\.otasite")
    there: Any = PureWindowsPath(r"C:\site\public\dist")
    assert unit_memory.Records(memory, state, there).name == here


def test_changes_that_windows_tells_are_those_of_content(monkeypatch: pytest.MonkeyPatch) -> None:
    root: Any = PureWindowsPath(r"C:\site")
    monkeypatch.setattr("otasite.preview.watch.os.sep", "\\")
    assert watch.shown(r"C:\site\content\apps\notes.yaml", root) == "content/apps/notes.yaml"
    assert watch.is_editors_own(r"C:\site\content\.git\index", r"C:\site")


def test_the_preview_waits_so_that_it_hears_ctrl_c(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []

    class Ended(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            return len(waits) == 3

    monkeypatch.setattr(serve, "_until_interrupted", Ended)
    done = CliRunner().invoke(cli, ["serve", "-C", str(sandbox.root), "--port", "0"])
    assert done.exit_code == 0, done.output
    assert len(waits) == 3 and None not in waits
