"""Whether phones take the newest build as an update of the one before it, as far as it is recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from otasite.facts.model import BuildFacts, Signer
from otasite.problems import Location
from otasite.site.updates import update_problems
from tests.projects import Sandbox, example

OLD, NEW, OTHER = "a" * 64, "b" * 64, "c" * 64
FIRST, SECOND = "1" * 64, "2" * 64


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path)
    sandbox.write("content/apps/rider/app.yaml", "name: Rider\nbundle_id: c.r\napplication_id: com.example.rider\n")
    return sandbox


def write(
    sandbox: Sandbox,
    name: str,
    platform: str,
    *signers: Signer,
    version: str = "",
    build: str = "1",
    channel: str = "stable",
    **binary: Any,
) -> None:
    """A release named by its day, with facts when there are signers."""
    own = {"url": f"https://h.example.com/{name}", "sha256": FIRST if name == "1" else SECOND} | binary
    folder = "content/apps/rider/releases"
    sandbox.write(
        f"{folder}/{name}.yaml",
        f"id: r{name}\nversion: {version or '1.' + name}\nbuild: {build}\ndate: 2026-05-0{name}\nchannel: {channel}\n"
        f"{platform}: {json.dumps(own)}\n",
    )
    if signers:
        facts = BuildFacts(sha256=own["sha256"], signers=signers)
        sandbox.write(f"{folder}/{name}.facts.json", msgspec.json.encode({"schema": 1, platform: facts}))


def found(sandbox: Sandbox) -> list[tuple[str, str, str]]:
    """Release, code and severity of each problem, without the pages that a check also makes."""
    app = sandbox.open().unit("rider").app
    problems = update_problems(app.releases, lambda release, platform: Location(f"{release.id} {platform}"))
    return [(str(problem.location).partition(" ")[0], problem.code, problem.severity) for problem in problems]


SIGNED = [
    ((Signer(sha256=OLD),), {}, None),
    ((Signer(sha256=NEW),), {}, "error"),
    ((Signer(sha256=NEW, lineage=(OLD,)),), {"minimum_os": "9"}, None),
    ((Signer(sha256=NEW, lineage=(OLD,)),), {"minimum_os": "8.1"}, "warning"),
    ((Signer(sha256=NEW, lineage=(OLD,)), Signer(sha256=OLD)), {"minimum_os": "8.1"}, None),
    ((Signer(sha256=NEW, lineage=(OTHER,)),), {}, "error"),
    ((Signer(sha256=NEW),), {"reinstall": True}, None),
    ((), {}, None),
]


@pytest.mark.parametrize(
    ("signers", "more", "severity"),
    SIGNED,
    ids=[
        "same",
        "other",
        "rotated",
        "rotated, old phones",
        "both",
        "of another line",
        "to be reinstalled",
        "unknown",
    ],
)
def test_android_takes_an_update_from_the_same_signer_only(
    sandbox: Sandbox, signers: tuple[Signer, ...], more: dict[str, Any], severity: str | None
) -> None:
    write(sandbox, "1", "android", Signer(sha256=OLD), build="1")
    write(sandbox, "2", "android", *signers, build="2", **more)
    assert found(sandbox) == ([("r2", "signer-changed", severity)] if severity else [])


@pytest.mark.parametrize(
    ("before", "now", "code"),
    [
        ("9", "10", None),
        ("10", "9", "update-downgrade"),
        ("10", "10", "update-same-build"),
        ("0010", "9", "update-downgrade"),
        ("alpha", "9", None),
    ],
)
def test_a_version_code_must_grow(sandbox: Sandbox, before: str, now: str, code: str | None) -> None:
    write(sandbox, "1", "android", build=before)
    write(sandbox, "2", "android", build=now)
    severity = "error" if code == "update-downgrade" else "warning"
    assert found(sandbox) == ([("r2", code, severity)] if code else [])


def test_the_same_file_again_is_no_other_build(sandbox: Sandbox) -> None:
    write(sandbox, "1", "android", build="7")
    write(sandbox, "2", "android", build="7", sha256=FIRST)
    assert found(sandbox) == []


@pytest.mark.parametrize(
    ("before", "now", "code"),
    [
        ({"team_id": "AAAAAAAAAA"}, {"team_id": "AAAAAAAAAA"}, None),
        ({"team_id": "AAAAAAAAAA"}, {"team_id": "BBBBBBBBBB"}, "team-changed"),
        ({"team_id": "AAAAAAAAAA"}, {}, None),
    ],
)
def test_ios_takes_an_update_from_the_same_team_only(
    sandbox: Sandbox, before: dict[str, str], now: dict[str, str], code: str | None
) -> None:
    write(sandbox, "1", "ios", Signer(sha256=OLD, team=before["team_id"]), signing=before)
    write(sandbox, "2", "ios", Signer(sha256=NEW), signing=now)
    assert found(sandbox) == ([("r2", code, "error")] if code else [])


def test_the_team_of_the_certificate_counts_where_no_profile_says_it(sandbox: Sandbox) -> None:
    write(sandbox, "1", "ios", Signer(sha256=OLD, team="AAAAAAAAAA"))
    write(sandbox, "2", "ios", Signer(sha256=NEW, team="BBBBBBBBBB"))
    (problem,) = (problem for problem in sandbox.check() if problem.code == "team-changed")
    assert (problem.code, str(problem.location)) == ("team-changed", "content/apps/rider/releases/2.yaml:6:6")
    assert "signed by the team BBBBBBBBBB, 1.1 (1) of channel stable by AAAAAAAAAA" in problem.message
    write(sandbox, "2", "ios", Signer(sha256=NEW, team="BBBBBBBBBB"), reinstall=True)
    assert found(sandbox) == []
    sandbox.build()
    assert "Delete the app before you install this build" in sandbox.read("rider/index.html")


@pytest.mark.parametrize(
    ("version", "build", "code"),
    [("1.1", "1", "update-same-build"), ("1.2", "1", None), ("1.0", "0", None)],
    ids=["same of both", "a build may start again with a version", "lower"],
)
def test_ios_does_not_ask_for_numbers_that_grow(sandbox: Sandbox, version: str, build: str, code: str | None) -> None:
    write(sandbox, "1", "ios")
    write(sandbox, "2", "ios", version=version, build=build)
    assert found(sandbox) == ([("r2", code, "warning")] if code else [])


def test_a_raised_minimum_is_told_once(sandbox: Sandbox) -> None:
    write(sandbox, "1", "ios", minimum_os="16.10")
    write(sandbox, "2", "ios", minimum_os="16.9")
    assert found(sandbox) == []
    write(sandbox, "2", "ios", minimum_os="17")
    assert found(sandbox) == [("r2", "update-minimum", "warning")]
    write(sandbox, "3", "ios", minimum_os="17.0", build="3")
    assert found(sandbox) == []


def test_only_builds_of_one_channel_platform_and_app_follow_each_other(sandbox: Sandbox) -> None:
    write(sandbox, "1", "android", Signer(sha256=OLD), build="9")
    write(sandbox, "2", "android", Signer(sha256=NEW), build="8", channel="beta")
    write(sandbox, "3", "ios", build="7")
    write(sandbox, "4", "android", Signer(sha256=NEW), build="6", identifier="com.example.another")
    assert found(sandbox) == []


def test_a_build_says_nothing_of_updates(sandbox: Sandbox) -> None:
    write(sandbox, "1", "android", build="2")
    write(sandbox, "2", "android", build="1")
    assert sandbox.mistakes() == []
