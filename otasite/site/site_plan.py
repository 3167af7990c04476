"""The plan of the site itself: index, free pages, 404, feeds, crawlers' files, assets and static files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import zip_longest

import msgspec

from otasite.catalogue.files import files_below
from otasite.catalogue.model import FreePage
from otasite.catalogue.project import SITE_FILE
from otasite.catalogue.sources import Sources, one_form
from otasite.problems import Findings, Problem, suggest
from otasite.site.addresses import category_path
from otasite.site.artifacts import Artifact, Kind
from otasite.site.components import Apps, Calls
from otasite.site.context import HELP, Context
from otasite.site.files import copy_artifact
from otasite.site.named import STATIC, Named, SiteLink, place_of
from otasite.site.notes import gist, parts_of
from otasite.site.plan import page_artifacts
from otasite.site.published import AppDigest, PublishedPage, PublishedSite, Render
from otasite.site.repository import repository_offer, repository_page
from otasite.site.views import (
    AppCard,
    CategoryPage,
    HelpPage,
    IndexPage,
    MarkdownPage,
    NotFoundPage,
    RecentRelease,
)

#: Files that a site may have of its own, in ``static/``: they stand instead of those that otasite makes.
OWN_FIRST = frozenset({"404.html", "humans.txt", "robots.txt", ".nojekyll"})
#: How many new releases the index lists, across all apps.
RECENT = 12


class ThemeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A theme's asset: its content-hashed path in dist/, its bytes, and the file it comes from."""

    path: str
    data: bytes
    source: str


class SitePlanner:
    """Plans everything that does not belong to a single app. What is wrong with texts goes to ``findings``."""

    def __init__(
        self,
        context: Context,
        sources: Sources,
        render: Render,
        assets: Iterable[ThemeFile],
        findings: Findings,
        others: Apps,
    ) -> None:
        self.context = context
        self.sources = sources
        self.render = render
        self.assets = tuple(assets)
        self.findings = findings
        self.calls = Calls(context, others)
        self.language = context.site.language

    def plan(self, digests: Iterable[AppDigest]) -> tuple[tuple[Artifact, ...], PublishedSite]:
        """Pages and files as they are, and the site as outputs see it."""
        digests = tuple(digests)
        listed = tuple(digest for digest in digests if digest.listed)
        files = self._named_files()
        made = (
            *self._free_pages(),
            *self._help(),
            self._not_found(),
            *self._repository(listed),
            *self._categories(listed),
            *self._indexes(listed),
        )
        site = PublishedSite(context=self.context, pages=self.context.pages, made=made, render=self.render)
        artifacts = (*self._assets(), *self._static(), *files, *page_artifacts(made, self.render, self.context))
        links = (*self.links, *(link for digest in digests for link in digest.links))
        self.findings.extend(link_problems(links, digests, artifacts, self.context, self.sources))
        return artifacts, site

    # --- pages --------------------------------------------------------------------------------------------

    def _indexes(self, digests: tuple[AppDigest, ...]) -> Iterator[PublishedPage]:
        for language in self.context.site.languages:
            view = IndexPage(
                site=self.context.site_view(language),
                page=self.context.page_meta(
                    "index",
                    "",
                    language,
                    title=self.context.text(self.context.site.title, language),
                    description=self.context.text(self.context.site.description, language),
                ),
                apps=_cards(digests, language),
                recent=_newest(recent for digest in digests for recent in digest.recent[language]),
            )
            yield PublishedPage(view, SITE_FILE)

    def _categories(self, digests: tuple[AppDigest, ...]) -> Iterator[PublishedPage]:
        """A page for each category; case makes no other."""
        of_category: dict[str, list[AppDigest]] = {}
        for digest in digests:
            if category := digest.cards[self.language].category:
                of_category.setdefault(category.lower(), []).append(digest)
        for _, members in sorted(of_category.items()):
            for language in self.context.site.languages:
                apps = _cards(members, language)
                category = apps[0].category
                meta = self.context.page_meta("category", category_path(category), language, title=category, qr=False)
                view = CategoryPage(site=self.context.site_view(language), page=meta, category=category, apps=apps)
                yield PublishedPage(view, members[0].source)

    def _free_pages(self) -> Iterator[PublishedPage]:
        for page in self.context.pages:
            for language in page.languages:
                yield PublishedPage(self._free_page(page, language), page.source)

    def _named_files(self) -> tuple[Artifact, ...]:
        """Pictures and files that free pages name; their links to other pages are kept for later."""
        self.links: list[SiteLink] = []
        artifacts: list[Artifact] = []
        for page in self.context.pages:
            context, folder = self.context, f"{page.id}/"
            named = Named(context.notes, self.sources, self.findings, folder, context.page_paths, self.calls)
            for language in page.languages:
                named.look_into(context.text(page.body, language), page.source, language, heading=2)
            artifacts += named.artifacts.values()
            self.links += named.links
        return tuple(artifacts)

    def _free_page(self, page: FreePage, language: str) -> MarkdownPage:
        text = self.context.text
        meta = self.context.page_meta(
            "page",
            f"{page.id}/",
            language,
            title=text(page.title, language),
            noindex=page.noindex,
            qr=False,
            languages=page.languages,
        )
        folder = posixpath.dirname(page.source)
        body = self.context.notes.html(
            text(page.body, language), root=meta.root, folder=folder, heading=2, language=language
        )
        return MarkdownPage(
            site=self.context.site_view(language),
            page=msgspec.structs.replace(meta, description=text(page.description, language) or gist(body)),
            body=body,
            template=page.template,
        )

    def _help(self) -> Iterator[PublishedPage]:
        """The theme's own help page, unless the site has a free page in its place."""
        if any(page.id == HELP for page in self.context.pages):
            return
        for language in self.context.site.languages:
            view = HelpPage(
                site=self.context.site_view(language),
                page=self.context.page_meta("help", f"{HELP}/", language, title="", qr=False),
            )
            yield PublishedPage(view, SITE_FILE)

    def _repository(self, digests: tuple[AppDigest, ...]) -> Iterator[PublishedPage]:
        """The page at the F-Droid repository's address, when there is one."""
        inside = [digest for digest in digests if "fdroid" in digest.left]
        offer = repository_offer(self.context) if inside else None
        if offer is None:
            return
        for language in self.context.site.languages:
            yield PublishedPage(repository_page(self.context, offer, language, _cards(inside, language)), SITE_FILE)

    def _not_found(self) -> PublishedPage:
        """The 404 page: hosts show it at any depth, so its links start at the base path instead of ``../``."""
        meta = self.context.page_meta("not-found", "", self.language, title="404", noindex=True, qr=False)
        view = NotFoundPage(
            site=self.context.site_view(self.language),
            page=msgspec.structs.replace(meta, root=self.context.base.path, alternates=()),
        )
        return PublishedPage(view, SITE_FILE)

    # --- files --------------------------------------------------------------------------------------------

    def _assets(self) -> Iterator[Artifact]:
        for asset in self.assets:
            yield Artifact(
                path=asset.path,
                kind="asset",
                inputs=asset.path,
                source=asset.source,
                render=partial(bytes, asset.data),
                themed=True,
            )

    def _static(self) -> Iterator[Artifact]:
        for source in files_below(STATIC, self.sources, self.findings):
            path = one_form(source.removeprefix(f"{STATIC}/"))
            yield copy_artifact(path, source, self.sources, kind=_static_kind(path))


