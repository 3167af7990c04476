"""A whole project put together: its site, theme, apps and pages, ready to be planned and rendered.

`build`, `check`, `explain` and the preview all start here, so they see the same site and the same problems.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from otasite.catalogue.apps import AppLoader, AppSource
from otasite.catalogue.load import Loader
from otasite.catalogue.model import App, Site
from otasite.catalogue.project import SITE_FILE, Project
from otasite.catalogue.sources import Sources
from otasite.catalogue.stores import parse_release
from otasite.hosts.signed_urls import UrlSigner
from otasite.problems import Findings, Location, ProblemsFound, Refused
from otasite.site.artifacts import Artifact
from otasite.site.context import GENERATOR, Context
from otasite.site.digests import AppDigest
from otasite.site.files import with_binary_facts
from otasite.site.libraries import libraries
from otasite.site.notes import Notes
from otasite.site.plan import AppPlan, AppPlanner
from otasite.site.qr import QrCodes
from otasite.site.selection import Choice
from otasite.site.site_plan import SitePlanner, ThemeFile
from otasite.site.urls import BaseUrl, choose_base_url
from otasite.site.views import TEMPLATES, View
from otasite.theming.themes import Theme, load_theme

if TYPE_CHECKING:
    from otasite.theming.templates import Renderer

#: Characters of a secret that nobody can find by trying.
MIN_SECRET = 20
#: Stands in for a base URL that is missing or wrong, so that everything else can still be checked.
_NO_BASE = BaseUrl("https://invalid.invalid/", "nowhere")


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for, besides the content itself."""

    base_url: str | None = None
    environment: Mapping[str, str] = {}
    drafts: bool = False
    future: bool = False
    now: dt.datetime | None = None
    #: ``check`` and the preview go on without a base URL; a build does not.
    needs_base_url: bool = True
    #: The preview serves binaries itself, so that a phone can install them before they are uploaded anywhere.
    keeps_binaries: bool = False
    #: Signs the addresses of binaries in private buckets. Without one they stay as they are.
    signer: UrlSigner | None = None
    #: Values of theme options that count before those of ``site.yaml``: the preview lets people try some.
    theme_options: Mapping[str, str] = {}


