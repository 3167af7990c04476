"""Facts of files that are published as they are: digests of static files, and what binaries measure."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from otasite.binaries.digests import digest_file
from otasite.catalogue.files import place_in_release
from otasite.catalogue.model import App, Binary, Release
from otasite.catalogue.sources import Sources
from otasite.problems import Findings, ProblemsFound


class Measured(msgspec.Struct, frozen=True):
    """Size in bytes, SHA-256 of the whole, and of each chunk as manifests want them."""

    size: int
    sha256: str
    chunk_size: int
    chunks: tuple[str, ...]


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def measure(path: Path) -> Measured:
    digests = digest_file(path)
    return Measured(digests.size, digests.sha256, digests.chunk_size, tuple(digests.chunks))


def with_measured_binaries(app: App, sources: Sources, findings: Findings) -> App:
    """The app with size and hashes of every ``file:`` binary taken from the file itself.

    Where the YAML says something else, that is a problem: one of the two is of another build.
    """
    releases = tuple(_measured_release(release, sources, findings) for release in app.releases)
    return msgspec.structs.replace(app, releases=releases) if releases != app.releases else app


def _measured_release(release: Release, sources: Sources, findings: Findings) -> Release:
    changes = {
        binary.platform: _measured_binary(release, binary, sources, findings)
        for binary in release.binaries
        if binary.file
    }
    return msgspec.structs.replace(release, **changes) if changes else release


def _measured_binary(release: Release, binary: Binary, sources: Sources, findings: Findings) -> Binary:
    try:
        found = sources.measure(binary.file, Measured, measure)
    except ProblemsFound as error:
        findings.extend(error.problems)
        return binary
    for key in ("size", "sha256"):
        written, true = getattr(binary, key), getattr(found, key)
        if written and written != true:
            findings.error(
                "binary-mismatch",
                f"{binary.platform}: {key} is {written} here, but {true} in {binary.file}",
                hint="the file was replaced after it was recorded: let `otasite add` record it again",
                at=place_in_release(sources, release, binary.platform, key),
            )
    return msgspec.structs.replace(
        binary, size=found.size, sha256=found.sha256, chunk_size=found.chunk_size, chunks=found.chunks
    )
