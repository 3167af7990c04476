"""``otasite add`` beside what an app has: releases that builds join, and builds that phones take as updates."""

from __future__ import annotations

from typing import Any

import pytest

from otasite.problems import ProblemsFound
from otasite.typed_yaml.convert import read_record
from tests.cli.adding import (
    add,
    added,
    apk,
    apk_of_another_key,
    ipa,
    refusal,
    release_files,
    yaml,
)
from tests.projects import Sandbox


@pytest.mark.parametrize("version_name", ["1.10", "1.10+42"])
def test_a_build_for_the_other_platform_joins_the_release_of_its_version(sandbox: Sandbox, version_name: str) -> None:
    added(sandbox, ipa(sandbox), "--date", "2026-03-31", "--notes", "Both.")
    item = added(sandbox, apk(sandbox, versionName=version_name), "--notes", "Both.")
    assert (item["release"], item["version"], item["build"]) == ("1.10-0123", version_name, "42")
    assert "joins the release 1.10-0123, which had no android build" in item["notes"]
    assert release_files(sandbox) == ["1.10-0123.yaml"]
    release = yaml(sandbox)
    assert (release["build"], release["date"]) == ("0123", "2026-03-31")
    assert "version" not in release["ios"]
    assert (release["android"]["version"], release["android"]["build"]) == (version_name, "42")
    sandbox.build(strict=True)
    assert f"Version {version_name} (42)" in sandbox.read("example-app/index.html")
    assert added(sandbox, apk(sandbox, versionName=version_name), "--notes", "Both.")["written"] == []


@pytest.mark.parametrize(
    "words",
    [
        ["--channel", "beta"],
        ["--notes", "For Android only."],
        ["--date", "2026-04-01"],
        ["--draft"],
    ],
    ids=["channel", "notes", "date", "draft"],
)
def test_what_says_something_else_makes_a_release_of_its_own(sandbox: Sandbox, words: list[str]) -> None:
    added(sandbox, ipa(sandbox), "--date", "2026-03-31", "--notes", "For iPhones.")
    assert added(sandbox, apk(sandbox), *words)["release"] == "1.10-42"


def test_builds_of_one_version_join_one_by_one(sandbox: Sandbox) -> None:
    for day, build in enumerate((1, 2), 1):
        added(sandbox, ipa(sandbox, CFBundleVersion=str(build)), "--date", f"2026-03-0{day}")
        added(sandbox, apk(sandbox, versionCode=2000 + build))
    assert release_files(sandbox) == ["1.10-1.yaml", "1.10-2.yaml"]
    folder = "content/apps/example-app/releases"
    assert [yaml(sandbox, f"{folder}/1.10-{n}.yaml")["android"]["build"] for n in (1, 2)] == ["2001", "2002"]
    added(sandbox, apk(sandbox, versionCode=2003))
    assert added(sandbox, ipa(sandbox, CFBundleVersion="4"), "--date", "2026-03-04")["release"] == "1.10-4"
    assert release_files(sandbox) == ["1.10-1.yaml", "1.10-2.yaml", "1.10-2003.yaml", "1.10-4.yaml"]


def test_a_release_can_be_named(sandbox: Sandbox) -> None:
    added(sandbox, ipa(sandbox), "--date", "2026-03-31")
    other = apk(sandbox, versionName="7.0", versionCode=7)
    assert "there is no release “1.1-0123” of this app" in refusal(add(sandbox, other, "--release", "1.1-0123"))
    assert added(sandbox, other, "--release", "1.10-0123")["release"] == "1.10-0123"
    assert yaml(sandbox)["android"]["version"] == "7.0"
    later = apk(sandbox, versionName="7.0", versionCode=8)
    assert "has another android build: 7.0 (7)" in refusal(add(sandbox, later, "--release", "1.10-0123"))
    added(sandbox, later, "--release", "1.10-0123", "--replace")
    assert yaml(sandbox)["android"]["build"] == "8"
    added(sandbox, apk(sandbox, versionCode=123), "--release", "1.10-0123", "--replace")
    assert (yaml(sandbox)["android"]["version"], yaml(sandbox)["android"]["build"]) == ("1.10", "123")
    assert release_files(sandbox) == ["1.10-0123.yaml"]


def test_a_build_that_no_phone_takes_as_an_update_is_refused(sandbox: Sandbox) -> None:
    added(sandbox, apk(sandbox), "--date", "2026-03-31")
    before = {path: path.read_bytes() for path in sandbox.root.rglob("*.*") if path.is_file()}
    result = add(sandbox, apk_of_another_key(sandbox, versionName="1.11", versionCode=43))
    assert isinstance(result.exception, ProblemsFound)
    (problem,) = result.exception.problems
    assert problem.code == "signer-changed"
    assert "1.11 (43) of channel stable is signed with another certificate" in problem.message
    assert {path: path.read_bytes() for path in sandbox.root.rglob("*.*") if path.is_file()} == before
    result = add(sandbox, apk(sandbox, versionName="1.11", versionCode=41))
    assert isinstance(result.exception, ProblemsFound)
    assert [problem.code for problem in result.exception.problems] == ["update-downgrade"]
    later = apk_of_another_key(sandbox, versionName="1.11", versionCode=43)
    item = added(sandbox, later, "--reinstall", "--date", "2026-04-01")
    assert yaml(sandbox, f"content/apps/example/releases/{item['release']}.yaml")["android"]["reinstall"] == "true"
    assert not [problem for problem in sandbox.check() if problem.severity == "error"]


def test_an_older_build_for_the_history_is_compared_with_nothing(sandbox: Sandbox) -> None:
    added(sandbox, apk(sandbox), "--date", "2026-03-31")
    old = apk_of_another_key(sandbox, versionName="1.9", versionCode=41)
    assert added(sandbox, old, "--date", "2026-01-31")["warnings"] == []


def test_a_build_that_some_phones_do_not_take_is_recorded_with_a_warning(sandbox: Sandbox) -> None:
    added(sandbox, ipa(sandbox), "--date", "2026-03-31")
    item = added(sandbox, ipa(sandbox, CFBundleVersion="0124", MinimumOSVersion="17.0"), "--date", "2026-04-01")
    (warning,) = item["warnings"]
    assert "1.10 (0124) of channel stable needs iOS 17.0, and 1.10 (0123) of channel stable runs from 15.0" in warning


def test_each_release_that_is_there_is_read_once(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it joins, what it is judged beside and what its addresses are made of: thousands of files otherwise."""
    for number in (1, 2):
        added(sandbox, ipa(sandbox, CFBundleVersion=str(number)), "--date", f"2026-03-0{number}")
    read: list[str] = []

    def counted(data: bytes, path: str, type_: Any) -> Any:
        read.append(path)
        return read_record(data, path, type_)

    monkeypatch.setattr("otasite.catalogue.files.read_record", counted)
    added(sandbox, ipa(sandbox, CFBundleVersion="3"), "--date", "2026-03-03")
    old = [path for path in read if "/releases/" in path and "1.10-3" not in path]
    folder = "content/apps/example-app/releases"
    assert sorted(old) == [f"{folder}/1.10-1.yaml", f"{folder}/1.10-2.yaml"]