def link_problems(
    links: Iterable[SiteLink],
    digests: Iterable[AppDigest],
    artifacts: Iterable[Artifact],
    context: Context,
    sources: Sources,
) -> Iterator[Problem]:
    """Links in texts to pages that the site does not have; ``artifacts`` are the files that belong to no app."""
    links = tuple(links)
    if not links:
        return
    files = {artifact.path for artifact in artifacts}
    apps = {digest.id: frozenset(digest.places) for digest in digests if digest.listed}
    for link in links:
        path = link.path
        for language in context.site.languages[1:]:
            path = path.removeprefix(f"{language}/")
        folder = f"{path.rstrip('/')}/".lstrip("/")
        app, _, place = folder.rstrip("/").partition("/")
        if {path, f"{folder}index.html", link.path, f"{link.path.rstrip('/')}/index.html"} & files or path == "":
            if link.part and not _has_part(link, folder, context):
                hint = "parts are called by the words of their headings, in lower case and with hyphens"
                yield _broken(link, f"nothing on /{folder} is called “#{link.part}”", hint, sources)
        elif app not in apps or (place and place not in apps[app] and not _is_file(path)):
            known = [*apps, *(page.id for page in context.pages)]
            yield _broken(link, f"the site has no page /{link.path}", suggest(app, known), sources)


def _is_file(path: str) -> bool:
    """Whether a path looks like that of a file, which an app may have."""
    return "." in path.rpartition("/")[2]


def _has_part(link: SiteLink, folder: str, context: Context) -> bool:
    """Whether a free page has a part of this name; of other pages themes decide which they have."""
    page = next((page for page in context.pages if f"{page.id}/" == folder), None)
    if page is None:
        return True
    bodies = (context.text(page.body, language) for language in page.languages)
    return any(link.part in parts_of(context.notes.converted(body, 2).html) for body in bodies)


def _broken(link: SiteLink, message: str, hint: str, sources: Sources) -> Problem:
    hint = hint or "write the address from the site's root, such as /app/ or /page/"
    return Problem(
        code="broken-link", message=message, hint=hint, location=place_of(sources, link.source, link.address)
    )


def with_own_first(artifacts: Iterable[Artifact]) -> tuple[Artifact, ...]:
    """Artifacts without those in whose places the site has files of its own."""
    artifacts = tuple(artifacts)
    own = {item.path for item in artifacts if item.source.startswith(f"{STATIC}/")} & OWN_FIRST
    return tuple(item for item in artifacts if item.path not in own or item.source.startswith(f"{STATIC}/"))


def _cards(digests: Iterable[AppDigest], language: str) -> tuple[AppCard, ...]:
    return tuple(sorted((digest.cards[language] for digest in digests), key=_by_name))


def _by_name(card: AppCard) -> tuple[object, ...]:
    """Names as people sort them: without case, and numbers in them by their value (2 before 11)."""
    parts = re.split(r"([0-9]+)", card.name.casefold())
    numbers = (part.lstrip("0") for part in parts[1::2])
    pairs = zip_longest(parts[::2], ((len(number), number) for number in numbers), fillvalue=(0, ""))
    return (tuple(pairs), card.name, card.id)


def _newest(releases: Iterable[RecentRelease]) -> tuple[RecentRelease, ...]:
    return tuple(sorted(releases, key=lambda release: (release.date, release.path), reverse=True)[:RECENT])


def _static_kind(path: str) -> Kind:
    return "page" if path.endswith((".html", ".htm")) else "asset"
