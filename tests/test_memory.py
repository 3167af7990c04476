"""The memory between runs: damage, other versions, other keys and other processes cost time, never a wrong page."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

import pytest

from otasite.memory import FORMAT, KEY_SETTING, Memory, libraries, notes_on, own_code, seal_key
from otasite.user_folders import config_folder, state_folder


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "memory", b"key")


def again(memory: Memory, key: bytes = b"key") -> Memory:
    return Memory(memory.folder, key)


def test_what_was_stored_comes_back(memory: Memory) -> None:
    assert memory.get("kind", "name", dict[str, int]) is None
    memory.put("kind", "name", {"a": 1})
    assert again(memory).get("kind", "name", dict[str, int]) == {"a": 1}
    assert again(memory).take_unusable() == ()


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "garbage", "folder"])
def test_a_damaged_file_is_the_same_as_none(memory: Memory, damage: str) -> None:
    memory.put("kind", "name", ["value"])
    assert memory.folder is not None
    (file,) = (memory.folder / "kind").iterdir()
    content = file.read_bytes()
    if damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        middle = len(content) - 3
        file.write_bytes(
            {
                "cut": content[:middle],
                "flip": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
                "empty": b"",
                "garbage": bytes(range(200)),
            }[damage]
        )
    assert memory.get("kind", "name", list[str]) is None
    assert memory.take_unusable() == (() if damage == "folder" else ("kind/name.msgpack",))


def test_every_truncation_is_noticed(memory: Memory) -> None:
    memory.put("kind", "name", ["value" * 20])
    assert memory.folder is not None
    (file,) = (memory.folder / "kind").iterdir()
    content = file.read_bytes()
    for length in range(len(content)):
        file.write_bytes(content[:length])
        assert memory.get("kind", "name", list[str]) is None


def test_a_file_that_somebody_else_sealed_is_not_believed(memory: Memory) -> None:
    again(memory, b"another key").put("kind", "name", ["evil"])
    assert memory.get("kind", "name", list[str]) is None
    (note,) = notes_on(memory, memory.take_unusable())
    assert note.startswith(".otasite: kind/name.msgpack: damaged, or made by another version or with another key")


def test_a_file_in_the_place_of_another_is_not_believed(memory: Memory) -> None:
    memory.put("kind", "one", ["one"])
    memory.put("other", "one", ["other"])
    assert memory.folder is not None
    content = (memory.folder / "kind" / "one.msgpack").read_bytes()
    (memory.folder / "kind" / "two.msgpack").write_bytes(content)
    (memory.folder / "other" / "one.msgpack").write_bytes(content)
    assert memory.get("kind", "two", list[str]) is None
    assert memory.get("other", "one", list[str]) is None


def test_another_version_of_otasite_or_of_a_library_does_not_use_it(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.put("kind", "name", 1)
    with monkeypatch.context() as patch:
        patch.setattr("otasite.memory.FORMAT", FORMAT.replace(b"otasite", b"Otasite"))
        assert again(memory).get("kind", "name", int) is None
    monkeypatch.setattr("otasite.memory.libraries", lambda: ["jinja2-99"])
    assert again(memory).get("kind", "name", int) is None


def test_a_library_counts_wherever_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = libraries()
    assert any(library.startswith("jinja2-") for library in before)
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "Jinja2-99.1.dist-info").mkdir(parents=True)
    (second / "jinja2-98.dist-info").mkdir(parents=True)
    (second / "zxing_cpp-97-py3.11.egg-info").mkdir()
    (second / "markdown_it_py-1.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(first), str(tmp_path / "missing"), str(second), *sys.path])
    found = libraries()
    assert [library for library in found if library not in before] == ["jinja2-99.1", "zxing_cpp-97"]


def test_what_another_state_of_otasites_code_stored_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versions do not tell: people install revisions of a repository, and their caches outlive them."""
    package, record = tmp_path / "otasite", tmp_path / "otasite-0.1.0.dist-info/RECORD"
    monkeypatch.setattr("otasite.memory.__file__", str(package / "memory.py"))

    def code() -> str:
        own_code.cache_clear()
        return next(name for name in libraries() if name.startswith("otasite-"))

    (package / "room").mkdir(parents=True)
    (package / "room/module.py").write_text("1")
    first = code()
    (package / "room/module.py").write_text("12")
    second = code()
    record.parent.mkdir()
    record.write_text("otasite/room/module.py,sha256=abc,2\notasite/room/module.pyc,,\n../bin/otasite,sha256=1,9\n")
    third = code()
    (package / "room/module.py").write_text("123")  # an installer's files do not change, only their times may
    record.write_text(record.read_text().replace("otasite,sha256=1", "otasite,sha256=2"))
    assert code() == third
    record.write_text(record.read_text().replace("abc", "abd"))
    assert len({first, second, third, code()}) == 4
    own_code.cache_clear()


