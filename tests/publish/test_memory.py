"""What builds remember in .otasite/: used when it is right, ignored with one line when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import Sandbox, example

pytestmark = pytest.mark.slow


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path / "project")
    sandbox.write("content/apps/more/app.yaml", "name: More\nbundle_id: com.example.more\n")
    for number in range(220):
        sandbox.release("1.0", str(number), app="more")
    return sandbox


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    changed = {
        "empty": b"",
        "rubbish": b"rubbish",
        "half": data[: len(data) // 2],
        "one bit": data[:-1] + bytes([data[-1] ^ 1]),
        "another version": data.replace(b" memory ", b" memorY ", 1),
    }
    path.write_bytes(changed[how])


@pytest.mark.parametrize("how", ["empty", "rubbish", "half", "one bit", "another version"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_damaged_state_is_ignored_with_one_line(sandbox: Sandbox, how: str, workers: int) -> None:
    sandbox.build()
    good = sandbox.files()
    damaged = list((sandbox.root / ".otasite").rglob("*.msgpack"))
    for path in damaged:
        damage(path, how)
    report = sandbox.build(workers=workers)
    (note,) = report.notes
    assert note.startswith(".otasite: ")
    assert f" and {len(damaged) - 1} more files" in note
    assert note.endswith("made anew")
    assert sandbox.files() == good
    assert sandbox.build().notes == ()


@pytest.mark.parametrize("workers", [1, 2])
def test_one_damaged_file_is_named(sandbox: Sandbox, workers: int) -> None:
    sandbox.build()
    damage(sandbox.root / ".otasite/cache/notes/more.msgpack", "half")
    sandbox.release("1.1", "1000", app="more")
    (note,) = sandbox.build(workers=workers).notes
    assert ".otasite: cache/notes/more.msgpack: damaged" in note


def test_without_the_cache_nothing_is_remembered(sandbox: Sandbox) -> None:
    sandbox.build()
    for path in (sandbox.root / ".otasite").rglob("*.msgpack"):
        damage(path, "rubbish")
    report = sandbox.build(cache=False)
    assert report.notes == ()
    assert all(recall.remembered == 0 for recall in report.effort.recalls.values())


def test_what_another_version_of_a_library_converted_is_converted_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where only the cache was restored, as in CI: otherwise the site would differ from a clean build's."""
    sandbox.build()
    monkeypatch.setattr("otasite.memory.libraries", lambda: ["markdown-99"])
    report = sandbox.build()
    assert report.effort.recalls["notes"].remembered == 0
    assert report.effort.recalls["QR codes"].remembered == 0
    assert len(report.notes) == 1
