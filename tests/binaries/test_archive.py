"""Archives that are damaged, odd or hostile: always one clear problem, never another exception."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from otasite.binaries import archive, plists
from otasite.binaries.archive import Archive
from otasite.binaries.inspect import inspect_binary
from otasite.problems import Problem, ProblemsFound
from tests.binaries.ipas import APP, app_files, write_ipa
from tests.binaries.zips import encrypted, with_sizes, write_zip


def problem_of(path: Path) -> Problem:
    """The one problem that inspecting this file gives."""
    with pytest.raises(ProblemsFound) as caught:
        inspect_binary(path)
    (problem,) = caught.value.problems
    assert problem.location is not None and problem.location.path == path.name
    return problem


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "binary-empty"),
        (b"hello", "binary-not-zip"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "binary-lfs-pointer"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html><title>Sign in</title>", "binary-html"),
        (b"<HTML><body>404", "binary-html"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "binary-text-answer"),
        (b'{"message": "Not Found"}', "binary-text-answer"),
        (b"PK\x03\x04" + b"\0" * 60, "binary-truncated"),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "Example.ipa"
    path.write_bytes(content)
    problem = problem_of(path)
    assert problem.code == code
    assert problem.hint


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "absent.ipa").code == "binary-missing"
    assert problem_of(tmp_path).code == "binary-is-folder"


@pytest.mark.parametrize("kept", [0.99, 0.5, 0.1])
def test_a_download_that_broke_off(tmp_path: Path, kept: float) -> None:
    path = write_ipa(tmp_path / "Example.ipa")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    assert problem_of(path).code == "binary-truncated"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("readme.txt", "binary-unknown"),
        ("Example.app/Info.plist", "ipa-no-payload"),
        ("Payload/Example.app/Example", "ipa-no-app"),
        ("Example.xcarchive/Info.plist", "xcode-archive"),
        ("Example.app/Contents/Info.plist", "not-for-iphone"),
        ("base/manifest/AndroidManifest.xml", "manifest-unreadable"),
        ("BundleConfig.pb", "android-app-bundle"),
        ("splits/base-master.apk", "binary-not-zip"),
    ],
)
def test_zips_that_are_something_else(tmp_path: Path, name: str, code: str) -> None:
    assert problem_of(write_zip(tmp_path / "Example.ipa", {name: b"x"})).code == code


def test_a_password(tmp_path: Path) -> None:
    path = write_ipa(tmp_path / "Example.ipa")
    path.write_bytes(encrypted(path.read_bytes()))
    assert problem_of(path).code == "archive-encrypted"


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    name = f"{APP}Info.plist"
    path = write_zip(tmp_path / "Example.ipa", app_files() | {name: b"/etc/passwd"}, symlinks=[name])
    assert problem_of(path).code == "archive-symlink"


def test_a_changed_byte_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "Example.ipa"
    write_zip(path, app_files(), compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"com.example.app", b"com.example.axp", 1))
    assert problem_of(path).code == "archive-damaged"


@pytest.mark.parametrize("claimed", [1, 2**31])
def test_a_lie_about_the_size(tmp_path: Path, claimed: int) -> None:
    path = write_ipa(tmp_path / "Example.ipa")
    path.write_bytes(with_sizes(path.read_bytes(), f"{APP}Info.plist", claimed))
    assert problem_of(path).code in {"archive-damaged", "archive-entry-too-large"}


def test_a_bomb(tmp_path: Path) -> None:
    bomb = b"<plist>" + b" " * (plists.MAX_BYTES - 100)
    path = write_zip(tmp_path / "Example.ipa", {f"{APP}Info.plist": bomb})
    assert path.stat().st_size < 100_000
    assert problem_of(path).code == "archive-bomb"


def test_an_entry_that_is_too_large(tmp_path: Path) -> None:
    big = random.Random(1).randbytes(100_000) * 200
    path = write_zip(tmp_path / "Example.ipa", {f"{APP}Info.plist": big}, compression=zipfile.ZIP_STORED)
    assert problem_of(path).code == "archive-entry-too-large"


def test_many_allowed_entries_do_not_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 10_000)
    path = write_zip(tmp_path / "x.zip", {str(number): b"x" * 1000 for number in range(11)})
    with Archive(path, "x.zip") as opened, pytest.raises(ProblemsFound) as caught:
        for name in opened.names():
            opened.read(name)
    assert caught.value.problems[0].code == "archive-bomb"


def test_too_many_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 50)
    path = write_zip(tmp_path / "Example.ipa", {str(n): b"" for n in range(51)})
    problem = problem_of(path)
    assert problem.code == "archive-too-large"
    assert "50" in problem.message


def test_a_table_of_contents_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 70_000)
    path = write_zip(tmp_path / "Example.ipa", {"x" * 1000 + str(n): b"" for n in range(100)})
    assert problem_of(path).code == "archive-too-large"


def test_names_that_lead_outside_are_only_noted(tmp_path: Path) -> None:
    before = set(tmp_path.parent.iterdir())
    files = app_files() | {"../../evil.txt": b"x", "/etc/evil": b"x"}
    info = inspect_binary(write_zip(tmp_path / "Example.ipa", files))
    assert "names-outside-the-archive" in info.archive_notes
    assert set(tmp_path.parent.iterdir()) == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2] + data[-200:],
        lambda data: data[:-4] + b"\xff\xff\xff\xff",
        lambda data: data.replace(b"PK\x01\x02", b"PK\x01\x03"),
        lambda data: data.replace(b"PK\x03\x04", b"PK\x03\x05"),
    ],
)
def test_damaged_structures(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = write_ipa(tmp_path / "Example.ipa")
    path.write_bytes(damage(path.read_bytes()))
    assert problem_of(path).code in {"archive-damaged", "binary-truncated"}


def test_bytes_before_the_archive_do_no_harm(tmp_path: Path) -> None:
    path = write_ipa(tmp_path / "Example.ipa")
    path.write_bytes(b"PK" + b"#" * 1000 + path.read_bytes())
    assert inspect_binary(path).identifier == "com.example.app"


def test_an_entry_that_is_not_there(tmp_path: Path) -> None:
    path = write_ipa(tmp_path / "Example.ipa")
    with Archive(path, path.name) as opened, pytest.raises(ProblemsFound) as caught:
        opened.read("Payload/absent")
    assert [problem.code for problem in caught.value.problems] == ["archive-entry-missing"]
