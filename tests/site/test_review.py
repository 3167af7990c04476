"""What a check says about the insides of builds: each rule with builds that break it, and with some that do not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding

from otasite.cli import cli
from otasite.facts.model import (
    BuildFacts,
    Permission,
    Privacy,
    ReleaseFacts,
    RequiredReason,
    Signer,
    UsageDescription,
)
from otasite.problems import Problem, ProblemsFound, has_errors
from otasite.site.review import STABLE
from otasite.workshop.add_request import AddRequest
from tests.binaries import apple
from tests.binaries.ipas import write_ipa
from tests.projects import NOW, Sandbox, example

QUIET = BuildFacts(encryption=False, signers=(Signer(sha256="a" * 64, team="ABC"),))
ANDROID = BuildFacts(target_sdk=35, signers=(Signer(sha256="a" * 64),))
SMS = Permission(name="android.permission.READ_SMS", level="dangerous")
GIVEN = Privacy(apis=(RequiredReason(category="DiskSpace"),))
NETWORK = Permission(name="android.permission.INTERNET", level="normal")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def found(
    sandbox: Sandbox,
    after: BuildFacts,
    before: BuildFacts | None = None,
    *,
    platform: str = "ios",
    channel: str = "stable",
) -> list[Problem]:
    """What a check says of a release with one build, after one with another."""
    for build, facts in (("1", before), ("2", after)):
        version = "1.0" if build == "1" else "1.1"
        path = sandbox.release(version, build, date=f"2026-05-0{build}", channel=channel)
        if platform == "android":
            path.write_text(path.read_text().replace("ios:", "android:").replace(".ipa", ".apk"))
        if facts is not None:
            kept = ReleaseFacts(**{platform: facts})  # type: ignore[arg-type]
            path.with_suffix(".facts.json").write_bytes(msgspec.json.encode(kept))
    return list(sandbox.check())


def changed(facts: BuildFacts, **values: object) -> BuildFacts:
    return msgspec.structs.replace(facts, **values)


def test_builds_that_are_in_order_are_not_mentioned(sandbox: Sandbox) -> None:
    assert found(sandbox, QUIET, QUIET) == []
    assert found(sandbox, ANDROID, ANDROID, platform="android") == []


def signed(digest: str, **values: object) -> tuple[Signer, ...]:
    return (msgspec.structs.replace(Signer(sha256=digest * 64), **values),)


SOON = NOW + dt.timedelta(days=10)
CASES = [
    ("debug-build", "android", None, changed(ANDROID, debuggable=True), "it is debuggable, in the channel “stable”"),
    ("debug-build", "android", None, changed(ANDROID, signers=signed("a", debug=True)), "debug key"),
    ("debug-build", "ios", None, changed(QUIET, signers=signed("a", debug=True)), "a certificate for development"),
    ("get-task-allow", "ios", None, changed(QUIET, debuggable=True), "signed for development"),
    ("target-sdk-old", "android", None, changed(ANDROID, target_sdk=22), "targets SDK 22: Android 14 and newer"),
    ("target-sdk-old", "android", None, changed(ANDROID, target_sdk=23), "targets SDK 23: Android 15 and newer"),
    ("play-protect-sensitive", "android", None, changed(ANDROID, permissions=(SMS,)), "asks for READ_SMS"),
    ("play-protect-sensitive", "android", None, changed(ANDROID, services=("accessibility",)), "an accessibility"),
    ("certificate-expires", "ios", None, changed(QUIET, signers=signed("a", expires=SOON)), "expires on 2026-06-11"),
    ("encryption-undeclared", "ios", None, changed(QUIET, encryption=None), "ITSAppUsesNonExemptEncryption"),
    ("privacy-manifest-missing", "ios", None, changed(QUIET, api_categories=("DiskSpace",)), "gives none: DiskSpace"),
    (
        "permission-added",
        "ios",
        QUIET,
        changed(QUIET, usage=(UsageDescription(key="NSCameraUsageDescription", text="To scan"),)),
        "than the build before it: NSCameraUsageDescription",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "platform", "before", "after", "words"), CASES, ids=[case[0] for case in CASES])
def test_each_rule(
    sandbox: Sandbox, code: str, platform: str, before: BuildFacts | None, after: BuildFacts, words: str
) -> None:
    (problem,) = found(sandbox, after, before, platform=platform)
    assert (problem.code, words in problem.message) == (code, True), problem.message
    assert "release 1.1 (2) of channel stable" in problem.message
    assert problem.location is not None
    assert problem.location.path == "content/apps/notes/releases/1.1-2.yaml" and problem.location.line > 1
    assert not problem.is_error


@pytest.mark.parametrize(
    ("platform", "before", "after"),
    [
        ("android", ANDROID, changed(ANDROID, signers=signed("b", lineage=("a" * 64,)))),
        ("ios", QUIET, changed(QUIET, signers=signed("b", team="ABC"))),
        ("android", ANDROID, changed(ANDROID, permissions=(NETWORK,))),
        ("ios", None, changed(QUIET, signers=signed("a", expires=NOW + dt.timedelta(days=40)))),
        (
            "ios",
            None,
            changed(
                QUIET, api_categories=("DiskSpace",), privacy=Privacy(apis=(RequiredReason(category="DiskSpace"),))
            ),
        ),
    ],
    ids=[
        "a rotated key",
        "a renewed certificate",
        "a permission nobody is asked for",
        "time enough",
        "a reason given",
    ],
)
def test_what_is_right_is_not_mentioned(
    sandbox: Sandbox, platform: str, before: BuildFacts | None, after: BuildFacts
) -> None:
    assert found(sandbox, after, before, platform=platform) == []


def test_unfinished_builds_may_be_in_a_channel_for_them(sandbox: Sandbox) -> None:
    assert "beta" not in STABLE
    both = {"1.0-1.yaml", "1.1-2.yaml"}
    assert {path.name for path in (sandbox.root / "content/apps/notes/releases").iterdir()} == both
    assert found(sandbox, changed(QUIET, debuggable=True), channel="beta") == []
    assert found(sandbox, changed(ANDROID, debuggable=True), channel="beta", platform="android") == []


def test_older_releases_are_not_judged(sandbox: Sandbox) -> None:
    assert found(sandbox, QUIET, changed(QUIET, debuggable=True, encryption=None)) == []


def test_remarks_never_fail_a_check(sandbox: Sandbox) -> None:
    (remark,) = found(sandbox, changed(QUIET, encryption=None))
    assert remark.severity == "info" and not has_errors([remark], strict=True)
    for path in (sandbox.root / "content").rglob("*.yaml"):  # addresses that are no examples
        path.write_text(path.read_text().replace("example.com", "example.net"))
    here = ["--project", str(sandbox.root), "--strict", "--expiring", "1d"]
    result = CliRunner().invoke(cli, ["check", *here])
    assert (result.exit_code, "1 remark" in result.output) == (0, True), result.output
    annotated = CliRunner().invoke(cli, ["check", *here, "--format", "github"])
    assert annotated.output.startswith("::notice file=content/apps/notes/releases/1.1-2.yaml,")


def add_signed(sandbox: Sandbox, folder: Path, days: int) -> None:
    """Record a real binary whose certificate ends in some days, long before its profile."""
    signer = apple.signing_certificate(expires=NOW + dt.timedelta(days=days))
    profile = apple.profile(DeveloperCertificates=[signer.public_bytes(Encoding.DER)])
    file = write_ipa(folder / "a.ipa", profile=profile, signer=signer)
    sandbox.open().add(file, AddRequest(app="notes", now=NOW - dt.timedelta(days=20)))


def test_a_build_that_ends_with_its_certificate_says_so_once(sandbox: Sandbox, tmp_path: Path) -> None:
    add_signed(sandbox, tmp_path, 10)
    (problem,) = (problem for problem in sandbox.check() if "expire" in problem.message)
    assert (problem.code, problem.is_error) == ("certificate-expires", False)
    assert "its signing certificate expires on 2026-06-11, 10 days from now" in problem.message


def test_a_build_whose_certificate_has_ended_is_not_recorded(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        add_signed(sandbox, tmp_path, -10)
    assert [problem.code for problem in found.value.problems] == ["expired"]
    assert "its signing certificate expired on 2026-05-22" in str(found.value)
