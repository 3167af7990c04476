"""All apps of the running preview: which there are, whose files changed, which of them an address belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from otasite.catalogue.sources import Sources
from otasite.hosts.headers import UNLISTED_PREFIX
from otasite.memory import Memory
from otasite.preview.live_app import LiveApp
from otasite.preview.watch import Changes
from otasite.problems import Problem
from otasite.site.published import AppDigest
from otasite.workshop.assembly import Assembly


class LiveApps:
    """The apps by name. What is known of an app is kept while its file is the same."""

    def __init__(self, memory: Memory, root: Path) -> None:
        self._memory = memory
        self._root = root
        self.by_name: dict[str, LiveApp] = {}

    def __iter__(self) -> Iterator[LiveApp]:
        return iter(tuple(self.by_name.values()))

    def __len__(self) -> int:
        return len(self.by_name)

    def follow(self, assembly: Assembly) -> None:
        """Take the apps that the project has now; those that stay keep what is known of them."""
        apps = {}
        for source in assembly.apps:
            known = self.by_name.get(source.id)
            if known is None or known.source != source:
                known = LiveApp(source, self._memory, self._root)
            apps[source.id] = known
        self.by_name = apps

    def forget(self, changes: Changes, sources: Sources) -> list[str]:
        """Forget what is known of apps whose files changed; returns their names."""
        touched = [app for app in self if app.is_touched_by(changes, sources)]
        for app in touched:
            app.forget(changes)
        return [app.source.id for app in touched]

    def forget_all(self) -> None:
        for app in self:
            app.forget()

    def are_all_that(self, changes: Changes, root: Path) -> bool:
        """Whether what changed lies inside of known apps, and none of them came or went."""
        homes = tuple(f"{app.source.folder}/" for app in self if app.source.folder)
        files = {app.source.path for app in self}
        if changes.folders or not all(path.startswith(homes) or path in files for path in changes.files):
            return False
        return all((root / path).is_file() for path in changes.files & files)

    def unknown(self, assembly: Assembly) -> list[LiveApp]:
        """The apps of which digest or problems are not known."""
        return [app for app in self if not app.is_known(assembly)]

    def owners(self, name: str, languages: Iterable[str]) -> Iterator[LiveApp]:
        """The apps that may have a file of this name (its path in dist/)."""
        parts = name.split("/")
        if parts[0] in languages:
            parts = parts[1:]
        if f"{parts[0]}/" == UNLISTED_PREFIX:
            yield from (app for app in self if app.digest is None or not app.digest.listed)
        elif len(parts) > 1 and parts[0] in self.by_name:
            yield self.by_name[parts[0]]

    def in_the_way_of(self, names: Iterable[str], languages: Iterable[str]) -> list[LiveApp]:
        """The apps that may have files in the same places as the site's own files of these names.

        Names that differ only in case are in each other's way, and so are a file and a folder.
        """
        tongues = {language.lower() for language in languages}
        taken = set()
        for name in names:
            parts = name.lower().split("/")
            taken.add(parts[1] if len(parts) > 1 and parts[0] in tongues else parts[0])
        hidden = UNLISTED_PREFIX.rstrip("/") in taken
        return [
            app
            for app in self
            if app.source.id.lower() in taken or (hidden and app.digest is not None and not app.digest.listed)
        ]

    def digests(self) -> tuple[AppDigest, ...]:
        return tuple(app.digest for app in self if app.digest is not None)

    def problems(self) -> Iterator[Problem]:
        for app in self:
            yield from app.problems

    def known_content(self, path: str) -> bytes | None:
        """The digest of a file as the app that uses it last read it."""
        for app in self:
            content = app.known_content(path)
            if content is not None:
                return content
        return None
