"""Which releases are new: the built site's ``catalogue.json`` against an earlier one.

Unlisted apps are in neither, so nothing ever announces them.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import msgspec

from otasite.hosting.catalogue import SiteCatalogue, built_catalogue
from otasite.outputs.catalogue_json import AppJson, LatestJson, ReleaseJson

#: Characters of release notes that a message quotes.
NOTES_LENGTH = 600
#: Releases that one message tells; the rest are counted.
MOST = 10


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
    known = {(app.id, release.id) for app in before.apps for release in app.releases}
    items = [
        _item(app, release, _notes(dist, app, release))
        for app in now.apps
        for release in app.releases
        if (app.id, release.id) not in known and channel in (None, release.channel)
    ]
    items.sort(key=lambda item: (item.date, item.app, item.build), reverse=True)
    return News(title=now.title, url=now.url, items=tuple(items[:MOST]), more=max(0, len(items) - MOST))


def _item(app: AppJson, release: ReleaseJson, notes: str) -> Item:
    return Item(
        app=app.id,
        name=app.name,
        icon=app.icon,
        version=release.version,
        build=release.build,
        date=release.date,
        channel=release.channel,
        url=release.url,
        platforms=tuple(name for name in ("ios", "android") if getattr(release, name) is not None),
        notes=notes,
    )


def _notes(dist: Path, app: AppJson, release: ReleaseJson) -> str:
    """The release's notes as text: ``latest.json`` has those of each channel's newest release."""
    path = dist / app.id / "latest.json"
    if not path.is_file():
        return ""
    latest = msgspec.json.decode(path.read_bytes(), type=LatestJson).channels.get(release.channel)
    if latest is None or latest.id != release.id:
        return ""
    return shortened(plain_text(latest.notes_html))


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
