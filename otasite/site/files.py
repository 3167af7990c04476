"""What files that are published as they are say: digests of static files, and binaries against their YAML.

Nobody has to type what a binary already says, and no page promises what its binary cannot do: the facts of every
``file:`` binary are read from the file itself, and where the YAML says something else, that is an error.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from otasite.catalogue.files import place_in_release
from otasite.catalogue.model import App, Binary, Release, Signing
from otasite.catalogue.records import DeviceFamily, SigningType
from otasite.catalogue.sources import Sources
from otasite.problems import Findings, Problem, ProblemsFound

#: Before any profile's end: what a clock decides is the rule of ``check`` (:mod:`otasite.site.rules`).
_NO_CLOCK = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class BinaryFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a binary says, as far as the catalogue can say it too, and why it cannot be installed (``reasons``)."""

    identifier: str
    version: str
    build: str
    minimum_os: str
    device_family: tuple[DeviceFamily, ...]
    signing: SigningType | None
    team: str
    profile: str
    expires: dt.datetime | None
    devices: int | None
    size: int
    sha256: str
    chunk_size: int
    chunks: tuple[str, ...]
    reasons: tuple[Problem, ...]


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_binary(path: Path, shown_as: str) -> BinaryFacts:
    """Read a binary. Raises :class:`ProblemsFound` when it is none."""
    from otasite.binaries.inspect import inspect_binary
    from otasite.binaries.verdict import valid_until, verdict

    info = inspect_binary(path, shown_as=shown_as)
    profile = info.ios.profile if info.ios else None
    return BinaryFacts(
        identifier=info.identifier,
        version=info.version,
        build=info.build,
        minimum_os=info.minimum_os,
        device_family=info.device_family,
        signing=profile.type if profile else None,
        team=profile.team if profile else "",
        profile=profile.name if profile else "",
        expires=valid_until(info),
        devices=profile.devices if profile else None,
        size=info.size,
        sha256=info.sha256,
        chunk_size=info.chunk_size,
        chunks=info.chunks,
        reasons=verdict(info, _NO_CLOCK).reasons,
    )


def with_binary_facts(app: App, sources: Sources, findings: Findings) -> App:
    """The app with what its ``file:`` binaries say filled in, and every disagreement reported."""
    releases = tuple(_release(release, sources, findings) for release in app.releases)
    return msgspec.structs.replace(app, releases=releases) if releases != app.releases else app


def _release(release: Release, sources: Sources, findings: Findings) -> Release:
    changes = {
        binary.platform: _binary(release, binary, sources, findings) for binary in release.binaries if binary.file
    }
    return msgspec.structs.replace(release, **changes) if changes else release


def _binary(release: Release, binary: Binary, sources: Sources, findings: Findings) -> Binary:
    try:
        facts = sources.measure(binary.file, BinaryFacts, lambda path: read_binary(path, binary.file))
    except ProblemsFound as error:
        findings.extend(error.problems)
        return binary
    findings.extend(facts.reasons)
    for keys, written, true in _disagreements(binary, facts):
        findings.report(
            "binary-mismatch",
            f"{'.'.join(keys)} is {written} here, but {true} in {binary.file.rpartition('/')[2]}",
            hint="one of the two is of another build: correct this line, or let `otasite add` record the file again",
            at=place_in_release(sources, release, binary.platform, *keys),
        )
    return _filled(binary, facts)


def _disagreements(binary: Binary, facts: BinaryFacts) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Keys with what the YAML says and what the file says, where both say something else."""
    signing = binary.signing
    pairs: list[tuple[tuple[str, ...], object, object]] = [
        (("identifier",), binary.identifier, facts.identifier),
        (("version",), binary.version, facts.version),
        (("build",), binary.build, facts.build),
        (("minimum_os",), binary.minimum_os and _plain(binary.minimum_os), _plain(facts.minimum_os)),
        (("size",), binary.size, facts.size),
        (("sha256",), binary.sha256, facts.sha256),
        (("chunks",), binary.chunks, binary.chunks and facts.chunks),
        (("signing", "type"), signing.type, facts.signing),
        (("signing", "devices"), signing.devices, facts.devices),
        (("signing", "expires"), _day(signing.expires), _day(facts.expires)),
    ]
    for keys, written, true in pairs:
        if written and true and written != true:
            yield keys, _shown(written), _shown(true)


def _plain(version: str) -> str:
    """A version without trailing zeros: 16, 16.0 and 16.0.0 are one."""
    while version.endswith(".0"):
        version = version.removesuffix(".0")
    return version


def _day(moment: dt.datetime | None) -> str:
    return moment.strftime("%Y-%m-%d") if moment else ""


def _shown(value: object) -> str:
    return f"a list of {len(value)} hashes" if isinstance(value, tuple) else str(value)


def _filled(binary: Binary, facts: BinaryFacts) -> Binary:
    """The binary with everything that the YAML leaves to the file."""
    signing = binary.signing
    return msgspec.structs.replace(
        binary,
        identifier=binary.identifier or facts.identifier,
        minimum_os=binary.minimum_os or facts.minimum_os,
        device_family=binary.device_family or facts.device_family,
        size=facts.size,
        sha256=facts.sha256,
        chunk_size=facts.chunk_size,
        chunks=facts.chunks,
        signing=Signing(
            type=signing.type or facts.signing,
            team=signing.team or facts.team,
            team_id=signing.team_id,
            profile=signing.profile or facts.profile,
            expires=signing.expires or facts.expires,
            devices=signing.devices if signing.devices is not None else facts.devices,
        ),
    )
