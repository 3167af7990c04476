"""Atom feeds of each app and of the whole site (RFC 4287). XML is built as a tree, never as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from xml.etree import ElementTree as ET

import msgspec

from otasite.outputs.output import Output, made_of
from otasite.outputs.xml import child_of, xml_bytes
from otasite.site.artifacts import Artifact
from otasite.site.context import Context
from otasite.site.published import PublishedApp, PublishedSite

#: Entries of a feed; feed readers poll, so older ones are there already.
FEED_LENGTH = 20
_ATOM = "http://www.w3.org/2005/Atom"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One release in a feed. ``url`` is its permanent page and its identity; ``updated`` is UTC."""

    title: str
    url: str
    updated: dt.datetime
    html: str
    app: str
    channel: str


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """An Atom feed: its own address, the page it belongs to, and its entries, newest first."""

    title: str
    url: str
    page_url: str
    author: str
    language: str
    entries: tuple[FeedEntry, ...]


class AtomFeeds(Output[tuple[FeedEntry, ...]]):
    """``feed.xml`` of the site and of each app, in the site's first language."""

    name = "atom"
    leaves = tuple[FeedEntry, ...]

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        addresses = app.addresses
        feed = _feed(app.context, app.main.name, addresses.path, _entries(app))
        yield made_of(f"{addresses.path}feed.xml", feed, partial(atom_bytes, feed), source=app.app.source)

    def leave(self, app: PublishedApp) -> tuple[FeedEntry, ...]:
        return _entries(app)

    def of_site(self, site: PublishedSite, left: Mapping[str, tuple[FeedEntry, ...]]) -> Iterator[Artifact]:
        context = site.context
        entries = [entry for entries in left.values() for entry in entries]
        entries.sort(key=lambda entry: (entry.updated, entry.url), reverse=True)
        title = context.text(context.site.title, context.site.language)
        feed = _feed(context, title, "", tuple(entries[:FEED_LENGTH]))
        yield made_of("feed.xml", feed, partial(atom_bytes, feed))


def _feed(context: Context, title: str, folder: str, entries: tuple[FeedEntry, ...]) -> Feed:
    site = context.site
    return Feed(
        title=title,
        url=context.base.absolute(f"{folder}feed.xml"),
        page_url=context.base.absolute(folder),
        author=site.organisation.name or context.text(site.title, site.language),
        language=site.language,
        entries=entries,
    )


def _entries(app: PublishedApp) -> tuple[FeedEntry, ...]:
    pages = app.main
    return tuple(
        FeedEntry(
            title=f"{pages.name} {release.version} ({release.build})",
            url=app.addresses.release_url(release),
            updated=release.timestamp,
            html=pages.absolute_notes(release),
            app=pages.name,
            channel=pages.channels[release.channel].title,
        )
        for release in app.shown[:FEED_LENGTH]
    )


def atom_bytes(feed: Feed) -> bytes:
    """The feed as Atom. Its ``updated`` is its newest entry's, so equal content gives equal bytes."""
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": feed.language})
    child_of(root, "id", feed.url)
    child_of(root, "title", feed.title)
    child_of(root, "updated", _moment(max((entry.updated for entry in feed.entries), default=_EPOCH)))
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.url})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page_url})
    child_of(ET.SubElement(root, "author"), "name", feed.author)
    child_of(root, "generator", "otasite")
    for entry in feed.entries:
        node = ET.SubElement(root, "entry")
        child_of(node, "id", entry.url)
        child_of(node, "title", entry.title)
        child_of(node, "updated", _moment(entry.updated))
        ET.SubElement(node, "link", {"rel": "alternate", "type": "text/html", "href": entry.url})
        ET.SubElement(node, "category", {"term": entry.channel})
        if entry.html:
            child_of(node, "content", entry.html).set("type", "html")
    return xml_bytes(root)


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
