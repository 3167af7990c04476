"""What iOS asks of an app and of every bundle inside of it: one change each to a build that installs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from otasite.binaries.inspect import inspect_binary
from otasite.binaries.verdict import Verdict, verdict
from otasite.problems import Problem
from tests.binaries import apple
from tests.binaries.ipas import APP, app_files, info_values, nested_files, write_ipa
from tests.binaries.zips import write_zip

TEAM = apple.TEAM
SHARE, CLIP, WATCH = "PlugIns/Share.appex", "AppClips/Clip.app", "Watch/Wrist.app"
#: A nested bundle of each kind, each as Xcode exports it.
WHOLE = (
    nested_files(SHARE)
    | nested_files(CLIP, "com.example.app.Clip")
    | nested_files(WATCH, "com.example.app.watch", info={"UIDeviceFamily": [4]})
    | nested_files(f"{WATCH}/PlugIns/Face.appex", "com.example.app.watch.face")
)


def judged(place: Path, extra: dict[str, bytes] | None = None, **description: Any) -> Verdict:
    return verdict(inspect_binary(write_ipa(place / "Example.ipa", extra, **description)), apple.NOW)


def one(problems: tuple[Problem, ...]) -> tuple[str, str]:
    (problem,) = problems
    assert problem.hint
    return problem.code, problem.message


def test_a_build_with_everything_inside_installs(tmp_path: Path) -> None:
    found = judged(tmp_path, WHOLE)
    assert (found.reasons, found.warnings) == ((), ())


def allowing(identifier: str = "com.example.app.share", **changes: Any) -> bytes:
    entitlements = {"application-identifier": f"{TEAM}.{identifier}"}
    return apple.profile(changes.pop("kind", "ad-hoc"), **({"Entitlements": entitlements} | changes))


@pytest.mark.parametrize(
    ("share", "code", "words"),
    [
        (nested_files(SHARE, "org.other.share"), "nested-identifier", "must begin with “com.example.app.”"),
        (nested_files(SHARE, "com.example.apple"), "nested-identifier", "is “com.example.apple”"),
        (nested_files(SHARE, profile=None), "no-profile", "“PlugIns/Share.appex” has no readable"),
        ({f"{SHARE}/Share": b"x"}, "nested-incomplete", "no Info.plist"),
        (nested_files(SHARE) | {f"{SHARE}/Info.plist": b"<plist>"}, "nested-incomplete", "can be read"),
        (nested_files(SHARE, executable=apple.executable(signed=False)), "unsigned", "“PlugIns/Share.appex” is not"),
        (nested_files(SHARE, profile=allowing(kind="enterprise")), "nested-type", "for enterprise, that of the app"),
        (
            nested_files(SHARE, profile=allowing(TeamIdentifier=["OTHER12345"], ApplicationIdentifierPrefix=[TEAM])),
            "team-mismatch",
            "of the team OTHER12345, the app of ABCDE12345",
        ),
        (
            nested_files(SHARE, profile=allowing("com.example.app.other")),
            "profile-mismatch",
            "it is “com.example.app.sh",
        ),
        (
            nested_files(SHARE, profile=allowing(ProvisionedDevices=apple.DEVICES[:1])),
            "nested-devices",
            "lacks 1 of the 2 devices",
        ),
        (
            nested_files(SHARE, profile=allowing(ExpirationDate=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))),
            "expired",
            "“PlugIns/Share.appex” expired on 2026-03-01",
        ),
    ],
)
def test_one_thing_wrong_with_an_extension(tmp_path: Path, share: dict[str, bytes], code: str, words: str) -> None:
    found = judged(tmp_path, {name: data for name, data in WHOLE.items() if not name.startswith(SHARE)} | share)
    assert one(found.reasons)[0] == code
    assert words in found.reasons[0].message


def test_a_bundle_inside_a_watch_app_is_named_after_the_watch_app(tmp_path: Path) -> None:
    face = nested_files(f"{WATCH}/PlugIns/Face.appex", "com.example.app.face")
    code, message = one(judged(tmp_path, WHOLE | face).reasons)
    assert (code, "“com.example.app.watch.”" in message) == ("nested-identifier", True)


def test_more_devices_in_an_extension_do_no_harm(tmp_path: Path) -> None:
    profile = allowing(ProvisionedDevices=[*apple.DEVICES, "0" * 40])
    assert judged(tmp_path, nested_files(SHARE, profile=profile)).installable


@pytest.mark.parametrize(
    ("nested", "words"),
    [
        (nested_files(SHARE, info={"UIDeviceFamily": [1]}), "is not for ipad, the app is"),
        (nested_files(WATCH, "com.example.app.watch", info={"UIDeviceFamily": [1]}), "is a watch app, but"),
    ],
)
def test_device_families_that_do_not_fit_are_warned_of(tmp_path: Path, nested: dict[str, bytes], words: str) -> None:
    found = judged(tmp_path, nested)
    code, message = one(found.warnings)
    assert (code, words in message, found.installable) == ("nested-device-family", True, True)


def signed(**claims: Any) -> bytes:
    return apple.executable(entitlements={"application-identifier": f"{TEAM}.com.example.app"} | claims)


def allowed(**claims: Any) -> bytes:
    return apple.profile(Entitlements={"application-identifier": f"{TEAM}.com.example.app"} | claims)


@pytest.mark.parametrize(
    ("description", "code", "words"),
    [
        (
            {"executable": signed(**{"application-identifier": f"{TEAM}.org.x"})},
            "signature-mismatch",
            "as “ABCDE12345.or",
        ),
        (
            {"executable": signed(**{"application-identifier": "OTHER12345.com.example.app"})},
            "team-mismatch",
            "is signed by the team OTHER12345, its profile is of ABCDE12345",
        ),
        ({"executable": apple.executable(team="OTHER12345")}, "team-mismatch", "by the team OTHER12345"),
        (
            {"executable": apple.executable(signer=apple.signing_certificate("Apple Development: A. Person"))},
            "certificate-mismatch",
            "(Apple Development, until 2027-01-10)",
        ),
        (
            {"executable": signed(**{"aps-environment": "production"}), "profile": allowed()},
            "entitlement-missing",
            "does not allow: aps-environment",
        ),
        (
            {"executable": signed(**{f"com.apple.developer.x{n}": True for n in range(7)}), "profile": allowed()},
            "entitlement-missing",
            "com.apple.developer.x4 and 2 more",
        ),
    ],
)
def test_info_plist_signature_and_profile_disagree(
    tmp_path: Path, description: dict[str, Any], code: str, words: str
) -> None:
    found = judged(tmp_path, **description)
    assert one(found.reasons)[0] == code
    assert words in found.reasons[0].message


def test_a_signer_who_is_a_person_is_not_named(tmp_path: Path) -> None:
    signer = apple.signing_certificate("Apple Development: A. Person (XYZ)")
    path = write_ipa(tmp_path / "x.ipa", executable=apple.executable(signer=signer))
    assert "Person" not in repr(verdict(inspect_binary(path), apple.NOW)) + repr(inspect_binary(path))


def test_an_expired_signing_certificate_ends_a_build_whose_profile_lasts(tmp_path: Path) -> None:
    end = apple.NOW - dt.timedelta(days=1)
    name = "Apple Distribution: Example"
    profile = apple.profile(DeveloperCertificates=[apple.certificate(name, end), apple.certificate()])
    signer = apple.signing_certificate(name, end)
    found = judged(tmp_path, executable=apple.executable(signer=signer), profile=profile)
    assert one(found.reasons) == ("expired", "the signing certificate of the app expired on 2026-05-31")
    assert found.until == end


@pytest.mark.parametrize(
    ("claimed", "permitted"),
    [
        ({"com.apple.developer.associated-domains": ["applinks:a.example"]}, "*"),
        ({"keychain-access-groups": [f"{TEAM}.a", f"{TEAM}.b"]}, [f"{TEAM}.*", "com.apple.token"]),
        ({"com.apple.developer.icloud-container-environment": "Production"}, ["Development", "Production"]),
        ({"com.apple.developer.ubiquity-kvstore-identifier": f"{TEAM}.com.example.app"}, f"{TEAM}.*"),
        ({"get-task-allow": False}, True),
        ({"com.apple.security.application-groups": ["group.a"]}, ["group.a", "group.b"]),
    ],
)
def test_values_as_profiles_allow_them(tmp_path: Path, claimed: dict[str, Any], permitted: object) -> None:
    found = judged(tmp_path, executable=signed(**claimed), profile=allowed(**dict.fromkeys(claimed, permitted)))
    assert (found.reasons, found.warnings) == ((), ())


def test_what_claims_nothing_or_means_nothing_to_ios_may_be_missing(tmp_path: Path) -> None:
    claims = {"get-task-allow": False, "com.apple.developer.x": [], "com.apple.security.app-sandbox": True}
    found = judged(tmp_path, executable=signed(**claims), profile=allowed())
    assert (found.reasons, found.warnings) == ((), ())


def test_other_values_than_the_profile_allows_are_warned_of(tmp_path: Path) -> None:
    executable = signed(**{"aps-environment": "development"})
    found = judged(tmp_path, executable=executable, profile=allowed(**{"aps-environment": "production"}))
    code, message = one(found.warnings)
    assert (code, "aps-environment" in message, found.installable) == ("entitlement-excess", True, True)


def test_an_identifier_of_one_character_is_said(tmp_path: Path) -> None:
    profile = apple.profile(Entitlements={"application-identifier": f"{TEAM}.*", "aps-environment": "production"})
    found = judged(tmp_path, info=info_values(CFBundleIdentifier="a"), profile=profile)
    assert (one(found.warnings)[0], found.installable) == ("identifier-odd", True)


def test_a_version_longer_than_any_file_system_takes(tmp_path: Path) -> None:
    code, message = one(judged(tmp_path, info=info_values(CFBundleShortVersionString="1" * 300)).reasons)
    assert (code, "300 characters" in message) == ("text-too-long", True)


@pytest.mark.parametrize("name", ["Info.plist", "embedded.mobileprovision"])
def test_two_files_of_one_name_that_decide(tmp_path: Path, name: str) -> None:
    files = app_files()
    path = write_zip(tmp_path / "x.ipa", [*files.items(), (APP + name, files[APP + name])])
    code, message = one(verdict(inspect_binary(path), apple.NOW).reasons)
    assert (code, f"“{APP}{name}” twice" in message) == ("archive-duplicate", True)


def test_two_pictures_of_one_name_do_no_harm(tmp_path: Path) -> None:
    files = [*app_files().items(), (f"{APP}a.png", b"1"), (f"{APP}a.png", b"2")]
    assert verdict(inspect_binary(write_zip(tmp_path / "x.ipa", files)), apple.NOW).installable


def test_something_in_front_of_the_archive_is_said(tmp_path: Path) -> None:
    path = write_ipa(tmp_path / "x.ipa")
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    found = verdict(inspect_binary(path), apple.NOW)
    assert (one(found.warnings)[0], found.installable) == ("archive-prefix", True)
