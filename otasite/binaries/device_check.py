"""Hashes by which a page can tell a tester whether a device is in a build, without publishing the list.

A device identifier (UDID) is personal data, so the page gets one PBKDF2-HMAC-SHA-256 hash for each. The tester's
browser hashes what the tester pastes with the same salt and looks for it; nothing is sent anywhere.

What this protects, and what not: who knows an identifier can always learn that it is in the build; that is the
purpose. Who does not has to guess. Identifiers since 2018 hold a chip number and some 50 bits that are hard to
predict; at :data:`ITERATIONS` a graphics card tries some 10,000 a second, so guessing one takes thousands of years.
Old identifiers are SHA-1 values and cannot be guessed at all. The salt differs by release, so hashes of two
releases cannot be compared.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from otasite.binaries import ipa
from otasite.binaries.archive import Archive
from otasite.binaries.budget import ceiling
from otasite.binaries.profile import MAX_PROFILE_BYTES, open_profile
from otasite.binaries.unreadable import Unreadable

#: Rounds of PBKDF2. A phone's WebCrypto does this once in about a tenth of a second; `add` pays for each device.
ITERATIONS = 200_000
#: Random bytes of salt for each release.
SALT_BYTES = 16
HASH_BYTES = 32


class DeviceHashes(msgspec.Struct, frozen=True):
    """Salt and hashes in lower-case hex; hashes are sorted, so that their order says nothing either."""

    salt: str
    iterations: int
    hashes: tuple[str, ...]


def device_hashes(
    path: Path, *, shown_as: str = "", salt: bytes | None = None, iterations: int = ITERATIONS
) -> DeviceHashes | None:
    """Hash the devices registered in an .ipa's profile; None when its profile has no list of devices.

    ``salt`` is fresh and random unless given. Raises ProblemsFound for an unreadable file or profile.
    """
    shown_as = shown_as or path.name
    with ceiling(shown_as), Archive(path, shown_as) as archive:
        app = ipa.find_app(archive)
        name = f"{app.contents}embedded.mobileprovision" if app else ""
        if not archive.has(name):
            return None
        try:
            devices = open_profile(archive.read(name, MAX_PROFILE_BYTES)).devices
        except Unreadable as error:
            archive.fail("profile-unreadable", f"the profile cannot be read because {error}")
    return hash_devices(devices, salt or os.urandom(SALT_BYTES), iterations) if devices else None


def hash_devices(devices: Iterable[str], salt: bytes, iterations: int = ITERATIONS) -> DeviceHashes:
    """Hash identifiers, on all processors: hashlib lets go of the interpreter lock."""

    def hashed(device: str) -> str:
        return hashlib.pbkdf2_hmac("sha256", device.encode(), salt, iterations, HASH_BYTES).hex()

    distinct = {normalised(device) for device in devices}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        hashes = tuple(sorted(pool.map(hashed, distinct)))
    return DeviceHashes(salt=salt.hex(), iterations=iterations, hashes=hashes)


def normalised(device: str) -> str:
    """The form that is hashed: lower-case hex digits only, since people paste with dashes, spaces or capitals.

    The page's script does the same: ``text.toLowerCase().replace(/[^0-9a-f]/g, "")``.
    """
    return "".join(character for character in device.lower() if character in "0123456789abcdef")
