"""Kilobytes must never cost gigabytes or minutes: each attack has its answer, and ceilings on what that took."""

from __future__ import annotations

import plistlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.binaries import apks, apple, attacks, bundles_aab, picture_attacks
from tests.binaries.attacks import MEBIBYTE
from tests.binaries.ipas import info_values
from tests.binaries.measuring import NEEDS_PROC, measured

pytestmark = pytest.mark.thorough

#: Bytes and seconds of the processor; the largest honest apps take 80 MiB and one second.
MEMORY, SECONDS = 200 * MEBIBYTE, 10

LABELLED = apks.manifest(application={"label": apks.Ref(0x7F010000)})

IPAS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "an entry in bzip2": (attacks.packed_otherwise, "archive-compression"),
    "an entry in LZMA": (
        lambda path: attacks.other_compression(path, zipfile.ZIP_LZMA, 100 * MEBIBYTE),
        "archive-compression",
    ),
    "extra fields": (lambda path: attacks.long_extra_fields(path, 500), "archive-too-large"),
    "a hundred executables": (attacks.many_executables, "com.example.app {size} 0 archive-bomb archive-bomb"),
    "text that is shared": (
        lambda path: attacks.ipa(path, {"Info.plist": attacks.shared_text()}),
        "plist-unreadable",
    ),
    "an array that is shared": (
        lambda path: attacks.ipa(path, {"Info.plist": attacks.shared_array()}),
        "plist-unreadable",
    ),
    "many values": (lambda path: attacks.ipa(path, {"Info.plist": attacks.many_values()}), "plist-unreadable"),
    "many languages": (attacks.strings_in_many_languages, "com.example.app {size} 0"),
    "many profiles": (
        attacks.profiles_everywhere,
        "com.example.app {size} 0 nested-too-many" + " profile-unreadable" * 6,
    ),
    "a signature of certificates": (
        lambda path: attacks.ipa(path, {"embedded.mobileprovision": attacks.certificates_without_end(500_000)}),
        "com.example.app {size} 0 profile-unreadable",
    ),
    "a certificate of names": (
        lambda path: attacks.ipa(
            path,
            {"embedded.mobileprovision": apple.profile(DeveloperCertificates=[attacks.name_without_end(30_000)])},
        ),
        "com.example.app {size} 0",
    ),
}
APKS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "attributes over one another": (
        lambda path: attacks.apk(path, attacks.attributes_over_one_another()),
        "manifest-unreadable",
    ),
    "long texts that are shared": (
        lambda path: attacks.apk(path, attacks.long_texts_shared()),
        "manifest-unreadable",
    ),
    "tiny parts": (lambda path: attacks.apk(path, attacks.parts_of_eight_bytes()), "manifest-unreadable"),
    "references in circles": (
        lambda path: attacks.apk(path, attacks.labelled(), attacks.references_in_circles()),
        "com.example.app {size} 0",
    ),
    "references through many types": (
        lambda path: attacks.apk(path, attacks.labelled(), attacks.references_through_many_types()),
        "com.example.app {size} 0",
    ),
    "tables of nothing": (
        lambda path: attacks.apk(path, attacks.labelled(), attacks.tables_of_nothing()),
        "com.example.app {size} 0 resources-unreadable",
    ),
    "certificates in META-INF": (
        lambda path: apks.write_apk(path, apks.jar_signature(attacks.certificates_without_end(7_000_000))),
        "com.example.app {size} 0",
    ),
    "elements of a bundle inside each other": (
        lambda path: attacks.aab(path, attacks.nested_messages(20_000)),
        "manifest-unreadable",
    ),
    "many elements of a bundle": (
        lambda path: attacks.aab(path, attacks.many_messages(1_900_000)),
        "manifest-unreadable",
    ),
    "entries of a bundle's table": (
        lambda path: attacks.aab(path, bundles_aab.xml_node(LABELLED), attacks.entries_of_one_number(450_000)),
        "com.example.app {size} 0",
    ),
    "an APK that is mostly nothing": (attacks.large_member, "archive-bomb"),
    "blocks of signatures": (lambda path: attacks.signing_block(path, 600_000), "com.example.app {size} 0"),
}


@NEEDS_PROC
@pytest.mark.parametrize("attack", [*IPAS, *APKS])
def test_small_files_cost_little(tmp_path: Path, attack: str) -> None:
    make, answer = (IPAS | APKS)[attack]
    path = make(tmp_path / "Example.ipa")
    assert path.stat().st_size < 34 * MEBIBYTE
    printed, peak, seconds = measured(path)
    assert printed == answer.format(size=path.stat().st_size)
    assert peak < MEMORY
    assert seconds < SECONDS


@NEEDS_PROC
@pytest.mark.parametrize("attack", picture_attacks.ATTACKS)
def test_small_pictures_cost_little(tmp_path: Path, attack: str) -> None:
    path = picture_attacks.ATTACKS[attack](tmp_path / "Example.ipa")
    assert path.stat().st_size < 8 * MEBIBYTE
    printed, peak, seconds = measured(path)
    assert printed == f"com.example.app {path.stat().st_size} 0", "an app is readable whatever its icon is"
    assert peak < MEMORY
    assert seconds < SECONDS


def test_the_same_lists_are_read_when_they_are_honest(tmp_path: Path) -> None:
    """Values that repeat are one object in a binary list: that alone is no attack."""
    values = info_values(Long=["the same text in every place"] * 5000)
    path = attacks.ipa(tmp_path / "Example.ipa", {"Info.plist": plistlib.dumps(values, fmt=plistlib.FMT_BINARY)})
    assert measured(path).printed.startswith("com.example.app ")
