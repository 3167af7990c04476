"""The verdict: every reason why a phone would refuse, and the builds it takes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from otasite.binaries.inspect import inspect_binary
from otasite.binaries.verdict import Verdict, verdict
from tests.binaries import apple
from tests.binaries.ipas import info_values, nested_files, write_ipa

DAY = dt.timedelta(days=1)


def judged(place: Path, *, now: dt.datetime = apple.NOW, extra: Any = None, **description: Any) -> Verdict:
    return verdict(inspect_binary(write_ipa(place / "Example.ipa", extra, **description)), now)


def reasons(found: Verdict) -> list[str]:
    return [reason.code for reason in found.reasons]


@pytest.mark.parametrize(
    ("kind", "audience", "devices"),
    [
        ("ad-hoc", "registered-devices", 2),
        ("development", "registered-devices", 2),
        ("enterprise", "organisation", None),
    ],
)
def test_builds_that_install(tmp_path: Path, kind: str, audience: str, devices: int | None) -> None:
    found = judged(tmp_path, profile=apple.profile(kind))
    assert found.installable and not found.reasons
    assert (found.audience, found.devices) == (audience, devices)
    assert found.until == apple.EXPIRES


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ({"profile": apple.profile("app-store")}, ["store-build"]),
        ({"info": info_values(CFBundleSupportedPlatforms=["iPhoneSimulator"])}, ["simulator-build"]),
        ({"info": info_values(CFBundleSupportedPlatforms=["AppleTVOS"])}, ["not-for-iphone"]),
        ({"info": info_values(ITSWatchOnlyContainer=True)}, ["not-for-iphone"]),
        ({"sealed": False}, ["unsigned"]),
        ({"executable": apple.executable(signed=False)}, ["unsigned"]),
        ({"sealed": False, "profile": None}, ["unsigned"]),
        ({"profile": None}, ["no-profile"]),
        ({"executable": apple.executable(encrypted=True), "profile": None}, ["fairplay"]),
        ({"folder": "Example/Payload/Example.app/"}, ["payload-too-deep"]),
        ({"profile": apple.profile(ProvisionedDevices=[])}, ["no-devices"]),
        ({"info": info_values(CFBundleIdentifier="com.example.other")}, ["profile-mismatch"]),
        ({"info": info_values(CFBundleVersion="$(BUILD)")}, ["unexpanded-build-setting"]),
    ],
)
def test_builds_that_do_not(tmp_path: Path, description: dict[str, Any], expected: list[str]) -> None:
    found = judged(tmp_path, **description)
    assert reasons(found) == expected
    assert (found.installable, found.audience) == (False, "nobody")
    assert all(reason.hint for reason in found.reasons)


def test_expiry_is_judged_by_the_given_moment(tmp_path: Path) -> None:
    assert judged(tmp_path, now=apple.EXPIRES - DAY).installable
    assert reasons(judged(tmp_path, now=apple.EXPIRES)) == ["expired"]


def test_an_extension_that_expires_earlier_ends_the_build(tmp_path: Path) -> None:
    end = apple.EXPIRES - 30 * DAY
    extra = {
        **nested_files("PlugIns/Share.appex"),
        "PlugIns/Share.appex/embedded.mobileprovision": apple.profile(
            ExpirationDate=end.replace(tzinfo=None),
            Entitlements={"application-identifier": f"{apple.TEAM}.*"},
        ),
    }
    found = judged(tmp_path, now=end + DAY, extra=extra)
    assert (found.until, reasons(found)) == (end, ["expired"])
    assert "PlugIns/Share.appex" in found.reasons[0].message


def test_an_expired_certificate_ends_the_build(tmp_path: Path) -> None:
    end = apple.NOW - DAY
    name = "Apple Distribution: Example"
    signer = apple.signing_certificate(name, end)
    found = judged(
        tmp_path,
        profile=apple.profile(DeveloperCertificates=[apple.certificate(name, end), apple.certificate()]),
        executable=apple.executable(signer=signer),
    )
    assert (found.until, reasons(found)) == (end, ["expired"])
    assert "certificate" in found.reasons[0].message


@pytest.mark.parametrize(
    ("app_id", "covered"),
    [
        ("com.example.app", True),
        ("com.example.*", True),
        ("*", True),
        ("com.example", False),
        ("com.Example.app", False),
    ],
)
def test_which_identifiers_a_profile_covers(tmp_path: Path, app_id: str, covered: bool) -> None:
    profile = apple.profile(
        Entitlements={
            "application-identifier": f"{apple.TEAM}.{app_id}",
            "aps-environment": "production",
        }
    )
    assert judged(tmp_path, profile=profile).installable is covered


def test_reasons_name_the_file(tmp_path: Path) -> None:
    path = write_ipa(tmp_path / "Example.ipa", profile=None)
    reason = verdict(inspect_binary(path, shown_as="binaries/Example.ipa"), apple.NOW).reasons[0]
    assert str(reason.location) == "binaries/Example.ipa"
