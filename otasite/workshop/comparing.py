"""Two builds side by side: releases of a project, or files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec

from otasite.binaries.inspect import inspect_binary
from otasite.catalogue.facts_files import ENDING, facts_path, parse_facts
from otasite.catalogue.model import App, Binary, Release
from otasite.catalogue.records import Platform
from otasite.facts.difference import Change, difference
from otasite.facts.model import BuildFacts, ReleaseFacts
from otasite.problems import Refused, suggest
from otasite.workshop.workshop import Workshop

#: Seconds that git may take to name changed files.
_GIT_SECONDS = 60


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of two builds. ``name`` is what people call it; ``source`` the file of the project that says it."""

    name: str
    facts: ReleaseFacts
    source: str = ""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How two builds for one platform differ. ``before`` and ``after`` are their names."""

    platform: Platform
    before: str
    after: str
    source: str = ""
    changes: tuple[Change, ...] = ()


def compared(before: Side, after: Side) -> Iterator[Comparison]:
    """The differences for each platform that both sides have. Raises :class:`Refused` when there is none."""
    pairs = [
        (platform, getattr(before.facts, platform), getattr(after.facts, platform)) for platform in get_args(Platform)
    ]
    both = [(platform, old, new) for platform, old, new in pairs if old is not None and new is not None]
    if not both:
        raise Refused(f"{before.name} and {after.name} are not for the same platform", "compare two .ipa or two .apk")
    for platform, old, new in both:
        changes = difference(old, new)
        yield Comparison(
            platform=platform, before=before.name, after=after.name, source=after.source, changes=changes
        )


def file_side(path: Path) -> Side:
    """A binary, or a file of facts. Raises ProblemsFound when it is neither."""
    name = path.as_posix()
    if path.name.endswith(ENDING):
        return Side(name=name, facts=parse_facts(path.read_bytes(), name), source=name)
    info = inspect_binary(path, shown_as=name)
    is_android = info.os == "android"
    facts = ReleaseFacts(android=info.facts) if is_android else ReleaseFacts(ios=info.facts)
    return Side(name=name, facts=facts, source=name)


class Releases:
    """Releases of one project, as sides of comparisons."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self._read: dict[Path, BuildFacts | None] = {}

    def find(self, name: str) -> tuple[App, Release]:
        """The release ``app/release``. Raises :class:`Refused` when there is none."""
        app_name, _, release_name = name.strip("/").partition("/")
        app = self.workshop.unit(app_name).app
        for release in app.releases:
            if release.id.lower() == release_name.lower():
                return app, release
        known = [release.id for release in app.releases]
        hint = suggest(release_name, known) or f"there are: {', '.join(known[:10]) or 'none'}"
        raise Refused(f"the app “{app.id}” has no release “{release_name}”", hint)

    def side(self, app: App, release: Release) -> Side:
        """A release. Raises :class:`Refused` when nothing is known of what is inside of it."""
        facts = self.facts(release)
        name = _name(app, release)
        if facts.ios is None and facts.android is None:
            raise Refused(f"nothing says what is inside of {name}", "let `otasite add` record its binary again")
        return Side(name=name, facts=facts, source=release.source)

    def facts(self, release: Release) -> ReleaseFacts:
        """What is known of a release: what its binary says, where it is in the project, else its file of facts."""
        return ReleaseFacts(ios=self._facts(release.ios), android=self._facts(release.android))

    def _facts(self, binary: Binary | None) -> BuildFacts | None:
        if binary is None:
            return None
        path = self.workshop.project.root / binary.file
        if binary.file and path.is_file():
            if path not in self._read:  # each is the later one of a pair, and the earlier one of the next
                self._read[path] = inspect_binary(path, shown_as=binary.file).facts
            return self._read[path]
        return binary.facts

    def steps(self, app: App, release: Release) -> Iterator[Comparison]:
        """How a release differs, for each platform, from the one that came before it in its channel.

        Releases of whose insides nothing is known are passed over: there may be no step at all.
        """
        older = app.releases[app.releases.index(release) + 1 :]
        same = [other for other in older if other.channel == release.channel and not other.draft]
        for platform in get_args(Platform):
            new = self._facts(getattr(release, platform))
            if new is None:
                continue
            for other in same:
                old = self._facts(getattr(other, platform))
                if old is not None:
                    yield Comparison(
                        platform=platform,
                        before=_name(app, other),
                        after=_name(app, release),
                        source=release.source,
                        changes=difference(old, new),
                    )
                    break

    def changed_since(self, revision: str) -> Iterator[tuple[App, Release]]:
        """Releases whose files differ from those of a revision in git, or are new."""
        changed = _changed_files(self.workshop.project.root, revision)
        for app in self.workshop.apps:
            for release in app.releases:
                own = {facts_path(release.source, release.id, release.index)}
                own |= {release.source} if release.index is None else set()
                if own & changed:
                    yield app, release


def _name(app: App, release: Release) -> str:
    return f"{app.id}/{release.id}"


def _changed_files(root: Path, revision: str) -> set[str]:
    """Paths in a project, which need not be the top of its repository; also of files that nobody added to git yet."""
    git = ["git", "-C", str(root)]
    differ = [*git, "diff", "--name-only", "--relative", "-z", "--end-of-options", revision, "--"]
    new = [*git, "ls-files", "--others", "--exclude-standard", "-z"]
    try:
        said = b"".join(
            subprocess.run(command, capture_output=True, check=True, timeout=_GIT_SECONDS).stdout  # noqa: S603
            for command in (differ, new)
        )
    except (OSError, subprocess.SubprocessError) as error:
        trouble = getattr(error, "stderr", b"") or str(error).encode()
        reason = trouble.decode("utf-8", "replace").strip().splitlines()[:1]
        message = f"git does not compare with “{revision}”: {''.join(reason)}"
        raise Refused(message, "name a revision that it has") from None
    return {name for name in said.decode("utf-8", "replace").split("\0") if name}
