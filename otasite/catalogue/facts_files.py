"""``<release>.facts.json``: what is inside of a release's binaries, beside its YAML, which stays pleasant that way.

``otasite add`` writes the file. Where a binary is in the project, what it says itself comes before it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from otasite.catalogue.model import Release
from otasite.catalogue.records import Platform
from otasite.facts.model import BuildFacts, ReleaseFacts
from otasite.problems import Findings, Location, Problem, ProblemsFound

ENDING: Final = ".facts.json"
#: Bytes of one file. Those of large apps have some 60 KiB; readers of binaries keep theirs below this.
MAX_BYTES: Final = 4 * 2**20
_SCHEMA: Final = 1

_decoder = msgspec.json.Decoder(ReleaseFacts)


def facts_path(source: str, release: str, index: int | None) -> str:
    """Where the facts of a release are: beside the file that says it, and named like it.

    Of several releases in one file each has its own, with its name in addresses.
    """
    stem = source.removesuffix(".yaml")
    return f"{stem}{ENDING}" if index is None else f"{stem}.{release}{ENDING}"


def parse_facts(data: bytes, path: str) -> ReleaseFacts:
    """The facts in a file. Raises :class:`ProblemsFound`."""
    reason = ""
    try:
        facts = _decoder.decode(data) if len(data) <= MAX_BYTES else ReleaseFacts()
        if len(data) > MAX_BYTES:
            reason = f"it is longer than {MAX_BYTES:,} bytes"
        elif facts.schema != _SCHEMA:
            reason = f"its schema is {facts.schema}, and this otasite knows {_SCHEMA}"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error)
    if reason:
        raise ProblemsFound(
            [
                Problem(
                    code="facts-unreadable",
                    message=f"this is no file of facts: {reason}",
                    hint="let `otasite add` write it again, or delete it: pages then show less",
                    location=Location(path),
                )
            ]
        )
    return facts


def written_facts(facts: ReleaseFacts) -> str:
    """The text of a file: one item a line, so that changes show in reviews."""
    return msgspec.json.format(msgspec.json.encode(facts), indent=1).decode() + "\n"


def with_platform(facts: ReleaseFacts | None, platform: Platform, own: BuildFacts) -> ReleaseFacts:
    """Facts of a release with those of one binary in place; the other binary's stay."""
    return msgspec.structs.replace(facts or ReleaseFacts(), **{platform: own})


def with_facts(release: Release, facts: ReleaseFacts, path: str, findings: Findings) -> Release:
    """The release with the facts of its binaries; those of another file are told, and left out."""
    known: dict[str, object] = {}
    for binary in release.binaries:
        own: BuildFacts | None = getattr(facts, binary.platform)
        if own is None:
            continue
        if not binary.file and binary.sha256 and own.sha256 != binary.sha256:
            findings.report(
                "facts-outdated",
                f"these are facts of another {binary.platform} binary than the release's: its sha256 differs",
                hint="let `otasite add` record the file again, or delete this one: pages then show less",
                at=Location(path),
            )
            continue
        known[binary.platform] = msgspec.structs.replace(binary, facts=own)
    return msgspec.structs.replace(release, **known) if known else release
