"""Loads a project's content: ``site.yaml``, its apps with their releases, and its free pages.

One app is one unit: it is loaded alone, from its own files, so that apps can be loaded in any order and process,
and an unchanged one not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from otasite.catalogue.apps import AppLoader, AppSource
from otasite.catalogue.data_files import DataFiles
from otasite.catalogue.field_rules import check_length
from otasite.catalogue.files import Files
from otasite.catalogue.model import BinaryStore, Channel, FreePage, Organisation, Site
from otasite.catalogue.output_choice import OutputKinds, outputs_type, settings_in, site_outputs
from otasite.catalogue.own_data import OwnData
from otasite.catalogue.pages import read_pages
from otasite.catalogue.project import SITE_FILE
from otasite.catalogue.site_record import ChannelRecord, SiteRecord, ThemeRecord
from otasite.catalogue.sources import Sources, dead_link
from otasite.catalogue.stores import binary_store
from otasite.catalogue.strays import strays_beside_app, strays_in_content
from otasite.hosts.names import HOSTS, Host
from otasite.problems import Findings, Location, suggest
from otasite.typed_yaml.kinds import Expected, RecordKind
from otasite.typed_yaml.reading import Where
from otasite.typed_yaml.texts import is_name

#: Endings of pictures that every browser shows.
_PICTURES = (".svg", ".png", ".webp", ".jpg", ".jpeg")

APPS = "content/apps"
#: First parts of addresses that the site itself uses.
RESERVED = frozenset(
    {"assets", "u", "404.html", "index.html", "feed.xml", "catalogue.json", "sitemap.xml", "robots.txt"}
)


class Loader:
    """Reads one project. Problems of everything read so far are in ``findings``; nothing is raised for them."""

    def __init__(self, sources: Sources, kinds: OutputKinds) -> None:
        self.sources = sources
        #: The outputs that ``outputs:`` can name.
        self.kinds = kinds
        self.findings = Findings()
        self.files = Files(sources, self.findings)
        #: ``site.yaml`` is broken, and with it perhaps some channels: these must not be called missing elsewhere.
        self.site_is_broken = False
        self.channels_lost = False
        #: First parts of addresses that no app or page may take; languages other than the first join them.
        self.reserved = RESERVED
        #: What the theme says of ``extra:``, by who has it; it is known once ``site.yaml`` is read.
        self.extra_types: Mapping[str, RecordKind] = {}

    # --- site ---------------------------------------------------------------------------------------------

    def site(self) -> Site:
        """``site.yaml`` with its defaults. What is wrong in it is left out."""
        record, where = self.files.record(SITE_FILE, SiteRecord)
        self.site_is_broken = self.findings.failed
        self.channels_lost = record is None or where.lost("channels") or where.lost_below("channels")
        if record is None:
            record = SiteRecord(title="")
        theme = record.theme if isinstance(record.theme, ThemeRecord) else ThemeRecord(name=record.theme)
        organisation = record.organisation
        source_code = record.source_code
        outputs, of_outputs = self.files.part(SITE_FILE, outputs_type(self.kinds, "site"), record.outputs, "outputs")
        contact = organisation.contact if organisation else None
        languages = record.languages or ("en",)
        self.reserved = RESERVED | ({language.lower() for language in languages} - {languages[0].lower()})
        if len(set(languages)) != len(languages):
            self.findings.report(
                "duplicate-language",
                "a language is listed twice",
                hint="list each once; the first is the one at the site's root",
                at=where("languages"),
            )
        return Site(
            source=SITE_FILE,
            title=record.title,
            description=record.description or "",
            base_url=record.base_url or "",
            organisation=Organisation(
                name=(organisation.name if organisation else None) or "",
                email=(contact.email if contact else None) or "",
                url=(contact.url if contact else None) or "",
                logo=self._logo((organisation.logo if organisation else None) or "", where),
            ),
            theme=theme.name or "default",
            theme_options=theme.options or {},
            languages=languages,
            channels=self._channels(record, where),
            commit_url=(source_code.commit_url if source_code else None) or "",
            branch_url=(source_code.branch_url if source_code else None) or "",
            register_url=record.register_url or "",
            noindex=record.noindex or False,
            timezone=self._timezone(record, where),
            hosting=self._hosting(record, where),
            binaries=binary_store(record.binaries, self.findings, where) if record.binaries else BinaryStore(),
            files=record.files or (),
            outputs=site_outputs(outputs, of_outputs),
            output_settings=settings_in(outputs),
            extra=record.extra or {},
        )

    def _logo(self, said: str, where: Where) -> str:
        """The path of the organisation's mark, when it is a picture of ``static/``."""
        path = said.lstrip("/")
        if not path:
            return ""
        at = where("organisation", "logo")
        if not path.lower().endswith(_PICTURES):
            hint = f"name a picture of content/static: {', '.join(_PICTURES)}"
            self.findings.report("bad-value", f"“{said}” is no picture", hint=hint, at=at)
        elif ".." in path.split("/") or self.files.look(f"content/static/{path}").state != "file":
            hint = "put the picture there, or leave out logo:"
            self.findings.report("missing-file", f"there is no file “content/static/{path}”", hint=hint, at=at)
        else:
            return path
        return ""

    def _timezone(self, record: SiteRecord, where: Where) -> str:
        """The name of a zone that this machine knows."""
        name = record.timezone or ""
        if not name:
            return ""
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):  # not found, not a name, a folder
            names = available_timezones()
        self.findings.report(
            "unknown-timezone",
            f"there is no time zone “{name}”" if names else "this machine has no list of time zones",
            hint=(suggest(name, names) or "write its IANA name, such as Europe/Berlin or UTC")
            if names
            else "install it: pip install tzdata",
            at=where("timezone"),
        )
        return ""

    def _hosting(self, record: SiteRecord, where: Where) -> tuple[Host, ...]:
        """The hosts in any of the three forms, each once."""
        hosting = () if record.hosting is None else record.hosting
        if isinstance(hosting, dict):
            written = where.names("hosting")
            plans = {name: host.plan for name, host in hosting.items()}
            return tuple(Host(name=name, plan=plans.get(name) or "free") for name in HOSTS if name in written)
        names = (hosting,) if isinstance(hosting, str) else hosting
        for index, name in enumerate(names):
            if name in names[:index]:
                self.findings.report(
                    "duplicate-host",
                    f"{name} is listed twice",
                    hint="list each host once",
                    at=where("hosting", index),
                )
        return tuple(Host(name=name) for name in dict.fromkeys(names))

    def _channels(self, record: SiteRecord, where: Where) -> tuple[Channel, ...]:
        """The channels, the default one first."""
        names = where.names("channels") if record.channels is not None else ()
        if not names:
            return (Channel(id="stable", title="Stable"),)
        channels = {name: (record.channels or {}).get(name, ChannelRecord()) for name in names}
        defaults = [name for name, channel in channels.items() if channel.default]
        for name in defaults[1:]:
            self.findings.report(
                "two-defaults",
                f"“{defaults[0]}” is the default channel already",
                hint="keep default: true at one channel",
                at=where("channels", name, "default"),
            )
        for name in channels:
            check_length(name, "a channel's name", self.findings, partial(where, "channels", name, key=True))
            if not is_name(name):
                self.findings.report(
                    "bad-name",
                    f"“{name}” cannot be a channel's name: it becomes part of addresses",
                    hint="use letters, digits, dot, hyphen and underscore; put the readable name in title:",
                    at=where("channels", name, key=True),
                )
        first = defaults[0] if defaults else names[0]
        return tuple(
            Channel(
                id=name,
                title=channels[name].title or name.replace("-", " ").capitalize(),
                keep=channels[name].keep,
            )
            for name in (first, *(name for name in names if name != first))
        )

    def site_extra(self, site: Site) -> Site:
        """The site with its ``extra:`` as the theme declares it."""
        own = OwnData(self.extra_types, site.languages, self.findings)
        extra = own.value("site", site.extra, self.files.where(SITE_FILE))
        return msgspec.structs.replace(site, extra=extra)

    def data(self, site: Site, types: Mapping[str, Expected]) -> dict[str, Any]:
        """What the files of ``data/`` hold, by their names, as the theme declares them."""
        return DataFiles(self.files, types, site.languages).read()

    # --- pages --------------------------------------------------------------------------------------------

    def pages(self, site: Site) -> tuple[FreePage, ...]:
        """The Markdown files of ``pages/``; ``help.de.md`` is the German text of ``help.md``."""
        return read_pages(self.files, site, lambda name, path: self._good_name(name, path, "page"))

    # --- apps ---------------------------------------------------------------------------------------------

    def app_loader(self, site: Site, findings: Findings, sources: Sources | None = None) -> AppLoader:
        """Loads apps of this site; they are not blamed for what ``site.yaml`` has wrong."""
        return AppLoader(
            sources or self.sources, site, findings, self.kinds, self.extra_types, channels_lost=self.channels_lost
        )

    def app_sources(self) -> tuple[AppSource, ...]:
        """Which apps there are, by name; wrong or doubled files are reported."""
        found: dict[str, AppSource] = {}
        self.findings.extend(strays_in_content(self.sources.listing("content"), self.sources.listing))
        for name in self.sources.listing(APPS):
            path = f"{APPS}/{name}"
            if name.endswith(".yaml"):
                source = AppSource(name.removesuffix(".yaml"), path)
            elif name.endswith(".yml"):
                self.files.refuse_yml(path)
                continue
            elif (source_or_none := self._app_folder(name, path)) is not None:
                source = source_or_none
            else:
                continue
            if not self._good_name(source.id, source.path, "app"):
                continue
            other = found.setdefault(source.id.lower(), source)
            if other is not source:
                self.findings.report(
                    "duplicate-app",
                    f"the app “{source.id}” is in {other.path} too",
                    hint="keep one of the two files; names that differ only in case count as the same",
                    at=Location(source.path),
                )
        return tuple(sorted(found.values()))

    def _app_folder(self, name: str, path: str) -> AppSource | None:
        names = self.sources.listing(path)
        if self.sources.is_dead_link(path):
            self.findings.extend([dead_link(path)])
        if "app.yaml" in names:
            self.findings.extend(strays_beside_app(path, names))
            return AppSource(name, f"{path}/app.yaml", path)
        if "app.yml" in names:
            self.files.refuse_yml(f"{path}/app.yml")
        elif "releases" in names or any(entry.endswith(".yaml") for entry in names):
            self.findings.report(
                "missing-file",
                "this app's folder has no app.yaml",
                hint=f"add {path}/app.yaml with at least name:, or remove the folder",
                at=Location(path),
            )
        return None

    def _good_name(self, name: str, path: str, kind: str) -> bool:
        check_length(name, "this name", self.findings, lambda: Location(path))
        if is_name(name) and name.lower() not in self.reserved:
            return True
        self.findings.report(
            "bad-name",
            f"“{name}” cannot be the name of {'an app' if kind == 'app' else 'a page'}: it becomes its address",
            hint="use letters, digits, dot, hyphen and underscore, and none of: " + ", ".join(sorted(self.reserved)),
            at=Location(path),
        )
        return False
