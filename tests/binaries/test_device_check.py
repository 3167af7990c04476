"""Device hashes: what a page needs to answer “is this device in the build?”, and nothing that tells more."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from otasite.binaries.device_check import device_hashes, hash_devices, normalised
from otasite.problems import ProblemsFound
from tests.binaries import apple
from tests.binaries.ipas import write_ipa
from tests.binaries.zips import write_zip

SALT = bytes(range(16))


def expected(device: str, iterations: int) -> str:
    return hashlib.pbkdf2_hmac("sha256", device.encode(), SALT, iterations, 32).hex()


@pytest.mark.parametrize(
    "pasted",
    [
        "00008030-001A2B3C4D5E6F70",
        "00008030001a2b3c4d5e6f70",
        " 00008030–001A2B3C4D5E6F70\n",
        "0000:8030:001A2B3C4D5E6F70",
    ],
)
def test_every_way_to_paste_an_identifier(pasted: str) -> None:
    assert normalised(pasted) == "00008030001a2b3c4d5e6f70"


def test_hashes_are_those_a_browser_computes() -> None:
    found = hash_devices(apple.DEVICES, SALT, 10)
    assert found.salt == SALT.hex()
    assert found.iterations == 10
    assert found.hashes == tuple(sorted(expected(normalised(device), 10) for device in apple.DEVICES))


def test_a_device_listed_twice_counts_once() -> None:
    assert len(hash_devices(["AB-CD", "abcd"], SALT, 1).hashes) == 1


def test_from_a_file(tmp_path: Path) -> None:
    path = write_ipa(tmp_path / "x.ipa")
    found = device_hashes(path, salt=SALT, iterations=5)
    assert found == hash_devices(apple.DEVICES, SALT, 5)
    assert not any(device in repr(found) for device in apple.DEVICES)


def test_each_call_has_its_own_salt(tmp_path: Path) -> None:
    path = write_ipa(tmp_path / "x.ipa")
    first, second = device_hashes(path, iterations=1), device_hashes(path, iterations=1)
    assert first is not None and second is not None
    assert len(bytes.fromhex(first.salt)) == 16
    assert first.salt != second.salt and not set(first.hashes) & set(second.hashes)


def test_a_build_for_everyone_has_no_list(tmp_path: Path) -> None:
    assert device_hashes(write_ipa(tmp_path / "x.ipa", profile=apple.profile("enterprise"))) is None
    assert device_hashes(write_ipa(tmp_path / "x.ipa", profile=None)) is None
    assert device_hashes(write_zip(tmp_path / "x.apk", {"AndroidManifest.xml": b""})) is None


def test_an_unreadable_profile_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as caught:
        device_hashes(write_ipa(tmp_path / "x.ipa", profile=b"junk"))
    assert caught.value.problems[0].code == "profile-unreadable"
