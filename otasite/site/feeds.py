"""Feeds, JSON and files for crawlers: the site for machines.

Atom after RFC 4287, sitemaps after the sitemaps.org protocol (0.9). XML is built as a tree, never as text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

import msgspec

from otasite.site.context import GENERATOR, Context
from otasite.site.digests import FEED_LENGTH, AppDigest, FeedEntry, SitemapEntry

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
#: Most addresses that one sitemap may list (sitemaps.org).
SITEMAP_LIMIT = 50_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """An Atom feed: its own address, the page it belongs to, and its entries, newest first."""

    title: str
    url: str
    page_url: str
    author: str
    language: str
    entries: tuple[FeedEntry, ...]


class CatalogueJson(msgspec.Struct, frozen=True, kw_only=True):
    """``catalogue.json``. ``schema`` grows only when keys change their meaning; new keys may come at any time."""

    schema: int = 1
    generator: str = GENERATOR
    title: str
    url: str
    channels: tuple[str, ...]
    apps: tuple[msgspec.Raw, ...]


def newest_entries(digests: Iterable[AppDigest]) -> tuple[FeedEntry, ...]:
    """The newest releases of all listed apps."""
    entries = [entry for digest in digests for entry in digest.entries]
    entries.sort(key=lambda entry: (entry.updated, entry.url), reverse=True)
    return tuple(entries[:FEED_LENGTH])


def atom_bytes(feed: Feed) -> bytes:
    """The feed as Atom. Its ``updated`` is its newest entry's, so equal content gives equal bytes."""
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": feed.language})
    _child(root, "id", feed.url)
    _child(root, "title", feed.title)
    _child(root, "updated", _moment(max((entry.updated for entry in feed.entries), default=_EPOCH)))
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.url})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page_url})
    _child(ET.SubElement(root, "author"), "name", feed.author)
    _child(root, "generator", "otasite")
    for entry in feed.entries:
        node = ET.SubElement(root, "entry")
        _child(node, "id", entry.url)
        _child(node, "title", entry.title)
        _child(node, "updated", _moment(entry.updated))
        ET.SubElement(node, "link", {"rel": "alternate", "type": "text/html", "href": entry.url})
        ET.SubElement(node, "category", {"term": entry.channel})
        if entry.html:
            _child(node, "content", entry.html).set("type", "html")
    return _xml(root)


def catalogue_bytes(context: Context, digests: Iterable[AppDigest]) -> bytes:
    return msgspec.json.encode(
        CatalogueJson(
            title=context.text(context.site.title, context.site.language),
            url=context.base.url,
            channels=tuple(context.channels),
            apps=tuple(msgspec.Raw(digest.json) for digest in digests if digest.listed),
        )
    )


class SitemapPage(msgspec.Struct, frozen=True, array_like=True):
    """One line of a sitemap: an address, the day it changed, and the same page in each language (tag, address)."""

    url: str
    changed: str
    alternates: tuple[tuple[str, str], ...]


def sitemap_pages(context: Context, entries: Iterable[SitemapEntry]) -> Iterator[SitemapPage]:
    """Every entry in every language."""
    languages = context.site.languages
    absolute, prefix = context.base.absolute, context.prefix
    for entry in entries:
        urls = tuple((language, absolute(prefix(language) + entry.path)) for language in languages)
        for _, url in urls:
            yield SitemapPage(url, entry.changed, urls if len(urls) > 1 else ())


def sitemap_bytes(pages: Iterable[SitemapPage]) -> bytes:
    """A sitemap of at most :data:`SITEMAP_LIMIT` pages."""
    root = ET.Element("urlset", {"xmlns": _SITEMAP, "xmlns:xhtml": _XHTML})
    for page in pages:
        node = ET.SubElement(root, "url")
        _child(node, "loc", page.url)
        if page.changed:
            _child(node, "lastmod", page.changed)
        for language, url in page.alternates:
            ET.SubElement(node, "xhtml:link", {"rel": "alternate", "hreflang": language, "href": url})
    return _xml(root)


def sitemap_index_bytes(urls: Iterable[str]) -> bytes:
    """An index of several sitemaps, for sites with more pages than one may list."""
    root = ET.Element("sitemapindex", {"xmlns": _SITEMAP})
    for url in urls:
        _child(ET.SubElement(root, "sitemap"), "loc", url)
    return _xml(root)


def robots_bytes(context: Context) -> bytes:
    return f"User-agent: *\nAllow: /\nSitemap: {context.base.absolute('sitemap.xml')}\n".encode()


def _child(parent: ET.Element, tag: str, text: str) -> ET.Element:
    node = ET.SubElement(parent, tag)
    node.text = text
    return node


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _xml(root: ET.Element) -> bytes:
    xml: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"
