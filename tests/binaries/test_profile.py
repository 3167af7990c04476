"""Provisioning profiles: really signed ones of each kind, and all the broken shapes people have."""

from __future__ import annotations

import datetime as dt
import plistlib

import msgspec
import pytest

from otasite.binaries.profile import open_profile, read_profile
from otasite.binaries.unreadable import Unreadable
from tests.binaries import apple


@pytest.mark.parametrize("kind", ["ad-hoc", "development", "enterprise", "app-store"])
def test_each_kind_is_told_apart(kind: str) -> None:
    assert read_profile(apple.profile(kind)).type == kind


def test_everything_a_profile_says() -> None:
    profile = read_profile(apple.profile())
    assert profile.container == "cms"
    assert profile.name == "Example ad-hoc"
    assert profile.team == "Example GmbH"
    assert profile.team_ids == profile.prefixes == (apple.TEAM,)
    assert profile.app_id == f"{apple.TEAM}.com.example.app"
    assert profile.created == apple.CREATED
    assert profile.expires == apple.EXPIRES
    assert profile.devices == 2
    assert [certificate.kind for certificate in profile.certificates] == ["iPhone Distribution"]
    assert profile.certificates[0].expires == apple.EXPIRES


def test_devices_never_leave_with_the_facts() -> None:
    data = apple.profile()
    assert open_profile(data).devices == set(apple.DEVICES)
    text = msgspec.json.encode(read_profile(data)).decode() + repr(read_profile(data))
    assert not any(device in text for device in apple.DEVICES)


def test_mac_development_profiles_lack_the_key_that_marks_development() -> None:
    assert read_profile(apple.profile("ad-hoc", Platform=["OSX"])).type == "development"


def test_enterprise_wins_over_a_device_list() -> None:
    assert read_profile(apple.profile("ad-hoc", ProvisionsAllDevices=True)).type == "enterprise"


def test_missing_keys_are_empty() -> None:
    profile = read_profile(apple.signed(plistlib.dumps({"Name": "Bare", "UUID": "x", "Entitlements": {}})))
    assert (profile.name, profile.team, profile.team_ids, profile.expires) == ("Bare", "", (), None)
    assert profile.devices is None


@pytest.mark.parametrize(
    "values",
    [
        {"itemName": "Example", "bundleDisplayName": "Example", "kind": "software"},
        {"Name": "Example", "UUID": "x"},
        {"Entitlements": {"get-task-allow": True}},
        {"Entitlements": [], "UUID": "x", "ExpirationDate": apple.EXPIRES.replace(tzinfo=None)},
    ],
    ids=["iTunesMetadata", "no entitlements", "entitlements alone", "a list of entitlements"],
)
def test_a_property_list_that_is_no_profile_does_not_pass_as_one(values: dict[str, object]) -> None:
    with pytest.raises(Unreadable, match="no profile"):
        read_profile(apple.signed(plistlib.dumps(values)))


@pytest.mark.parametrize(
    ("data", "container"),
    [
        (plistlib.dumps(apple.profile_values()), "plist"),
        (plistlib.dumps(apple.profile_values(), fmt=plistlib.FMT_BINARY), "plist"),
        (plistlib.dumps(apple.profile_values()).partition(b"\n")[2], "plist"),
        (b"\x30\x82junk" + plistlib.dumps(apple.profile_values()) + b"more junk", "slice"),
        (
            b"junk" + plistlib.dumps(apple.profile_values()).partition(b"<plist")[2].join([b"<plist", b"junk"]),
            "slice",
        ),
        (apple.signed(plistlib.dumps(apple.profile_values(), fmt=plistlib.FMT_BINARY)), "cms"),
        (apple.profile()[:-400], "slice"),
    ],
    ids=["bare", "binary", "no declaration", "wrapped in junk", "no declaration in junk", "binary inside", "cut off"],
)
def test_wrappings_that_real_profiles_have(data: bytes, container: str) -> None:
    profile = read_profile(data)
    assert (profile.type, profile.container) == ("ad-hoc", container)


def test_broken_base64_costs_only_its_own_value() -> None:
    data = plistlib.dumps(apple.profile_values())
    profile = read_profile(data.replace(b"<key>Entitlements", b"<key>Icon</key><data>A</data><key>Entitlements"))
    assert (profile.name, len(profile.certificates)) == ("Example ad-hoc", 1)


def test_a_broken_certificate_costs_only_itself() -> None:
    profile = read_profile(apple.profile(DeveloperCertificates=[b"junk", apple.certificate(), "text"]))
    assert len(profile.certificates) == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"junk", b"<?xml", b"</plist><?xml", apple.signed(b"no list"), b"0\x80" * 9],
    ids=["empty", "junk", "only a declaration", "the wrong way round", "signed junk", "nested without end"],
)
def test_no_list_at_all(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_profile(data)


def test_the_last_certificate_can_end_a_profile_early() -> None:
    early = apple.EXPIRES - dt.timedelta(days=100)
    name = "Apple Distribution: Example"
    both = read_profile(apple.profile(DeveloperCertificates=[apple.certificate(name, early), apple.certificate()]))
    one = read_profile(apple.profile(DeveloperCertificates=[apple.certificate(name, early)]))
    none = read_profile(apple.profile(DeveloperCertificates=[]))
    assert both.valid_until == none.valid_until == apple.EXPIRES
    assert one.valid_until == early
