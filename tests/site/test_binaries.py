"""Binaries of the repository against their YAML: what is left out is filled in, what disagrees is reported."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from otasite.problems import ProblemsFound
from tests.binaries import apple
from tests.binaries.ipas import info_values, write_ipa
from tests.projects import Sandbox, example, own_binary


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


PAGE = "notes/1.10-0123/index.html"


def test_what_the_binary_says_reaches_the_page(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    sandbox.build()
    page = sandbox.read(PAGE)
    assert "15.0" in page
    assert 'data-expires="2027-01-10T' in page or "2027-01-10T" in page
    for device in apple.DEVICES:
        assert not any(device.encode() in data for data in sandbox.files().values())
        stored = [path for path in (sandbox.root / ".otasite").rglob("*") if path.is_file()]
        assert not any(device.encode() in path.read_bytes() for path in stored)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("identifier: com.example.other", "identifier is com.example.other here, but com.example.app in own.ipa"),
        ("version: 2.0", "version is 2.0 here, but 1.10 in own.ipa"),
        ("build: 123", "build is 123 here, but 0123 in own.ipa"),
        ("minimum_os: 16.0", "minimum_os is 16 here, but 15 in own.ipa"),
        ("size: 5", "size is 5 here, but"),
        (f"sha256: {'0' * 64}", "sha256 is 000"),
        ("signing: {type: enterprise}", "signing.type is enterprise here, but ad-hoc in own.ipa"),
        ("signing: {devices: 99}", "signing.devices is 99 here, but 2 in own.ipa"),
        ("signing: {expires: 2030-01-01}", "signing.expires is 2030-01-01 here, but 2027-01-10 in own.ipa"),
    ],
)
def test_each_disagreement_is_reported_at_its_line(sandbox: Sandbox, line: str, found: str) -> None:
    own_binary(sandbox, more=f"  {line}\n")
    with pytest.raises(ProblemsFound) as caught:
        sandbox.build()
    (problem,) = caught.value.problems
    assert (problem.code, found in problem.message) == ("binary-mismatch", True), problem.message
    assert problem.location is not None
    assert (problem.location.path, problem.location.line) == ("content/apps/notes/releases/own.yaml", 6)


def test_agreement_in_other_words_is_no_problem(sandbox: Sandbox) -> None:
    own_binary(
        sandbox, more="  minimum_os: 15\n  signing: {type: ad-hoc, expires: 2027-01-10T08:00:00Z, devices: 2}\n"
    )
    sandbox.build()


@pytest.mark.parametrize(
    ("kind", "code"), [("app-store", "store-build"), ("simulator", "simulator-build"), ("html", "binary-html")]
)
def test_a_binary_that_nobody_can_install_stops_the_build(sandbox: Sandbox, kind: str, code: str) -> None:
    own_binary(sandbox)
    path = sandbox.root / "content/apps/notes/releases/own.ipa"
    path.unlink()
    values = info_values()
    if kind == "html":
        path.write_bytes(b"<!doctype html><title>Sign in</title>")
    elif kind == "simulator":
        write_ipa(path, info=values | {"CFBundleSupportedPlatforms": ["iPhoneSimulator"]})
    else:
        write_ipa(path, info=values, profile=apple.profile("app-store"))
    with pytest.raises(ProblemsFound) as caught:
        sandbox.build()
    assert code in {problem.code for problem in caught.value.problems}


def test_an_expired_profile_is_a_matter_of_check(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    assert "expires-soon" not in {problem.code for problem in sandbox.check()}
    sandbox.build()
    manifest = plistlib.loads((sandbox.dist / "notes/1.10-0123/manifest.plist").read_bytes())
    assert manifest["items"][0]["metadata"]["bundle-version"] == "0123"
