"""What all pages of one build share, worked out once: addresses, channels, navigation."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import quote

import msgspec

from otasite import __version__
from otasite.catalogue.model import FreePage, Site, in_language, localised
from otasite.catalogue.records import Extra, Text
from otasite.hosts.repository_key import RepositoryKey
from otasite.hosts.signed_urls import UrlSigner
from otasite.memory import Results
from otasite.site.notes import Notes
from otasite.site.selection import Choice
from otasite.site.urls import BaseUrl, normal_url, root_of
from otasite.site.views import (
    TEMPLATES,
    Alternate,
    AppPage,
    ChannelPage,
    ChannelView,
    Contact,
    ManagementPage,
    MarkdownPage,
    NavItem,
    OptionValue,
    Page,
    PageKind,
    PageMeta,
    ReleasePage,
    SiteView,
)
from otasite.theming.components import Components
from otasite.theming.declaration import OwnFileRecord
from otasite.theming.languages import direction

V = TypeVar("V", bound=Page)

GENERATOR = f"otasite {__version__}"
#: Address of the help page, unless the site has a free page of that name, which then takes its place.
HELP = "help"
#: Templates of an app's own pages.
_OF_APPS = frozenset(TEMPLATES[page] for page in (AppPage, ChannelPage, ReleasePage, ManagementPage))


def page_template(view: object) -> str | None:
    """The template of a page; none for what is no page."""
    own = view.template if isinstance(view, MarkdownPage) else ""
    return own or TEMPLATES.get(type(view))


class Context:
    """One site at one address; knows where everything is, and nothing of any single app's releases."""

    def __init__(
        self,
        site: Site,
        base: BaseUrl,
        pages: tuple[FreePage, ...],
        choice: Choice,
        *,
        options: Mapping[str, OptionValue],
        language_names: Mapping[str, str],
        secret: str = "",
        keeps_binaries: bool = False,
        signer: UrlSigner | None = None,
        repository_key: RepositoryKey | None = None,
        is_published: bool = True,
        data: Mapping[str, Extra] | None = None,
        files: tuple[OwnFileRecord, ...] = (),
        components: Components | None = None,
    ) -> None:
        self.site = site
        self.base = base
        self.pages = pages
        self.choice = choice
        self.options = dict(options)
        self.language_names = dict(language_names)
        #: From ``OTASITE_SECRET``: unlisted apps get addresses that nobody can guess without it.
        self.secret = secret
        #: The preview serves the repository's binaries itself, also those that ``binaries:`` puts elsewhere.
        self.keeps_binaries = keeps_binaries
        #: Signs the addresses of binaries in a private bucket.
        self.signer = signer
        #: Signs the F-Droid repository. Without one it can be looked at, but not published.
        self.repository_key = repository_key
        self.is_published = is_published
        #: Files of ``content/data/`` that pages can read, by their templates.
        self.data = {template: held for template, held in (data or {}).items() if held}
        self._localised_data: dict[tuple[str, str], Extra] = {}
        #: Files that the theme or the site declare.
        self.files = files
        #: What texts in Markdown can call.
        self.components = components or Components()
        self.notes = Notes()
        #: Bytes of files that take long to make, by what they are made from: kept from run to run.
        self.made: Results[str, bytes] = Results()
        self.channels = {channel.id: channel for channel in site.channels}

    def with_memory(self, notes: Notes, made: Results[str, bytes]) -> Context:
        """The same context with converted texts and made files of its own, for one app."""
        other = copy.copy(self)
        other.notes = notes
        other.made = made
        return other

    def inputs(self) -> object:
        """Everything here that a page of an app can depend on, for fingerprints of whole apps.

        But for what a person asks for: drafts, future releases, and binaries that stay here.
        """
        titles = [(page.id, page.source, page.title, page.nav, page.languages) for page in self.pages]
        of_apps = _OF_APPS | {file.template for file in self.files}
        secret = blake2b(self.secret.encode(), digest_size=16, person=b"otasite secret").digest()
        return [
            self.site,
            self.base.url,
            titles,
            self.options,
            self.language_names,
            secret,
            self.signer.inputs() if self.signer else None,
            self.repository_key.fingerprint if self.repository_key else "",
            self.is_published,
            {template: held for template, held in self.data.items() if template in of_apps},
            self.files,
            self.components.fronts,
        ]

    def text(self, text: Text, language: str) -> str:
        return localised(text, language, self.site.language)

    def own_data(self, extra: Extra, language: str) -> Extra:
        """Data of the site's own as pages in this language see it."""
        return {name: in_language(value, language, self.site.languages) for name, value in extra.items()}

    @cached_property
    def page_paths(self) -> dict[str, str]:
        """Where free pages are, by their files."""
        return {page.source: f"{self.prefix(page.languages[0])}{page.id}/" for page in self.pages}

    # --- addresses ----------------------------------------------------------------------------------------

    def prefix(self, language: str) -> str:
        """First part of the paths of a language's pages: none for the site's first language."""
        return "" if language == self.site.language else f"{language}/"

    # --- shared views -------------------------------------------------------------------------------------

    @cached_property
    def _site_views(self) -> dict[str, SiteView]:
        return {language: self._site_view(language) for language in self.site.languages}

    def site_view(self, language: str) -> SiteView:
        return self._site_views[language]

    def _site_view(self, language: str) -> SiteView:
        prefix = self.prefix(language)
        organisation = self.site.organisation
        has_own_help = any(page.id == HELP for page in self.pages)
        return SiteView(
            title=self.text(self.site.title, language),
            description=self.text(self.site.description, language),
            organisation=organisation.name,
            contact=Contact(email=organisation.email, url=organisation.url),
            path=prefix,
            pages=tuple(
                NavItem(title=self.text(page.title, language), path=f"{prefix}{page.id}/")
                for page in self.pages
                if page.nav and page.id != HELP and language in page.languages
            ),
            options=self.options,
            generator=GENERATOR,
            help=f"{prefix}{HELP}/",
            symptoms="" if has_own_help else f"{prefix}{HELP}/#",
            register_url=normal_url(self.site.register_url) if self.site.register_url else "",
            logo=quote(organisation.logo),
            extra=self.own_data(self.site.extra, language),
        )

    def with_data(self, view: V, template: str = "") -> V:
        """A page with the data that its templates can read, or that those of another file of this page can."""
        template = template or page_template(view) or ""
        if template not in self.data:
            return view
        return msgspec.structs.replace(view, data=self._data_in(template, view.page.language))

    def _data_in(self, template: str, language: str) -> Extra:
        if (template, language) not in self._localised_data:
            self._localised_data[template, language] = self.own_data(self.data[template], language)
        return self._localised_data[template, language]

    def channel_view(self, path: str, channel: str, language: str) -> ChannelView:
        """A channel of an app, whose folder is ``path`` in the first language."""
        return ChannelView(
            id=channel,
            title=self.text(self.channels[channel].title, language),
            path=self.prefix(language) + path,
            is_default=channel == self.site.default_channel.id,
        )

    def page_meta(
        self,
        kind: PageKind,
        path: str,
        language: str,
        *,
        title: str,
        description: str = "",
        noindex: bool = False,
        feed: str = "feed.xml",
        qr: bool = True,
        social_image: str = "",
        web_manifest: str = "",
        languages: tuple[str, ...] = (),
    ) -> PageMeta:
        """The head of a page whose address in the first language is ``path``; without ``languages`` all have it."""
        own = self.prefix(language) + path
        return PageMeta(
            kind=kind,
            language=language,
            direction=direction(language),
            root=root_of(own),
            path=own,
            url=self.base.absolute(own),
            title=title,
            description=description,
            noindex=noindex or self.site.noindex,
            alternates=self._alternates(path, language, languages or self.site.languages),
            feed=feed,
            qr=f"{own}qr.svg" if qr else "",
            social_image=self.base.absolute(social_image) if social_image else "",
            web_manifest=web_manifest,
        )

    def _alternates(self, path: str, current: str, languages: tuple[str, ...]) -> tuple[Alternate, ...]:
        if len(languages) == 1:
            return ()
        return tuple(
            Alternate(
                language=language,
                name=self.language_names[language],
                path=self.prefix(language) + path,
                url=self.base.absolute(self.prefix(language) + path),
                current=language == current,
            )
            for language in languages
        )
