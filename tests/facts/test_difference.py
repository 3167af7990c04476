"""How two builds differ: pairs of builds with the difference that was made between them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from otasite.binaries.info import BinaryInfo
from otasite.binaries.inspect import inspect_binary
from otasite.cli import cli
from otasite.facts.difference import Change, difference, read_rules, refused
from otasite.facts.model import BuildFacts, Library, Part, Permission, Signer
from otasite.problems import Refused
from otasite.workshop.add_request import AddRequest
from tests.binaries import apple
from tests.binaries.apks import Tag
from tests.binaries.rich import rich_apk, rich_ipa, rich_manifest
from tests.projects import Sandbox, example

CAMERA = Permission(name="android.permission.CAMERA", level="dangerous")
OLD = BuildFacts(
    identifier="com.example.app",
    download_size=100_000_000,
    installed_size=200_000_000,
    minimum_os="16",
    target_sdk=34,
    libraries=(Library(name="Maps", kind="framework", version="1.0"), Library(name="Gone", kind="framework")),
    architectures=("arm64-v8a", "x86_64"),
    entitlements={"aps-environment": "development"},
    signers=(Signer(sha256="a" * 64, team="OLD"),),
)
NEW = BuildFacts(
    identifier="com.example.app",
    download_size=138_000_000,
    installed_size=200_000_000,
    minimum_os="17.0",
    target_sdk=35,
    permissions=(CAMERA,),
    libraries=(Library(name="Maps", kind="framework", version="2.0"),),
    architectures=("arm64-v8a",),
    entitlements={"aps-environment": "production"},
    signers=(Signer(sha256="b" * 64, team="NEW"),),
    debuggable=True,
)


def test_every_difference_and_nothing_else() -> None:
    assert difference(OLD, OLD) == ()
    assert set(difference(OLD, NEW)) == {
        Change(kind="signer", before="a" * 64, after="b" * 64),
        Change(kind="team", before="OLD", after="NEW"),
        Change(kind="debuggable", after="yes"),
        Change(kind="minimum-os", before="16", after="17.0"),
        Change(kind="target-sdk", before="34", after="35"),
        Change(kind="permission", what="android.permission.CAMERA", after="dangerous"),
        Change(kind="entitlement", what="aps-environment", before="development", after="production"),
        Change(kind="architecture", what="x86_64", before="yes"),
        Change(kind="library", what="Gone", before="yes"),
        Change(kind="library", what="Maps", before="1.0", after="2.0"),
        Change(kind="size", what="download", before="100000000", after="138000000", growth=38_000_000),
    }


def test_what_extensions_may_do_is_a_difference() -> None:
    part = Part(kind="extension", identifier="com.example.app.share", usage={"NSCameraUsageDescription": "To scan"})
    more = msgspec.structs.replace(part, entitlements={"com.apple.developer.healthkit": True}, usage={})
    before, after = (msgspec.structs.replace(OLD, parts=(each,)) for each in (part, more))
    assert set(difference(before, after)) == {
        Change(kind="usage", what="NSCameraUsageDescription (com.example.app.share)", before="To scan"),
        Change(kind="entitlement", what="com.apple.developer.healthkit (com.example.app.share)", after="yes"),
    }


@pytest.mark.parametrize(
    ("rules", "kinds"),
    [
        ("", []),
        ("permission", ["permission"]),
        ("signer", ["signer", "team"]),
        ("minimum-os, target-sdk", ["minimum-os", "target-sdk"]),
        ("size", ["size"]),
        ("size:37.9%", ["size"]),
        ("size:38%", []),
        ("size:37MB", ["size"]),
        ("size:38000kB", []),
        ("entitlement,debuggable", ["debuggable", "entitlement"]),
        ("architecture", ["architecture"]),
        ("library", []),
    ],
)
def test_rules_refuse_what_they_name(rules: str, kinds: list[str]) -> None:
    assert sorted(change.kind for change in refused(difference(OLD, NEW), read_rules(rules))) == sorted(kinds)


def test_what_goes_away_or_gets_easier_is_not_refused() -> None:
    """The other way round: a permission less, an older system is enough, a smaller download."""
    assert refused(difference(NEW, OLD), read_rules("permission,minimum-os,size,debuggable,architecture")) == ()


@pytest.mark.parametrize("text", ["permision", "size:", "size:ten", "size:-1%", "permission:3", "size:1TB"])
def test_a_rule_that_is_none_is_refused(text: str) -> None:
    if text == "size:":
        assert read_rules(text)
        return
    with pytest.raises(Refused):
        read_rules(text)


# --- the command ----------------------------------------------------------------------------------------------


def diff(*words: object) -> Result:
    result = CliRunner().invoke(cli, ["diff", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit | Refused), result.exception
    return result


@pytest.fixture
def apks_(tmp_path: Path) -> tuple[Path, Path]:
    asked = Tag("uses-permission", {"name": "android.permission.READ_SMS"})
    larger = {"lib/arm64-v8a/libnew.so": bytes(2000), "META-INF/androidx.core_core.version": b"1.15.0"}
    return (
        rich_apk(tmp_path / "old.apk"),
        rich_apk(tmp_path / "new.apk", larger, rich_manifest(asked, versionCode=43)),
    )


def test_two_files(apks_: tuple[Path, Path]) -> None:
    result = diff(*apks_)
    assert result.exit_code == 0
    assert "permission      + android.permission.READ_SMS (dangerous)" in result.output
    assert "androidx.core:core: 1.13.1 → 1.15.0" in result.output
    assert "+ libnew.so" in result.output
    assert "the same in everything" in diff(apks_[0], apks_[0]).output


def test_as_json_with_what_is_refused(apks_: tuple[Path, Path]) -> None:
    result = diff(*apks_, "--json", "--fail-on", "permission")
    assert result.exit_code == 1
    (compared,) = json.loads(result.output)["compared"]
    assert compared["platform"] == "android"
    asked = {"kind": "permission", "what": "android.permission.READ_SMS", "after": "dangerous"}
    assert asked in compared["changes"]
    assert compared["refused"] == [asked]


def test_files_of_two_platforms_cannot_be_compared(tmp_path: Path, apks_: tuple[Path, Path]) -> None:
    result = diff(rich_ipa(tmp_path / "a.ipa"), apks_[0])
    assert "not for the same platform" in str(result.exception)
    assert "there is no file" in str(diff(tmp_path / "none.ipa", apks_[0]).exception)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """An app with three releases: the second has a larger binary that asks for more, the third no facts."""
    sandbox = example(tmp_path / "project")
    for name, day, values in (
        ("1", "2026-05-10", {}),
        ("2", "2026-05-11", {"NSContactsUsageDescription": "To invite", "MinimumOSVersion": "17.0"}),
    ):
        path = rich_ipa(tmp_path / f"{name}.ipa", None, **{"CFBundleVersion": name, **values})
        sandbox.open().add(path, AddRequest(app="notes", date=day, now=apple.NOW))
    return sandbox


def test_releases_and_the_one_before(sandbox: Sandbox) -> None:
    here = ("--project", sandbox.root)
    both = diff("notes/1.10-1", "notes/1.10-2", *here).output
    assert "+ NSContactsUsageDescription" in both and "oldest system   15.0 → 17.0" in both
    assert diff("notes/1.10-2", *here).output == both
    assert "nothing is known of a release before" in diff("notes/1.10-1", *here).output
    assert "nothing says what is inside of notes/1.0-1" in str(diff("notes/1.0-1", "notes/1.10-1", *here).exception)
    assert "has no release “9.9”" in str(diff("notes/9.9", *here).exception)


def test_annotations_name_the_file_of_the_release(sandbox: Sandbox) -> None:
    result = diff("notes/1.10-2", "--project", sandbox.root, "--format", "github", "--fail-on", "minimum-os")
    assert result.exit_code == 1
    place = "file=content/apps/notes/releases/1.10-2.yaml,line=1"
    assert f"::error {place},title=refused%3A oldest system::notes/1.10-2: oldest system 15.0 → 17.0" in result.output
    assert f"::warning {place},title=" in result.output
    assert "permission: + NSContactsUsageDescription (To invite)" in result.output


@pytest.fixture
def repository(sandbox: Sandbox) -> Callable[..., None]:
    """The project, committed; runs git in it."""

    def git(*words: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(sandbox.root), *who, *words], check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "before")
    return git


def since(sandbox: Sandbox, revision: str) -> list[str]:
    """The pairs that are compared."""
    output = diff("--since", revision, "--project", sandbox.root).output
    return [line.partition(" (")[0] for line in output.splitlines() if " → notes/" in line]


def test_releases_that_are_new_since_a_revision(sandbox: Sandbox, repository: Callable[..., None]) -> None:
    newest = "content/apps/notes/releases/1.10-2"
    assert since(sandbox, "HEAD") == []
    repository("rm", "-q", "--cached", f"{newest}.yaml", f"{newest}.facts.json")
    repository("commit", "-qm", "without the newest")
    assert since(sandbox, "HEAD") == ["notes/1.10-1 → notes/1.10-2"], "git knows nothing of it yet"
    repository("add", ".")
    repository("commit", "-qm", "after")
    assert since(sandbox, "HEAD~1") == ["notes/1.10-1 → notes/1.10-2"]
    assert "no release to compare" in diff("--since", "HEAD", "--project", sandbox.root).output
    assert "git does not compare" in str(diff("--since", "nowhere", "--project", sandbox.root).exception)
    assert "git does not compare" in str(diff("--since", "--output=x", "--project", sandbox.root).exception)


def test_what_was_edited_renamed_or_deleted_since(sandbox: Sandbox, repository: Callable[..., None]) -> None:
    folder = sandbox.root / "content/apps/notes/releases"
    edited = folder / "1.10-2.yaml"
    edited.write_text(edited.read_text() + "# edited\n")
    assert since(sandbox, "HEAD") == ["notes/1.10-1 → notes/1.10-2"]
    repository("reset", "-q", "--hard")
    for ending in ("yaml", "facts.json"):
        (folder / f"1.10-2.{ending}").rename(folder / f"ü 2.{ending}")
    assert since(sandbox, "HEAD") == ["notes/1.10-1 → notes/1.10-2"]
    repository("add", ".")
    assert since(sandbox, "HEAD") == ["notes/1.10-1 → notes/1.10-2"]
    repository("reset", "-q", "--hard")
    for ending in ("yaml", "facts.json", "ipa"):
        repository("rm", "-q", f"content/apps/notes/releases/1.10-1.{ending}")
    assert since(sandbox, "HEAD") == [], "what is gone is compared with nothing"


def test_each_platform_is_compared_with_its_own_build_before(
    sandbox: Sandbox, repository: Callable[..., None], tmp_path: Path
) -> None:
    """iOS and Android builds that are releases of their own, in turn, and one of which nothing is known."""
    sandbox.open().add(rich_apk(tmp_path / "a.apk"), AddRequest(app="notes", date="2026-05-12", now=apple.NOW))
    sandbox.release("1.11", "3", date="2026-05-13")
    path = rich_ipa(tmp_path / "4.ipa", None, CFBundleVersion="4", MinimumOSVersion="18.0")
    sandbox.open().add(path, AddRequest(app="notes", date="2026-05-14", now=apple.NOW))
    assert since(sandbox, "HEAD") == ["notes/1.10-2 → notes/1.10-4"]


def test_each_binary_is_read_once(
    sandbox: Sandbox, repository: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(path: Path, *, shown_as: str) -> BinaryInfo:
        read.append(path.name)
        return inspect_binary(path, shown_as=shown_as)

    monkeypatch.setattr("otasite.workshop.comparing.inspect_binary", counted)
    for path in (sandbox.root / "content/apps/notes/releases").glob("*.yaml"):
        path.write_text(path.read_text() + "# edited\n")
    assert since(sandbox, "HEAD") == ["notes/1.10-1 → notes/1.10-2"]
    assert sorted(read) == ["1.10-1.ipa", "1.10-2.ipa"]
