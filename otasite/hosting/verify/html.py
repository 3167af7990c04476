"""What a page links to, read from its HTML without running anything."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import msgspec

_FILES = {"stylesheet", "icon", "apple-touch-icon", "manifest"}


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The links of one page. ``installs`` are raw hrefs with their target; all others are absolute addresses."""

    installs: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    text: str = ""
    asks_password: bool = False


def read_page(html: bytes, address: str) -> Page:
    """Read a page that was fetched from ``address``. Never fails: a browser does not either."""
    parser = _Parser(address)
    parser.feed(html.decode("utf-8", "replace"))
    parser.close()
    return Page(
        installs=tuple(parser.installs),
        links=tuple(dict.fromkeys(parser.links)),
        files=tuple(dict.fromkeys(parser.files)),
        text=" ".join("".join(parser.text).split()),
        asks_password=parser.asks_password,
    )


class _Parser(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = address
        self._silent = 0
        self.installs: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.files: list[str] = []
        self.text: list[str] = []
        self.asks_password = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "a":
            self._anchor(values)
        elif tag in ("img", "script", "source") and values.get("src"):
            self._add(self.files, values["src"])
        elif tag == "link" and _FILES & set(values.get("rel", "").lower().split()):
            self._add(self.files, values.get("href", ""))
        elif tag == "input" and values.get("type", "").lower() == "password":
            self.asks_password = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self._silent:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text.append(data)

    def _anchor(self, values: dict[str, str]) -> None:
        href = values.get("href", "").strip()
        if href.lower().startswith("itms-services:"):
            self.installs.append((href, values.get("target", "")))
        elif href:
            self._add(self.links, href)

    def _add(self, where: list[str], address: str) -> None:
        try:
            absolute = urldefrag(urljoin(self._base, address))[0]
        except ValueError:  # an address such as http://[ that no browser follows either
            return
        if absolute.startswith(("https://", "http://")):
            where.append(absolute)
