"""``sitemap.xml`` after the sitemaps.org protocol (0.9), and ``robots.txt`` that names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from xml.etree import ElementTree as ET

import msgspec

from otasite.outputs.output import Output, made_of
from otasite.outputs.xml import child_of, xml_bytes
from otasite.site.artifacts import Artifact
from otasite.site.context import Context
from otasite.site.published import PublishedApp, PublishedSite

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
#: Most addresses that one sitemap may list (sitemaps.org).
SITEMAP_LIMIT = 50_000


class SitemapEntry(msgspec.Struct, frozen=True, array_like=True):
    """A page that search engines may list: its path in the first language, the day it last changed, and the
    languages that have it (none: all)."""

    path: str
    changed: str
    languages: tuple[str, ...] = ()


class Sitemap(Output[tuple[SitemapEntry, ...]]):
    """All pages of listed apps and of the site, in every language; in parts when there are too many for one file."""

    name = "sitemap"
    leaves = tuple[SitemapEntry, ...]

    def leave(self, app: PublishedApp) -> tuple[SitemapEntry, ...]:
        pages, addresses = app.main, app.addresses
        newest = pages.newest
        return (
            SitemapEntry(addresses.path, newest.release.date[:10] if newest else ""),
            *(
                SitemapEntry(addresses.channel(channel), releases[0].date[:10])
                for channel, releases in pages.by_channel.items()
            ),
            *(SitemapEntry(addresses.release(release), release.date[:10]) for release in app.shown),
        )

    def of_site(self, site: PublishedSite, left: Mapping[str, tuple[SitemapEntry, ...]]) -> Iterator[Artifact]:
        if site.context.site.noindex:  # robots that may not read a page do not see that it asks to be left out
            robots = b"User-agent: *\nAllow: /\n"
            yield made_of("robots.txt", robots, partial(bytes, robots))
            return
        entries = [
            SitemapEntry("", ""),
            *(SitemapEntry(f"{page.id}/", "", page.languages) for page in site.pages if not page.noindex),
            *(SitemapEntry(path, "") for path in _categories(site)),
        ]
        for of_app in left.values():
            entries += of_app
        yield from _sitemaps(site.context, tuple(sitemap_pages(site.context, entries)))
        robots = f"User-agent: *\nAllow: /\nSitemap: {site.context.base.absolute('sitemap.xml')}\n".encode()
        yield made_of("robots.txt", robots, lambda: robots)


def _categories(site: PublishedSite) -> Iterator[str]:
    """The pages of categories in the site's first language."""
    pages = (page.view.page for page in site.made)
    return (page.path for page in pages if page.kind == "category" and page.language == site.context.site.language)


def _sitemaps(context: Context, pages: tuple[SitemapPage, ...]) -> Iterator[Artifact]:
    if len(pages) <= SITEMAP_LIMIT:
        yield made_of("sitemap.xml", pages, partial(sitemap_bytes, pages))
        return
    names = []
    for number, start in enumerate(range(0, len(pages), SITEMAP_LIMIT), 1):
        part = pages[start : start + SITEMAP_LIMIT]
        names.append(f"sitemap-{number}.xml")
        yield made_of(names[-1], part, partial(sitemap_bytes, part))
    urls = [context.base.absolute(name) for name in names]
    yield made_of("sitemap.xml", urls, partial(sitemap_index_bytes, urls))


class SitemapPage(msgspec.Struct, frozen=True, array_like=True):
    """One line of a sitemap: an address, the day it changed, and the same page in each language (tag, address)."""

    url: str
    changed: str
    alternates: tuple[tuple[str, str], ...]


def sitemap_pages(context: Context, entries: Iterable[SitemapEntry]) -> Iterator[SitemapPage]:
    """Every entry in every language that has it."""
    absolute, prefix = context.base.absolute, context.prefix
    for entry in entries:
        languages = entry.languages or context.site.languages
        urls = tuple((language, absolute(prefix(language) + entry.path)) for language in languages)
        for _, url in urls:
            yield SitemapPage(url, entry.changed, urls if len(urls) > 1 else ())


def sitemap_bytes(pages: Iterable[SitemapPage]) -> bytes:
    """A sitemap of at most :data:`SITEMAP_LIMIT` pages."""
    root = ET.Element("urlset", {"xmlns": _SITEMAP, "xmlns:xhtml": _XHTML})
    for page in pages:
        node = ET.SubElement(root, "url")
        child_of(node, "loc", page.url)
        if page.changed:
            child_of(node, "lastmod", page.changed)
        for language, url in page.alternates:
            ET.SubElement(node, "xhtml:link", {"rel": "alternate", "hreflang": language, "href": url})
    return xml_bytes(root)


def sitemap_index_bytes(urls: Iterable[str]) -> bytes:
    """An index of several sitemaps, for sites with more pages than one may list."""
    root = ET.Element("sitemapindex", {"xmlns": _SITEMAP})
    for url in urls:
        child_of(ET.SubElement(root, "sitemap"), "loc", url)
    return xml_bytes(root)
