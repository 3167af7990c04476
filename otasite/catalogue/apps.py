"""Loads one app with its releases: the unit of loading, from its own files alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

import msgspec

from otasite.catalogue import facts_files
from otasite.catalogue.field_rules import check_expanded, check_identifier, path_within
from otasite.catalogue.files import Files, place_in_release, split_language
from otasite.catalogue.model import App, Links, Release, Screenshot, Site
from otasite.catalogue.output_choice import OutputKinds, app_outputs, outputs_type, settings_in
from otasite.catalogue.own_data import OwnData
from otasite.catalogue.records import PLATFORMS, AppRecord, ReleaseDefaultsRecord, ReleaseRecord, Text
from otasite.catalogue.resolve import AppContext, ReleaseResolver
from otasite.catalogue.sources import Sources, one_form
from otasite.catalogue.stores import binary_store
from otasite.facts.model import ReleaseFacts
from otasite.problems import Findings, Location, ProblemsFound
from otasite.typed_yaml.kinds import RecordKind
from otasite.typed_yaml.reading import Where


class AppSource(msgspec.Struct, frozen=True, order=True):
    """An app's name in addresses, and its file; ``folder`` is "" in the one-file form."""

    id: str
    path: str
    folder: str = ""


class AppLoader:
    """Loads apps of one site; problems are added to ``findings``."""

    def __init__(
        self,
        sources: Sources,
        site: Site,
        findings: Findings,
        kinds: OutputKinds,
        extra_types: Mapping[str, RecordKind],
        *,
        channels_lost: bool = False,
    ) -> None:
        self.kinds = kinds
        self.channels_lost = channels_lost
        self.sources = sources
        self.site = site
        self.findings = findings
        self.files = Files(sources, findings)
        self.own = OwnData(extra_types, site.languages, findings)

    def load(self, source: AppSource) -> App:
        """One app with its releases, newest first. With errors among the findings it is good for checking only."""
        record, where = self.files.record(source.path, AppRecord)
        identifier_lost = record is None or where.lost("bundle_id")
        if record is None:
            record = AppRecord(name=source.id * 2)
        self._check_name(record, where)
        self._check_identifiers(record, where)
        context = self._context(record, source, where, identifier_lost=identifier_lost)
        releases = [*self._inline_releases(record, source, where, context), *self._release_files(source, context)]
        self._check_ids(releases)
        releases.sort(key=age, reverse=True)
        platforms = record.platforms or tuple(
            platform for platform in PLATFORMS if any(getattr(release, platform) is not None for release in releases)
        )
        links = record.links
        visibility = record.visibility or "public"
        outputs, of_outputs = self.files.part(source.path, outputs_type(self.kinds, "app"), record.outputs, "outputs")
        app = App(
            id=source.id,
            source=source.path,
            name=record.name,
            subtitle=record.subtitle or "",
            bundle_id=record.bundle_id or "",
            application_id=record.application_id or "",
            platforms=platforms,
            icon=self._path(source, record.icon, where, "icon"),
            description=record.description or "",
            screenshots=self._screenshots(record, source, where),
            category=record.category or "",
            visibility=visibility,
            links=Links(
                app_store=links.app_store or "",
                play=links.play or "",
                testflight=links.testflight or "",
                website=links.website or "",
            )
            if links
            else Links(),
            binaries=binary_store(record.binaries, self.findings, where) if record.binaries else self.site.binaries,
            outputs=app_outputs(outputs, self.site.outputs, self.kinds, visibility, self.findings, of_outputs),
            output_settings=settings_in(outputs),
            extra=self.own.value("app", record.extra, where),
            releases=tuple(releases),
        )
        for kind in self.kinds:
            if kind.judge and kind.name in app.output_settings:
                kind.judge(app, self.files.look, where.below("outputs", kind.name), self.findings)
        return app

    def reload(self, source: AppSource, app: App, names: Collection[str]) -> dict[str, Release] | None:
        """Releases of ``app`` by their ids in it, read again because some files in its folder of releases changed.

        ``names`` are those files; the trace of the sources must be the one of loading ``app``. ``None`` when one of
        them is not there as before: then the whole app has to be loaded.
        """
        record, where = self.files.record(source.path, AppRecord)
        folder = f"{source.folder}/releases"
        stems = {self._stem(name) for name in names}
        near = tuple(
            name
            for name in self.sources.trace.folders.get(folder, ())
            if name.startswith(tuple(f"{stem}." for stem in stems))
        )
        before = {release.source: release for release in app.releases}
        changed = {}
        notes = self._notes_files(near)
        for stem in stems:
            old = before.get(f"{folder}/{stem}.yaml")
            if record is None or old is None:
                return None
            facts = f"{stem}{facts_files.ENDING}" in near
            new = self._release_file(
                old.source, notes.get(one_form(stem), {}), self._context(record, source, where), facts=facts
            )
            if new is None:
                return None
            changed[old.id] = new
        return changed

    def _stem(self, name: str) -> str:
        """The name that a release's files share."""
        if name.endswith(facts_files.ENDING):
            return name.removesuffix(facts_files.ENDING)
        stem = name.rpartition(".")[0]
        return stem if name.endswith(".yaml") else split_language(stem, self.site.languages)[0]

    def _context(
        self, record: AppRecord, source: AppSource, where: Where, *, identifier_lost: bool = False
    ) -> AppContext:
        return AppContext(
            app_id=source.id,
            name=record.name,
            bundle_id=record.bundle_id or "",
            application_id=record.application_id or "",
            defaults=self._defaults(record.defaults, where.below("defaults")),
            own=self.own,
            channels={channel.id: channel for channel in self.site.channels},
            default_channel=self.site.default_channel.id,
            look=self.files.look,
            timezone=self.site.timezone,
            channels_lost=self.channels_lost,
            identifier_lost=identifier_lost,
        )

    def _defaults(self, defaults: ReleaseDefaultsRecord | None, where: Where) -> ReleaseDefaultsRecord | None:
        """The defaults without what is wrong with their own data: it is told here, and not of every release."""
        if defaults is None:
            return None
        changes: dict[str, object] = {"extra": self.own.common("release", defaults.extra, where)}
        for platform in PLATFORMS:
            binary = getattr(defaults, platform)
            if binary is not None and binary.extra:
                extra = self.own.common("binary", binary.extra, where.below(platform))
                changes[platform] = msgspec.structs.replace(binary, extra=extra)
        return msgspec.structs.replace(defaults, **changes)

    def _check_name(self, record: AppRecord, where: Where) -> None:
        for name in (record.name,) if isinstance(record.name, str) else record.name.values():
            if len(name.strip()) < 2:
                self.findings.report(
                    "short-name",
                    f"“{name}” is too short: iOS refuses a manifest whose title has fewer than two characters",
                    hint="write the app's full name",
                    at=where("name"),
                )
            else:
                check_expanded(name, self.findings, lambda: where("name"))

    def _check_identifiers(self, record: AppRecord, where: Where) -> None:
        if record.bundle_id:
            check_identifier("ios", record.bundle_id, self.findings, lambda: where("bundle_id"))
        if record.application_id:
            check_identifier("android", record.application_id, self.findings, lambda: where("application_id"))

    def _screenshots(self, record: AppRecord, source: AppSource, where: Where) -> tuple[Screenshot, ...]:
        shots = []
        for index, shot in enumerate(record.screenshots or ()):
            written, alt = (shot, "") if isinstance(shot, str) else (shot.file, shot.alt or "")
            keys = ("screenshots", index) if isinstance(shot, str) else ("screenshots", index, "file")
            path = self._path(source, written, where, *keys)
            if path:
                shots.append(Screenshot(file=path, alt=alt))
        return tuple(shots)

    def _path(self, source: AppSource, written: str | None, where: Where, *keys: str | int) -> str:
        if not written:
            return ""
        return path_within(source.path, written, self.files.look, self.findings, lambda: where(*keys))

    def _inline_releases(
        self, record: AppRecord, source: AppSource, where: Where, context: AppContext
    ) -> Iterable[Release]:
        for index, item in enumerate(record.releases or ()):
            at = where.below("releases", index)
            release = ReleaseResolver(context, source.path, at, self.findings, index).resolve(item, "")
            if release is not None:
                path = facts_files.facts_path(source.path, release.id, index)
                yield self._with_facts(release) if self.files.look(path).state == "file" else release

    def _release_files(self, source: AppSource, context: AppContext) -> Iterable[Release]:
        if not source.folder:
            return
        folder = f"{source.folder}/releases"
        names = self.sources.listing(folder)
        notes = self._notes_files(names)
        facts = {name.removesuffix(facts_files.ENDING) for name in names if name.endswith(facts_files.ENDING)}
        for name in names:
            path = f"{folder}/{name}"
            if name.endswith(".yml"):
                self.files.refuse_yml(path)
            if not name.endswith(".yaml"):
                continue
            stem = name.removesuffix(".yaml")
            release = self._release_file(path, notes.pop(one_form(stem), {}), context, facts=stem in facts)
            facts.discard(stem)
            if release is not None:
                yield release
        self._report_orphans(folder, notes, facts)

    def _report_orphans(self, folder: str, notes: dict[str, dict[str, str]], facts: set[str]) -> None:
        """Files named like a release's that belong to none."""
        for stem in sorted(facts):
            self.findings.report(
                "orphan-facts",
                "these facts belong to no release",
                hint="a release's facts have its YAML file's name: 1.2-34.yaml and 1.2-34.facts.json",
                at=Location(f"{folder}/{stem}{facts_files.ENDING}"),
            )
        for files in notes.values():
            self.findings.report(
                "orphan-notes",
                "these notes belong to no release",
                hint="a release's notes have its YAML file's name: 1.2-34.yaml and 1.2-34.md",
                at=Location(f"{folder}/{next(iter(files.values()))}"),
            )

    def _release_file(self, path: str, notes: dict[str, str], context: AppContext, *, facts: bool) -> Release | None:
        """The release of one file; ``notes`` are its texts by language, as names of files beside it.

        ``facts`` says whether there is a file of facts beside it.
        """
        record, where = self.files.record(path, ReleaseRecord)
        if record is None:
            return None
        text = self._notes(record, path.rpartition("/")[0], notes, where)
        release = ReleaseResolver(context, path, where, self.findings).resolve(record, text)
        return self._with_facts(release) if release is not None and facts else release

    def _with_facts(self, release: Release) -> Release:
        path = facts_files.facts_path(release.source, release.id, release.index)
        try:
            facts = self.sources.load(path, ReleaseFacts, facts_files.parse_facts, remember=False)
        except ProblemsFound as error:
            self.findings.extend(error.problems)
            return release
        return facts_files.with_facts(release, facts, path, self.findings)

    def _notes_files(self, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
        """Notes files by release and language: ``1.2-34.md``, ``1.2-34.de.md``."""
        releases = {one_form(name.removesuffix(".yaml")) for name in names if name.endswith(".yaml")}
        notes: dict[str, dict[str, str]] = {}
        for name in names:
            if name.endswith(".md"):
                stem = one_form(name.removesuffix(".md"))
                language = ""
                if stem not in releases:
                    stem, language = split_language(stem, self.site.languages)
                notes.setdefault(stem, {})[language or self.site.language] = name
        return notes

    def _notes(self, record: ReleaseRecord, folder: str, files: dict[str, str], where: Where) -> Text:
        if not files:
            return ""
        if record.notes:
            self.findings.report(
                "two-notes",
                f"the notes are here and in {next(iter(files.values()))}",
                hint="keep one of the two",
                at=where("notes", key=True),
            )
        texts = {
            language: text
            for language, name in files.items()
            if (text := self.files.text(f"{folder}/{name}")) is not None
        }
        return next(iter(texts.values())) if len(texts) == 1 else texts

    def _check_ids(self, releases: list[Release]) -> None:
        seen: dict[str, Release] = {}
        for release in releases:
            other = seen.setdefault(release.id.lower(), release)
            if other is not release:
                self.findings.report(
                    "duplicate-release",
                    f"the release {release.id} is in {other.source} too",
                    hint="two releases cannot share version and build; give one of them another build, or an id:",
                    at=place_in_release(self.sources, release),
                )


_DIGITS = re.compile(r"([0-9]+)")


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key under which ``1.10`` comes after ``1.9``."""
    return tuple(
        (1, int(part), "") if part.isdecimal() and part.isascii() else (0, 0, part)
        for part in _DIGITS.split(text)
        if part
    )


def age(release: Release) -> tuple[object, ...]:
    """Orders releases, oldest first: by date, then version and build, then address."""
    return (release.timestamp, _natural(release.version), _natural(release.build), release.id)
