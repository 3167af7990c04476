"""What changes inside one app is worked on alone, and comes out as if the whole app had been read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pytest

from otasite.catalogue.apps import AppLoader
from otasite.catalogue.project import Project
from otasite.catalogue.sources import Changes
from otasite.site.selection import Choice
from otasite.workshop.options import BuildOptions
from otasite.workshop.unit import AppUnit
from otasite.workshop.workshop import Workshop
from tests.preview.projects import add_own_binary, change, put, write_project

RELEASES = "content/apps/ferry/releases"
NEWEST = f"{RELEASES}/1.1-11.yaml"
OLDER = f"{RELEASES}/1.0-10.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = write_project(tmp_path / "site")
    site = project.content / "site.yaml"
    put(site, f"languages: [en, de]\n{site.read_text()}")
    for path, notes in ((OLDER, "Older"), (NEWEST, "Newest")):
        file = project.root / path
        put(file, file.read_text().replace(f"notes: Notes of {file.stem[:3]}\n", ""))
        put(file.with_suffix(".md"), f"{notes} in English")
        put(file.with_suffix(".de.md"), f"{notes} auf Deutsch")
    return project


class Followed:
    """The app “ferry”, planned once; ``fresh`` is what reading it again from nothing gives."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.workshop, self.app = self._open()
        self.app.know()
        assert self.app.problems == ()

    def _open(self) -> tuple[Workshop, AppUnit]:
        workshop = Workshop(self.project, BuildOptions(drafts=True, needs_base_url=False), watched=True)
        return workshop, workshop.units["ferry"]

    def change(self, path: str, old: str, new: str) -> None:
        file = self.project.root / path
        text = file.read_text()
        assert old in text
        put(file, text.replace(old, new))
        self.tell([path])

    def tell(self, files: Iterable[str], folders: Iterable[str] = ()) -> None:
        self.app.forget(Changes(frozenset(files), frozenset(folders)))
        self.app.plan()

    def assert_as_fresh(self) -> None:
        _, fresh = self._open()
        fresh.know()
        assert self.app.problems == fresh.problems
        assert self.app.files is not None
        assert fresh.files is not None
        ours, theirs = (
            {path: item.inputs for path, item in files.items()} for files in (self.app.files, fresh.files)
        )
        assert ours == theirs
        self.app.know()
        assert self.app.digest == fresh.digest
        assert self.app.trace.folders == fresh.trace.folders
        assert self.app.trace.files.keys() == fresh.trace.files.keys()


@pytest.fixture
def followed(project: Project) -> Followed:
    return Followed(project)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The apps that were loaded as a whole since the test began."""
    loaded: list[str] = []
    load = AppLoader.load

    def counted(loader: AppLoader, source: object) -> object:
        loaded.append(str(source))
        return load(loader, source)  # type: ignore[arg-type]

    monkeypatch.setattr(AppLoader, "load", counted)
    return loaded


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (NEWEST, "version:", "branch: gulls\nversion:"),
        (NEWEST, "1.1.ipa", "elsewhere.ipa"),
        (OLDER, "enterprise", "ad-hoc"),
        (f"{RELEASES}/1.1-11.md", "Newest", "Newer"),
        (f"{RELEASES}/1.0-10.de.md", "Older", "Neuer"),
    ],
)
def test_what_a_release_says_of_itself_takes_only_its_own_files(
    followed: Followed, loads: list[str], path: str, old: str, new: str
) -> None:
    before = dict(followed.app.files or {})
    followed.change(path, old, new)
    assert loads == []
    after = followed.app.files or {}
    other = "1.0-10" if "1.1-11" in path else "1.1-11"
    assert all(after[name] is before[name] for name in before if f"{other}/" in name)
    followed.assert_as_fresh()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (NEWEST, "date: 2026-01-11", "date: 2025-01-01"),
        (NEWEST, "version:", "channel: beta\nversion:"),
        (NEWEST, "version:", "id: other\nversion:"),
        (NEWEST, "version:", "pinned: true\nversion:"),
        (NEWEST, "version:", "draft: true\nversion:"),
        (NEWEST, 'build: "11"', 'build: "12"'),
        (OLDER, "ios:", "ios:\n  minimum_os: 12.0"),
        (NEWEST, "ios:", "android:\n  url: https://files.example.com/x.apk\nios:"),
        ("content/apps/ferry/app.yaml", "First", "Second"),
    ],
)
def test_what_else_can_tell_takes_the_whole_app(
    followed: Followed, loads: list[str], path: str, old: str, new: str
) -> None:
    followed.change(path, old, new)
    assert len(loads) == 1
    followed.assert_as_fresh()


def test_a_release_that_is_due_takes_the_whole_app(project: Project, loads: list[str]) -> None:
    change(project.root / OLDER, "date: 2026-01-10", "date: 2999-01-01")
    followed = Followed(project)
    loads.clear()
    assert not any("1.0-10" in path for path in followed.app.files or {})
    followed.workshop.assembly.context.choice = Choice(now=dt.datetime(3000, 1, 1, tzinfo=dt.UTC), drafts=True)
    assert not followed.app.is_planned
    followed.app.plan()
    assert len(loads) == 1
    assert any("1.0-10" in path for path in followed.app.files or {})


def test_one_change_after_another(followed: Followed) -> None:
    followed.change(NEWEST, "version:", "branch: one\nversion:")
    followed.change(NEWEST, "branch: one", "branch: two")
    followed.change(OLDER, "version:", "commit: abcdef1\nversion:")
    followed.change(NEWEST, "date: 2026-01-11", "date: 2020-01-01")
    followed.assert_as_fresh()


def test_a_mistake_keeps_the_last_good_state_and_goes(followed: Followed, loads: list[str]) -> None:
    before = dict(followed.app.files or {})
    followed.change(NEWEST, "version:", "brunch: one\nversion:")
    assert [problem.code for problem in followed.app.problems] == ["unknown-key"]
    assert followed.app.files == before
    followed.change(OLDER, "version:", "branch: two\nversion:")
    assert [problem.code for problem in followed.app.problems] == ["unknown-key"], "of the first one still"
    followed.change(NEWEST, "brunch", "branch")
    assert loads == []
    followed.assert_as_fresh()


def test_files_that_come_and_go_take_the_whole_app(followed: Followed, loads: list[str]) -> None:
    file = followed.project.root / RELEASES / "1.1-11.de.md"
    file.unlink()
    followed.tell([f"{RELEASES}/1.1-11.de.md"])
    assert len(loads) == 1
    followed.assert_as_fresh()
    put(file, "Wieder da")
    followed.tell([f"{RELEASES}/1.1-11.de.md"])
    followed.assert_as_fresh()
    followed.tell([], [RELEASES])
    followed.assert_as_fresh()


def test_a_binary_of_its_own_takes_the_whole_app(project: Project, loads: list[str]) -> None:
    add_own_binary(project)
    followed = Followed(project)
    loads.clear()
    followed.change(f"{RELEASES}/own.yaml", "version:", "branch: one\nversion:")
    assert len(loads) == 1
    followed.assert_as_fresh()
