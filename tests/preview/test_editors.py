"""Saves as editors make them, file by file, and what is left of them when the events are weighed."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from otasite.catalogue.sources import Changes
from otasite.preview.watch import Watcher, is_editors_own
from tests.preview.projects import PATIENCE, Running, put

pytestmark = pytest.mark.thorough

FILE = "apps/ferry/app.yaml"


def write_in_place(file: Path, text: str) -> None:
    """VS Code, nano: the file is emptied and written, in two steps."""
    with file.open("w") as stream:
        stream.flush()
        stream.write(text)


def vim(file: Path, text: str) -> None:
    """Vim with its defaults: a probe, a swap file, the old file becomes the backup, a new one is written."""
    swap = file.with_name(f".{file.name}.swp")
    swap.write_text("swap")
    probe = file.with_name("4913")
    probe.touch()
    probe.unlink()
    backup = file.with_name(f"{file.name}~")
    file.rename(backup)
    with file.open("w") as stream:
        stream.write(text)
        os.chmod(stream.fileno() if os.chmod in os.supports_fd else file, 0o644)
    backup.unlink()
    swap.unlink()


def vscode_atomic(file: Path, text: str) -> None:
    """VS Code with atomic saves, and most others: a temporary file is renamed over the old one."""
    temporary = file.with_name(f"{file.name}.vsctmp")
    temporary.write_text(text)
    temporary.replace(file)


def jetbrains(file: Path, text: str) -> None:
    """JetBrains' “safe write”: the old file steps aside, the new one comes in, the old one goes."""
    temporary = file.with_name(f"{file.name}___jb_tmp___")
    old = file.with_name(f"{file.name}___jb_old___")
    temporary.write_text(text)
    file.rename(old)
    temporary.rename(file)
    old.unlink()


def emacs(file: Path, text: str) -> None:
    """Emacs: a lock, an autosave file, a backup by copying."""
    lock = file.with_name(f".#{file.name}")
    lock.symlink_to("someone@somewhere.1:2")
    autosave = file.with_name(f"#{file.name}#")
    autosave.write_text(text)
    file.with_name(f"{file.name}~").write_text(file.read_text())
    write_in_place(file, text)
    autosave.unlink()
    lock.unlink()


def from_elsewhere(file: Path, text: str) -> None:
    """rsync, sed and scripts: a temporary file of any name, here or in another folder."""
    temporary = file.parents[4] / "anything"
    temporary.write_text(text)
    temporary.replace(file)


SAVES = [write_in_place, vim, vscode_atomic, jetbrains, emacs, from_elsewhere]


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is and however long a save takes: it is waited for until it is done."""
    for name in ("QUIET_UNTIL_CLOSED", "QUIET_WHILE_AWAY", "LONGEST_BURST"):
        monkeypatch.setattr(f"otasite.preview.watch.{name}", PATIENCE)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not tell when a file is closed")
@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
def test_each_save_is_one_change_of_one_file(live: Running, save: Callable[[Path, str], None]) -> None:
    file = live.content / FILE
    text = file.read_text()
    for round_ in range(3):
        save(file, text.replace("First", f"Round {round_}"))
        live.wait_for_text("ferry/", f"Round {round_}")
        assert live.codes() == [], "a save is never seen half done"
    assert {name for seen in live.changes for name in seen.files | seen.folders} == {f"content/{FILE}"}
    assert len(live.changes) == 3
    assert not any(news.problems for news in live.news), "no problem flashed up in between"


@pytest.mark.usefixtures("unhurried")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not tell when a file is closed")
@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
def test_a_save_of_the_same_text_is_none(live: Running, save: Callable[[Path, str], None]) -> None:
    file = live.content / FILE
    save(file, file.read_text())
    other = live.content / "apps/tug/app.yaml"
    put(other, other.read_text().replace("First", "Other"))
    live.wait_for_text("tug/", "Other")
    assert live.changes == [Changes(frozenset({"content/apps/tug/app.yaml"}), frozenset())]


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
def test_polling_sees_them_too(start: Callable[..., Running], save: Callable[[Path, str], None]) -> None:
    live = start(poll=True)
    file = live.content / FILE
    save(file, file.read_text().replace("First", "Polled"))
    live.wait_for_text("ferry/", "Polled")
    assert live.codes() == []


@pytest.mark.usefixtures("unhurried")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not tell when a file is closed")
def test_a_slow_save_is_shown_when_it_is_done(live: Running) -> None:
    file = live.content / FILE
    text = file.read_text().replace("First", "Slowly")
    descriptor = os.open(file, os.O_WRONLY | os.O_TRUNC)
    for character in text:
        os.write(descriptor, character.encode())
    os.close(descriptor)
    live.wait_for_text("ferry/", "Slowly")
    assert not any(news.problems for news in live.news)


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/site/content/apps/x/app.yaml", False),
        ("/site/content/static/.well-known/security.txt", False),
        ("/site/content/pages/tmp.md", False),
        ("/site/content/static/4913.html", False),
        ("/site/content/apps/x/.app.yaml.swp", True),
        ("/site/content/apps/x/4913", True),
        ("/site/content/apps/x/app.yaml~", True),
        ("/site/content/apps/x/#app.yaml#", True),
        ("/site/content/apps/x/.#app.yaml", True),
        ("/site/content/apps/x/app.yaml___jb_tmp___", True),
        ("/site/content/.git/index", True),
        ("/site/content/.DS_Store", True),
    ],
)
def test_names_of_editors(path: str, own: bool) -> None:
    assert is_editors_own(path, "/site/content") == own


def test_a_hidden_folder_may_hold_the_whole_site(tmp_path: Path) -> None:
    root = tmp_path / ".hidden" / "site"
    (root / "content").mkdir(parents=True)
    seen: list[Changes] = []
    told = threading.Event()

    def changed(changes: Changes) -> None:
        seen.append(changes)
        told.set()

    watcher = Watcher(root, lambda: [root / "content"], changed, recall=lambda path: None)
    watcher.start()
    try:
        put(root / "content" / "site.yaml", "title: x")
        assert told.wait(PATIENCE)
    finally:
        watcher.stop()
    assert seen == [Changes(frozenset({"content/site.yaml"}), frozenset())]