class Assembly:
    """One project, loaded as far as all apps share it. Problems so far are in ``findings``."""

    def __init__(self, project: Project, wishes: Wishes, sources: Sources | None = None) -> None:
        self.project = project
        self.wishes = wishes
        self.sources = sources or Sources(project.root)
        self.loader = Loader(self.sources)
        self.findings: Findings = self.loader.findings
        self.trace = self.sources.start_trace()
        self.site: Site = self.loader.site()
        self.base = self._base()
        self.theme = self._theme()
        self.context = Context(
            self.site,
            self.base,
            self.loader.pages(self.site),
            Choice(now=wishes.now or moment_of(wishes.environment), drafts=wishes.drafts, future=wishes.future),
            options=self.theme.options if self.theme else {},
            language_names=self._language_names(),
            secret=wishes.environment.get("OTASITE_SECRET", ""),
            keeps_binaries=wishes.keeps_binaries,
            signer=wishes.signer,
        )
        self.apps: tuple[AppSource, ...] = self.loader.app_sources()

    # --- parts --------------------------------------------------------------------------------------------

    def where(self, *keys: str | int) -> Location:
        """Where ``site.yaml`` says something."""
        try:
            return self.loader.files.where(SITE_FILE)(*keys)
        except ProblemsFound:  # the file cannot be parsed at all, which is reported already
            return Location(SITE_FILE)

    def _base(self) -> BaseUrl:
        configured_at = self.where("base_url") if self.site.base_url else Location(SITE_FILE)
        wishes = self.wishes
        try:
            return choose_base_url(wishes.base_url, wishes.environment, self.site.base_url, configured_at)
        except ProblemsFound as error:
            if not (self._is_excused(error)):
                self.findings.extend(error.problems)
            return _NO_BASE

    def _is_excused(self, error: ProblemsFound) -> bool:
        """Whether a base URL that is missing is not needed, or may be missing because ``site.yaml`` is broken."""
        is_missing = error.problems[0].code == "missing-base-url"
        return is_missing and (self.loader.site_is_broken or not self.wishes.needs_base_url)

    def _theme(self) -> Theme | None:
        try:
            return load_theme(
                self.site.theme,
                site_root=self.project.root,
                options={**self.site.theme_options, **self.wishes.theme_options},
                locate=lambda keys: self.where(*keys),
            )
        except ProblemsFound as error:
            self.findings.extend(error.problems)
            return None

    def _language_names(self) -> dict[str, str]:
        if len(self.site.languages) == 1:
            return {}
        from otasite.theming.languages import language_name

        names = {}
        for index, language in enumerate(self.site.languages):
            try:
                names[language] = language_name(language)
            except ValueError as error:
                names[language] = language
                self.findings.error("unknown-language", str(error), at=self.where("languages", index))
        return names

    # --- rendering ----------------------------------------------------------------------------------------

    @cached_property
    def renderer(self) -> Renderer:
        """Turns views into pages; the template engine is imported when the first page needs it."""
        from otasite.theming.templates import Renderer

        assert self.theme is not None
        return Renderer(self.theme, cache=self.project.state / "cache")

    def render(self, view: View) -> bytes:
        """The page of a view. Raises :class:`ProblemsFound` that names template line and page."""
        values = {name: getattr(view, name) for name in view.__struct_fields__}
        page = values["page"]
        html: str = self.renderer.render(TEMPLATES[type(view)], page.language, values, page=page.path or page.kind)
        return html.encode()

    def go_on_from(self, earlier: Assembly) -> None:
        """Take over prepared templates from an earlier assembly of the project, if its theme was the same."""
        mine, other = self.theme, earlier.theme
        if mine is not None and other is not None and mine.digest == other.digest and "renderer" in vars(earlier):
            self.renderer = earlier.renderer

    def renew_moment(self) -> None:
        """Let “now” be now again, for an assembly that lives long."""
        now = self.wishes.now or moment_of(self.wishes.environment)
        self.context.choice = msgspec.structs.replace(self.context.choice, now=now)

    # --- fingerprints -------------------------------------------------------------------------------------

    @cached_property
    def plain_key(self) -> bytes:
        """Stands for otasite and its libraries in fingerprints of files that no theme touches."""
        return blake2b("\n".join((GENERATOR, *libraries())).encode(), digest_size=16).digest()

    @cached_property
    def themed_key(self) -> bytes:
        """Stands for otasite and the theme in fingerprints of pages."""
        theme = self.theme.digest if self.theme else ""
        return blake2b(self.plain_key + theme.encode(), digest_size=16).digest()

    def fingerprint(self, artifact: Artifact) -> bytes:
        return artifact.fingerprint(self.themed_key if artifact.themed else self.plain_key)

    @cached_property
    def key(self) -> bytes:
        """Stands for all that apps share: while it and an app's own files are the same, so are the app's files."""
        return self.key_for(drafts=self.wishes.drafts, future=self.wishes.future)

    def key_for(self, *, drafts: bool, future: bool) -> bytes:
        """:attr:`key` of the same project with other wishes."""
        return self._hash([self.context.inputs(), drafts, future, self.themed_key])

    @cached_property
    def plan_key(self) -> bytes:
        """Stands for what plans of apps depend on: :attr:`key` without the theme's files, which only pages need."""
        return self._hash([self.context.inputs(), self.wishes.drafts, self.wishes.future, self.plain_key])

    @staticmethod
    def _hash(shared: object) -> bytes:
        return blake2b(msgspec.msgpack.encode(shared), digest_size=16).digest()

    # --- plans --------------------------------------------------------------------------------------------

    def plan_app(
        self, source: AppSource, findings: Findings, sources: Sources, notes: Notes, codes: QrCodes | None = None
    ) -> AppPlan:
        """Load and plan one app from ``sources``. With errors among the findings it is good for checking only.

        ``notes`` and ``codes`` remember what earlier runs converted.
        """
        app = self._load_app(source, findings, sources)
        context = self.context.with_memory(notes, codes or QrCodes())
        return AppPlanner(context, sources, self.render, findings, app).plan()

    def _load_app(self, source: AppSource, findings: Findings, sources: Sources) -> App:
        """An app with what its binaries say."""
        app = AppLoader(sources, self.site, findings, channels_lost=self.loader.channels_lost).load(source)
        if app.visibility == "unlisted":
            self._check_secrecy(app, findings)
        return with_binary_facts(app, sources, findings)

    def _check_secrecy(self, app: App, findings: Findings) -> None:
        """Whether the address of an unlisted app can be guessed or looked up."""
        if not self.context.secret and self.wishes.needs_base_url:
            findings.error(
                "no-secret",
                f"“{app.id}” is unlisted, but there is no secret to make its address unguessable",
                hint="set OTASITE_SECRET to a long random text (openssl rand -hex 32), the same for every build",
                at=Location(app.source),
            )
        elif self.context.secret and len(self.context.secret) < MIN_SECRET:
            findings.warning(
                "weak-secret",
                "OTASITE_SECRET is so short that it can be found by trying, and with it every unlisted address",
                hint="take a random one (openssl rand -hex 32): the addresses move, and `otasite links` prints them",
                at=Location(app.source),
            )
        if parse_release(self.context.store(app).base_url) and any(
            binary.file for release in app.releases for binary in release.binaries
        ):
            findings.warning(
                "listed-binaries",
                f"“{app.id}” is unlisted, but everybody can list the files of a GitHub release",
                hint="give this app another binaries: base_url, such as a bucket that does not list its content",
                at=Location(app.source),
            )

    def replan_app(
        self,
        source: AppSource,
        planner: AppPlanner,
        names: Collection[str],
        findings: Findings,
        sources: Sources,
        notes: Notes,
    ) -> tuple[AppPlanner, tuple[Artifact, ...]] | None:
        """What is new of an app in whose folder of releases these files changed since it was planned.

        ``None`` when that takes loading the whole app. ``sources`` must still have the trace of that.
        """
        loader = AppLoader(sources, self.site, findings, channels_lost=self.loader.channels_lost)
        changed = loader.reload(source, planner.app, names)
        if changed is None or findings.problems:
            return None
        return planner.again(self.context.with_memory(notes, QrCodes()), changed)

    def plan_site(
        self, digests: Iterable[AppDigest], notes: Notes | None = None, codes: QrCodes | None = None
    ) -> tuple[Artifact, ...]:
        """Plan what belongs to no single app; ``notes`` and ``codes`` as for :meth:`plan_app`."""
        context = self.context.with_memory(notes or self.context.notes, codes or self.context.codes)
        assets = self.theme.assets.values() if self.theme else ()
        files = [ThemeFile(path=asset.path, data=asset.data, source=asset.source) for asset in assets]
        return SitePlanner(context, self.sources, self.render, files).plan(digests)


def moment_of(environment: Mapping[str, str]) -> dt.datetime:
    """The moment of this run; ``SOURCE_DATE_EPOCH`` (reproducible-builds.org) sets it."""
    epoch = environment.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return dt.datetime.now(dt.UTC)
    try:
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused(
            f"SOURCE_DATE_EPOCH is “{epoch}”, which is no moment",
            "set it to the seconds since 1970, such as 1767225600, or leave it out",
        ) from None
