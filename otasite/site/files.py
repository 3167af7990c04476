"""What files that are published as they are say: digests of static files, and binaries against their YAML.

Nobody has to type what a binary already says, and no page promises what its binary cannot do: the facts of every
``file:`` binary are read from the file itself, and where the YAML says something else, that is an error.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from otasite.catalogue.facts_files import facts_path
from otasite.catalogue.files import place_in_release
from otasite.catalogue.model import App, Binary, MeasuredBinary, Release, Signing, shared
from otasite.catalogue.sources import Sources
from otasite.problems import Findings, Location, Problem, ProblemsFound
from otasite.site.artifacts import Artifact, Kind

if TYPE_CHECKING:
    from otasite.binaries.info import BinaryInfo

#: Before any profile's end: what a clock decides is the rule of ``check`` (:mod:`otasite.site.rules`).
_NO_CLOCK = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


#: What a file can only be measured for, and never disagrees about once it is the right file.
_MEASURED = frozenset({"size", "sha256", "chunk_size", "chunks", "facts"})
#: Families may be narrower in YAML than in the file, and names of teams and profiles are only shown.
_NOT_COMPARED = {"url", "device_family", "chunk_size", "signing", "facts"}
_COMPARED = tuple(name for name in MeasuredBinary.__struct_fields__ if name not in _NOT_COMPARED)
_COMPARED_SIGNING = ("type", "devices", "expires")


class BinaryFacts(MeasuredBinary, frozen=True, kw_only=True):
    """What a binary says, as far as the catalogue can say it too, and why it cannot be installed (``reasons``)."""

    reasons: tuple[Problem, ...] = ()


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_artifact(path: str, source: str, sources: Sources, *, kind: Kind) -> Artifact:
    """A file taken over as it is; its stamp stands for its content until that is in doubt."""
    return Artifact(
        path=path,
        kind=kind,
        inputs=sources.measure(source, str, file_digest),
        source=source,
        copy=sources.root / source,
    )


def read_binary(path: Path, shown_as: str) -> BinaryFacts:
    """Read a binary. Raises :class:`ProblemsFound` when it is none."""
    from otasite.binaries.inspect import inspect_binary
    from otasite.binaries.verdict import verdict

    info = inspect_binary(path, shown_as=shown_as)
    return facts_of(info, verdict(info, _NO_CLOCK).reasons)


def facts_of(info: BinaryInfo, reasons: tuple[Problem, ...] = ()) -> BinaryFacts:
    """What was read from a binary, in the words of the catalogue."""
    from otasite.binaries.verdict import valid_until

    profile = info.ios.profile if info.ios else None
    given = shared(profile, Signing) | {"expires": valid_until(info)}
    if profile is not None:
        given |= {"team_id": profile.team_ids[0] if profile.team_ids else "", "profile": profile.name}
    signing = Signing(**given)
    return BinaryFacts(**shared(info, MeasuredBinary), signing=signing, reasons=reasons)


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
    if binary.facts is not None and binary.facts != facts.facts:
        findings.report(
            "facts-outdated",
            f"this is not what {binary.file.rpartition('/')[2]} says now: pages show what is in the file itself",
            hint=f"let otasite write it again: otasite add {binary.file}",
            at=Location(facts_path(release.source, release.id, release.index)),
        )
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
    pairs: list[tuple[tuple[str, ...], Any, Any]] = [
        ((name,), getattr(binary, name), getattr(facts, name)) for name in _COMPARED
    ]
    pairs += [
        (("signing", name), getattr(binary.signing, name), getattr(facts.signing, name)) for name in _COMPARED_SIGNING
    ]
    for keys, written, true in pairs:
        ours, theirs = _comparable(keys[-1], written), _comparable(keys[-1], true)
        if ours and theirs and ours != theirs:
            yield keys, _shown(ours), _shown(theirs)


def _comparable(name: str, value: Any) -> object:
    if isinstance(value, dt.datetime):
        return _day(value)
    return _plain(value) if name == "minimum_os" else value


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
    """The binary with everything that the YAML leaves to the file. What is measured counts before what is written."""
    written = {name: getattr(binary, name) for name in MeasuredBinary.__struct_fields__ if name not in _MEASURED}
    values = shared(facts, MeasuredBinary) | {name: value for name, value in written.items() if value}
    signing = shared(facts.signing, Signing) | {
        name: value for name, value in shared(binary.signing, Signing).items() if value not in ("", None)
    }
    return msgspec.structs.replace(binary, **values | {"signing": Signing(**signing)})