def test_a_memory_that_is_not_to_recall_stores_for_later(memory: Memory) -> None:
    fresh = Memory(memory.folder, b"key", recall=False)
    fresh.put("kind", "name", 1)
    assert fresh.get("kind", "name", int) is None
    assert memory.get("kind", "name", int) == 1


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file", b"key")
    memory.put("kind", "name", 1)
    assert memory.get("kind", "name", int) is None
    (note,) = notes_on(memory, ())
    assert note.startswith(".otasite cannot be written (")


def test_a_full_kind_drops_its_older_half(memory: Memory) -> None:
    assert memory.folder is not None
    for number in range(10):
        memory.put("kind", f"{number}", number, at_most=10)
        os.utime(memory.folder / "kind" / f"{number}.msgpack", (number, number))
    memory.put("kind", "new", 0, at_most=10)
    assert sorted(path.stem for path in (memory.folder / "kind").iterdir()) == ["5", "6", "7", "8", "9", "new"]


def _write_much(folder: Path, number: int) -> None:
    memory = Memory(folder, b"key")
    for _ in range(50):
        memory.put("kind", "name", [number] * 500)
        found = memory.get("kind", "name", list[int])
        assert found is not None
        assert len(set(found)) == 1


def test_processes_that_share_a_memory_read_whole_values(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_much, args=(tmp_path, number)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert [path.name for path in (tmp_path / "kind").iterdir()] == ["name.msgpack"]


# --- the key ------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    environment = {"OTASITE_STATE_DIR": str(tmp_path / "state")}
    key = seal_key(environment)
    assert len(key) == 32
    assert seal_key(environment) == key
    file = tmp_path / "state" / "cache.key"
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
        file.chmod(0o644)
        assert seal_key(environment) != key, "others may have read it, or written it"


def test_machines_that_share_a_setting_share_a_memory(tmp_path: Path) -> None:
    one, other = ({KEY_SETTING: "secret", "OTASITE_STATE_DIR": str(tmp_path / name)} for name in ("one", "other"))
    assert seal_key(one) == seal_key(other) != seal_key({**one, KEY_SETTING: "another"})
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_for_the_key_every_run_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {"OTASITE_STATE_DIR": str(tmp_path / "file" / "below")}
    assert seal_key(environment) != seal_key(environment)


@pytest.mark.parametrize(
    ("platform", "config", "state"),
    [
        ("linux", "/people/ann/.config/otasite", "/people/ann/.local/state/otasite"),
        (
            "darwin",
            "/people/ann/Library/Application Support/otasite",
            "/people/ann/Library/Application Support/otasite",
        ),
        ("win32", "/people/ann/AppData/Roaming/otasite", "/people/ann/AppData/Roaming/otasite"),
    ],
)
def test_each_system_has_its_own_place_for_it(platform: str, config: str, state: str) -> None:
    environment = {"HOME": "/people/ann"}
    assert config_folder(environment, platform).as_posix() == config
    assert state_folder(environment, platform).as_posix() == state
