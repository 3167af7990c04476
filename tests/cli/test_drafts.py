"""``add`` and ``new`` write only what ``check`` accepts: the same rules judge what they are about to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from otasite.cli import cli
from otasite.problems import Problem, ProblemsFound, Refused
from tests.binaries import apple
from tests.binaries.ipas import info_values, write_ipa
from tests.cli.adding import (
    SITE,
    add,
    added,
    apk,
    apk_of_another_key,
    ipa,
    refusal,
    release_files,
    signed_profile,
    yaml,
)
from tests.projects import Sandbox


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def problems(result: Result) -> list[Problem]:
    assert isinstance(result.exception, ProblemsFound), result.output + repr(result.exception)
    return list(result.exception.problems)


def errors_of_check(sandbox: Sandbox) -> list[Problem]:
    return [problem for problem in sandbox.check() if problem.is_error]


def odd_ipa(sandbox: Sandbox, **keys: Any) -> Path:
    """An .ipa whose profile covers every identifier."""
    entitlements = {"application-identifier": f"{apple.TEAM}.*", "aps-environment": "production"}
    return write_ipa(
        sandbox.root.parent / "Odd.ipa",
        info=info_values(**keys),
        profile=signed_profile(Entitlements=entitlements),
        signer=apple.lasting_certificate(),
    )


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("CFBundleIdentifier", "com.example.my app", "bad-identifier"),
        ("CFBundleIdentifier", "../../com.example", "bad-identifier"),
        ("CFBundleIdentifier", 'com."example".app', "bad-identifier"),
        ("CFBundleShortVersionString", "1" * 200, "long-name"),
        ("CFBundleVersion", "1" * 200, "long-name"),
    ],
)
def test_add_refuses_what_check_would_refuse(sandbox: Sandbox, key: str, value: str, code: str) -> None:
    before = sandbox.files(sandbox.root / "content")
    file = odd_ipa(sandbox, **{key: value})
    found = problems(add(sandbox, file))
    assert code in [problem.code for problem in found]
    assert {str(problem.location) for problem in found} == {file.as_posix()}, "nobody can open what is not written"
    assert sandbox.files(sandbox.root / "content") == before


def test_what_is_only_odd_is_recorded_and_accepted(sandbox: Sandbox) -> None:
    odd = [
        ("CFBundleIdentifier", "com.example.my_app"),
        ("CFBundleDisplayName", "N" * 300),
        ("CFBundleDisplayName", "../../" + 'quoted "name"'),
        ("CFBundleShortVersionString", '../"1"'),
        ("CFBundleShortVersionString", "１.０"),
        ("CFBundleShortVersionString", "1: #x"),
        ("CFBundleVersion", "第7版"),
    ]
    for number, (key, value) in enumerate(odd):
        identifier = {"CFBundleIdentifier": f"com.example.n{number}"}
        words = ["--app", f"n{number}"] if "Name" not in key else []
        item = added(sandbox, odd_ipa(sandbox, **identifier | {key: value}), "--date", "2026-03-31", *words)
        if key == "CFBundleShortVersionString":
            assert yaml(sandbox, f"content/apps/n{number}/releases/{item['release']}.yaml")["version"] == value
    assert not errors_of_check(sandbox)


def test_versions_outside_of_ascii_stay_two(sandbox: Sandbox) -> None:
    first = added(sandbox, ipa(sandbox, CFBundleShortVersionString="春"), "--date", "2026-03-30")
    second = added(sandbox, ipa(sandbox, CFBundleShortVersionString="秋"), "--date", "2026-03-31")
    assert first["release"] != second["release"]
    assert first["release"].startswith("0123-") and first["release"].isascii()
    assert added(sandbox, ipa(sandbox, CFBundleShortVersionString="春"))["release"] == first["release"]


def test_two_versions_of_one_address_are_not_taken_for_one(sandbox: Sandbox) -> None:
    added(sandbox, ipa(sandbox, CFBundleShortVersionString="1.0 a"), "--date", "2026-03-30")
    before = sandbox.files(sandbox.root)
    said = refusal(add(sandbox, ipa(sandbox, CFBundleShortVersionString="1.0/a")))
    assert "1.0-a-0123.yaml is 1.0 a (0123); “1.0/a” (0123) would have the same address" in said
    assert sandbox.files(sandbox.root) == before


def test_an_expired_build_is_no_news(sandbox: Sandbox) -> None:
    """What people are sent to must install; in the history, and as a draft, an old build is welcome."""
    old = apple.profile(ExpirationDate=apple.EXPIRES.replace(year=2020, tzinfo=None))
    expired = write_ipa(sandbox.root.parent / "old.ipa", info=info_values(CFBundleVersion="1"), profile=old)
    assert [problem.code for problem in problems(add(sandbox, expired))] == ["expired"]
    added(sandbox, ipa(sandbox, CFBundleVersion="2"), "--date", "2026-03-31")
    item = added(sandbox, expired, "--date", "2019-12-31")
    assert any("expired" in warning for warning in item["warnings"])
    assert not errors_of_check(sandbox)


def test_a_binary_that_its_host_does_not_take_is_refused(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", f"{SITE}hosting: firebase\n")
    found = problems(add(sandbox, ipa(sandbox)))
    assert [problem.code for problem in found] == ["host-refuses-binaries"]
    assert added(sandbox, ipa(sandbox), "--url", "https://d.example.com/a.ipa")["warnings"] == []


def test_mistakes_that_are_there_already_are_not_blamed_on_the_binary(sandbox: Sandbox) -> None:
    added(sandbox, ipa(sandbox), "--date", "2026-03-30")
    sandbox.write("content/apps/example-app/releases/broken.yaml", "version: 7\nbuild: 7\ndate: 2026-02-31\n")
    assert added(sandbox, ipa(sandbox, CFBundleVersion="0124"), "--date", "2026-03-31")["warnings"] == []
    assert release_files(sandbox) == ["1.10-0123.yaml", "1.10-0124.yaml", "broken.yaml"]


def test_the_build_before_is_read_itself_where_nothing_is_recorded_of_it(sandbox: Sandbox) -> None:
    """Its file of facts may be lost, and its YAML written by hand: the binary still says who signed it."""
    added(sandbox, apk(sandbox), "--date", "2026-03-30")
    releases = sandbox.root / "content/apps/example/releases"
    (releases / "1.10-42.facts.json").unlink()
    (releases / "1.10-42.yaml").write_text(
        "version: 1.10\nbuild: 42\ndate: 2026-03-30\nandroid: {file: 1.10-42.apk}\n", "utf-8"
    )
    other = apk_of_another_key(sandbox, versionName="1.11", versionCode=43)
    assert [problem.code for problem in problems(add(sandbox, other))] == ["signer-changed"]


def test_a_renewed_certificate_of_the_same_team_is_no_other_signer(sandbox: Sandbox) -> None:
    added(sandbox, ipa(sandbox), "--date", "2026-03-30")
    renewed = apple.signing_certificate("Apple Distribution: Renewed", apple.EXPIRES.replace(year=2098))
    path = write_ipa(
        sandbox.root.parent / "Renewed.ipa",
        info=info_values(CFBundleVersion="0124"),
        profile=signed_profile(DeveloperCertificates=[renewed.public_bytes(Encoding.DER)]),
        signer=renewed,
    )
    assert added(sandbox, path, "--date", "2026-03-31")["warnings"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--channel", "bta"], "unknown-channel"),
        (["--date", "2026-02-31"], "bad-value"),
        (["--url", "http://d.example.com/a.ipa"], "bad-value"),
        (["--file", "not-there.ipa"], "missing-file"),
    ],
)
def test_new_release_refuses_what_check_would_refuse(sandbox: Sandbox, words: list[str], code: str) -> None:
    assert run("new", "app", "-C", sandbox.root, "tool").exit_code == 0
    before = sandbox.files(sandbox.root)
    found = problems(run("new", "release", "-C", sandbox.root, "tool", "1.0", "1", *words))
    assert [(problem.code, problem.location) for problem in found] == [(code, None)]
    assert sandbox.files(sandbox.root) == before


def test_new_release_with_a_name_too_long(sandbox: Sandbox) -> None:
    assert run("new", "app", "-C", sandbox.root, "tool").exit_code == 0
    found = problems(run("new", "release", "-C", sandbox.root, "tool", "1" * 300, "1"))
    assert {problem.code for problem in found} == {"long-name"}


def test_new_app_with_a_name_too_long(sandbox: Sandbox) -> None:
    assert {problem.code for problem in problems(run("new", "app", "-C", sandbox.root, "a" * 300))} == {"long-name"}


def test_new_app_refuses_what_check_would_refuse(sandbox: Sandbox) -> None:
    before = sandbox.files(sandbox.root)
    found = problems(run("new", "app", "-C", sandbox.root, "tool", "--title", "T", "--bundle-id", "a b"))
    assert {problem.code for problem in found} == {"short-name", "bad-identifier"}
    assert run("new", "app", "-C", sandbox.root, "assets").exit_code != 0
    assert sandbox.files(sandbox.root) == before


@pytest.mark.parametrize("address", ["http://apps.example.org", "https://", "https://a.example.org/?x"])
def test_new_site_refuses_an_address_that_no_site_can_have(tmp_path: Path, address: str) -> None:
    found = problems(run("new", "site", tmp_path / "mine", "--base-url", address))
    assert [problem.code for problem in found] == ["bad-base-url"]
    assert not (tmp_path / "mine").exists()


def test_refused_leaves_nothing_half_done(sandbox: Sandbox) -> None:
    result = add(sandbox, ipa(sandbox), "--app", "x" * 300)
    assert isinstance(result.exception, (ProblemsFound, Refused)), result.output
    assert not (sandbox.root / "content/apps").exists()
