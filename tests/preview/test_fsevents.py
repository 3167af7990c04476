"""What macOS tells of changed files, late and several at once, and what the watcher makes of it."""

from __future__ import annotations

import os
import shutil
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otasite.catalogue.sources import Changes, digest
from tests.preview.fsevents import Native, Replay, inode

APP = "content/apps/ferry/app.yaml"


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def knowing(root: Path) -> Callable[[str], bytes | None]:
    """What the site was made from: all that is there now."""
    known = {path: digest(data) for path, data in contents(root).items()}
    return known.get


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    for path in (APP, "content/apps/ferry/icon.png", "content/apps/tug/app.yaml", "content/site.yaml"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    return root


def replay(root: Path) -> Replay:
    return Replay(root / "content", root, knowing(root))


def test_a_save_in_place(root: Path) -> None:
    mac, file = replay(root), root / APP
    file.write_text("other")
    assert mac.deliver([Native(str(file), inode(file), is_modified=True)]) == Changes(frozenset({APP}))
    again = Native(str(file), inode(file), is_modified=True, is_inode_meta_mod=True, is_created=True)
    assert not mac.deliver([again]), "what is said once more is no change"


def test_an_atomic_save_of_which_all_is_told_at_once(root: Path) -> None:
    mac, file = replay(root), root / APP
    temporary = file.with_name("app.yaml.vsctmp")
    temporary.write_text("other")
    new = inode(temporary)
    temporary.replace(file)
    changes = mac.deliver(
        [
            Native(str(temporary), new, is_created=True, is_modified=True, is_renamed=True),
            Native(str(file), new, is_renamed=True, is_created=True, is_modified=True, is_xattr_mod=True),
        ]
    )
    assert changes == Changes(frozenset({APP}))


def test_a_save_that_comes_from_outside_of_what_is_watched(root: Path) -> None:
    mac, file = replay(root), root / APP
    temporary = root / "elsewhere"
    temporary.write_text("other")
    temporary.replace(file)
    assert mac.deliver([Native(str(file), inode(file), is_renamed=True)]) == Changes(frozenset({APP}))


def test_a_folder_that_moves_is_told_of_as_a_whole(root: Path) -> None:
    mac, old = replay(root), root / "content/apps/ferry"
    new = old.with_name("boat")
    moved = inode(old)
    old.rename(new)
    folder = {"is_renamed": True, "is_directory": True}
    changes = mac.deliver([Native(str(old), moved, **folder), Native(str(new), moved, **folder)])
    assert changes.folders == {"content/apps/ferry", "content/apps/boat"}
    assert changes.files >= {"content/apps/boat/app.yaml", "content/apps/boat/icon.png"}


def test_a_folder_that_goes_to_the_bin_or_comes_whole(root: Path) -> None:
    mac, folder = replay(root), root / "content/apps/ferry"
    event = Native(str(folder), inode(folder), is_renamed=True, is_directory=True)
    folder.rename(root.parent / "bin")
    assert mac.deliver([event]).folders == {"content/apps/ferry"}
    (root.parent / "bin").rename(folder)
    changes = mac.deliver([event])
    assert changes.folders == {"content/apps/ferry"}


@pytest.mark.parametrize("name", ["link", unicodedata.normalize("NFD", "Zürich")])
def test_a_place_that_macos_calls_by_another_name(root: Path, name: str) -> None:
    """``/tmp`` is ``/private/tmp``, and a name may come in the form that the disk has."""
    link = root.parent / name
    os.symlink(root, link)
    mac = Replay(link / "content", link, knowing(root))
    (root / APP).write_text("other")
    assert mac.deliver([Native(str(root / APP), inode(root / APP), is_modified=True)]) == Changes(frozenset({APP}))
    (root / APP).unlink()
    gone = Native(str(root / APP), 1, is_removed=True)
    assert mac.deliver([gone]) == Changes(frozenset({APP}))


def test_a_name_that_changes_only_its_letters_case(root: Path) -> None:
    mac, file = replay(root), root / "content/apps/ferry/icon.png"
    new = file.with_name("Icon.png")
    moved = inode(file)
    file.rename(new)
    changes = mac.deliver([Native(str(file), moved, is_renamed=True), Native(str(new), moved, is_renamed=True)])
    assert changes.files == {"content/apps/ferry/icon.png", "content/apps/ferry/Icon.png"}


class Disk:
    """A folder that is changed, and the events that FSEvents would deliver for it all at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._flags: dict[tuple[int, str], set[str]] = {}

    def _note(self, path: Path, number: int, *flags: str) -> None:
        """Events of one item at one path become one, in the place of the last."""
        self._flags[number, str(path)] = self._flags.pop((number, str(path)), set()) | {
            f"is_{flag}" for flag in flags
        }

    def write(self, path: Path, text: str) -> None:
        is_new = not path.exists()
        path.write_text(text)
        self._note(path, inode(path), "modified", *(["created"] if is_new else []))

    def make(self, folder: Path) -> None:
        if not folder.exists():
            self.make(folder.parent)
            folder.mkdir()
            self._note(folder, inode(folder), "created", "directory")

    def remove(self, path: Path) -> None:
        for inside in sorted(path.iterdir()) if path.is_dir() else ():
            self.remove(inside)
        number, kind = inode(path), ["directory"] if path.is_dir() else []
        (path.rmdir if kind else path.unlink)()
        self._note(path, number, "removed", *kind)

    def move(self, path: Path, to: Path) -> None:
        number, kind = inode(path), ["directory"] if path.is_dir() else []
        if to.is_file() and not kind:
            self._note(to, inode(to), "removed")
        path.rename(to)
        self._note(path, number, "renamed", *kind)
        self._note(to, number, "renamed", *kind)

    def events(self) -> list[Native]:
        return [Native(path, number, **dict.fromkeys(flags, True)) for (number, path), flags in self._flags.items()]


NAMES = st.sampled_from(["a", "b", "f/a", "f/b", "f/g/a", "h/a"])
STEP = st.tuples(st.sampled_from(["write", "replace", "remove", "move", "folder"]), NAMES, NAMES, st.text(max_size=2))


def change(disk: Disk, kind: str, first: str, second: str, text: str) -> None:
    one, two = disk.root / first, disk.root / second
    if kind in ("write", "replace"):
        disk.make(one.parent)
        if kind == "write":
            disk.write(one, text)
        else:
            disk.write(one.with_name("new"), text)
            disk.move(one.with_name("new"), one)
    elif kind == "remove" and one.exists():
        disk.remove(one)
    elif kind == "move" and one.exists() and one != two:
        disk.make(two.parent)
        disk.move(one, two)
    elif kind == "folder" and one.parent != disk.root and one.parent.exists():
        target = disk.root / f"moved-{len(disk.events())}"
        disk.move(one.parent, target)


@given(st.lists(STEP, min_size=1, max_size=8), st.lists(STEP, min_size=1, max_size=8))
@settings(max_examples=1000 if os.environ.get("OTASITE_SOAK") == "1" else 40)
def test_whatever_is_told_at_once_nothing_is_missed(
    before: list[tuple[str, ...]], steps: list[tuple[str, ...]]
) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        for step in before:
            change(Disk(folder), *step)
        old, mac, disk = contents(folder), Replay(folder, folder, knowing(folder)), Disk(folder)
        for step in steps:
            change(disk, *step)
        new = contents(folder)
        changes = mac.deliver(disk.events())
        changed = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
        missed = {
            path
            for path in changed - changes.files
            if not any(path.startswith(f"{folder}/") for folder in changes.folders)
        }
        assert not missed
    finally:
        shutil.rmtree(folder)
