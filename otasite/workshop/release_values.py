"""What a binary's facts become in YAML, in the order in which a release reads well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from otasite.binaries.info import BinaryInfo
from otasite.binaries.verdict import valid_until
from otasite.typed_yaml.writing import Value

if TYPE_CHECKING:
    from otasite.binaries.device_check import DeviceHashes

_OS_VERSION = re.compile(r"\d+(\.\d+)*")


def binary_values(info: BinaryInfo, place: tuple[str, str] | None, identifier: str) -> dict[str, Value]:
    """The ``ios:`` or ``android:`` block. ``place`` is ``file`` or ``url`` with its value, None to leave it as it is.

    ``identifier`` is the app's own, which needs no repeating.
    """
    values: dict[str, Value] = dict([place]) if place else {}
    if info.identifier != identifier:
        values["identifier"] = info.identifier
    values |= {
        "size": info.size,
        "sha256": info.sha256,
        "chunk_size": info.chunk_size,
        "chunks": info.chunks,
    }
    if _OS_VERSION.fullmatch(info.minimum_os):
        values["minimum_os"] = info.minimum_os
    if info.device_family:
        values["device_family"] = info.device_family
    if signing := _signing_values(info):
        values["signing"] = signing
    return values


def device_check_values(hashes: DeviceHashes) -> dict[str, Value]:
    return {"salt": hashes.salt, "iterations": hashes.iterations, "hashes": hashes.hashes}


def _signing_values(info: BinaryInfo) -> dict[str, Value]:
    profile = info.ios.profile if info.ios else None
    if profile is None:
        return {}
    until = valid_until(info)
    values: dict[str, Value | None] = {
        "type": profile.type,
        "team": profile.team,
        "team_id": profile.team_ids[0] if profile.team_ids else "",
        "profile": profile.name,
        "expires": f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else "",
        "devices": profile.devices,
    }
    return {key: value for key, value in values.items() if value is not None and value != ""}
