"""Which releases are new: the built site's ``catalogue.json`` against an earlier one.

Unlisted apps are in neither, so nothing ever announces them.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import msgspec

from otasite.catalogue.records import Platform
from otasite.hosting.catalogue import SiteCatalogue, built_catalogue
from otasite.outputs.catalogue_json import AppJson, LatestJson, ReleaseJson
from otasite.site.selection import platforms_of

#: Characters of release notes that a message quotes.
NOTES_LENGTH = 600
#: Releases that one message tells; the rest are counted.
MOST = 10
_PLATFORMS = {"ios": "iOS", "android": "Android"}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One new release, as message templates see it. ``notes`` is plain text; all addresses are absolute."""

    app: str
    name: str
    icon: str
    version: str
    build: str
    date: str
    channel: str
    url: str
    platforms: tuple[str, ...]
    notes: str


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What a message tells: the newest ``items`` first; ``more`` counts those that were left out."""

    title: str
    url: str
    items: tuple[Item, ...]
    more: int = 0


def find_news(dist: Path, before: SiteCatalogue, channel: str | None = None) -> News:
    """What the built site in ``dist`` has that ``before`` had not; with ``channel``, only there.

    Raises Refused when ``dist`` holds no built site.
    """
    now = built_catalogue(dist)
    known = {(app.id, release.id): platforms_of(release) for app in before.apps for release in app.releases}
    items = [
        _item(app, new, _notes(dist, app, new))
        for app in now.apps
        for release in app.releases
        if channel in (None, release.channel)
        and (new := _new_part(release, known.get((app.id, release.id)))) is not None
    ]
    items.sort(key=lambda item: (item.date, item.app, item.build), reverse=True)
    return News(title=now.title, url=now.url, items=tuple(items[:MOST]), more=max(0, len(items) - MOST))


def _new_part(release: ReleaseJson, known: tuple[Platform, ...] | None) -> ReleaseJson | None:
    """The release with those platforms only that were not ``known`` before; ``None`` when nothing of it is new."""
    if known is None:
        return release
    new = msgspec.structs.replace(release, **dict.fromkeys(known))
    return new if known and platforms_of(new) else None


def _item(app: AppJson, release: ReleaseJson, notes: str) -> Item:
    platforms = platforms_of(release)
    # Of one platform alone, its own version and build are told, which need not be the release's.
    said = getattr(release, platforms[0]) if len(platforms) == 1 else release
    return Item(
        app=app.id,
        name=app.name,
        icon=app.icon,
        version=said.version or release.version,
        build=said.build or release.build,
        date=release.date,
        channel=release.channel,
        url=release.url,
        platforms=platforms,
        notes=notes,
    )


def _notes(dist: Path, app: AppJson, release: ReleaseJson) -> str:
    """The release's notes as text: ``latest.json`` has those of each channel's and platform's newest release."""
    path = dist / app.id / "latest.json"
    if not path.is_file():
        return ""
    latest = msgspec.json.decode(path.read_bytes(), type=LatestJson).channels.get(release.channel)
    if latest is None:
        return ""
    origins = [binary.origin for binary in (latest.ios, latest.android) if binary and binary.origin]
    own = next((each for each in (latest, *origins) if each.id == release.id), None)
    return shortened(plain_text(own.notes_html or latest.notes_html)) if own else ""


def headline(item: Item) -> str:
    """One release in one line."""
    platforms = " and ".join(_PLATFORMS[name] for name in item.platforms)
    return f"{item.name} {item.version} ({item.build}){f' for {platforms}' if platforms else ''}"


def summary(news: News) -> str:
    """All of it in one line."""
    first = headline(news.items[0])
    others = len(news.items) - 1 + news.more
    return f"{first} and {others} more" if others else first


def rest(news: News) -> str:
    """How many releases a message leaves out; "" when it has all."""
    return f"… and {news.more} more" if news.more else ""


def shortened(text: str, length: int = NOTES_LENGTH) -> str:
    """``text`` cut at a word, with an ellipsis, when it is longer than ``length`` characters."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(None, 1)[0] + "…"


def plain_text(html: str) -> str:
    """Release notes as plain text: paragraphs as lines, list items with a bullet."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)


class _Text(HTMLParser):
    _BLOCKS = frozenset({"p", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "br", "pre", "blockquote", "tr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._BLOCKS:
            self.parts.append("\n• " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
