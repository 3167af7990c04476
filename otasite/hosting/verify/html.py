"""What a page links to, read from its HTML without running anything, and install links taken apart as iOS does.

The reader is a tokenizer after the HTML standard (section 13.2.5) without a tree: one pass forward, so that no bytes
make it slow, which cannot be said of :mod:`html.parser` of every Python, nor of any parser that builds a tree
(formatting elements that are left open are repeated in each paragraph).
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import msgspec

from otasite.hosting.verify.client import MAX_ADDRESS
from otasite.hosting.verify.report import Row, failed, passed

_FILES = {"stylesheet", "icon", "apple-touch-icon", "manifest"}
#: Links of one page that are looked at.
MAX_LINKS = 50_000

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)", re.ASCII)
_ATTRIBUTE = re.compile(
    r"[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>][^\s>]*)|(?=>)))?", re.ASCII
)
_SPACE = re.compile(r"[\s/]*", re.ASCII)
_SPACES = re.compile(r"\s+")
#: Elements whose text is no markup.
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
_HIDDEN = frozenset({"script", "style", "iframe", "noembed", "noframes"})
#: A numeric reference too long for any character: Python refuses to read thousands of digits.
_LONG_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")


class Tag(msgspec.Struct, frozen=True):
    """A start tag (or, with ``closes``, an end tag): its name and attributes, names in lower case."""

    name: str
    attributes: dict[str, str] = {}
    closes: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The links of one page. ``installs`` are raw hrefs with their target; all others are absolute addresses.

    ``cut`` says that it has more links than are looked at.
    """

    installs: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    text: str = ""
    asks_password: bool = False
    cut: bool = False


def tokens(html: str) -> Iterator[Tag | str]:
    """The tags of a page and the texts between them, those of scripts and styles left out."""
    at = 0
    while at < len(html):
        opened = html.find("<", at)
        if opened < 0:
            opened = len(html)
        if opened > at:
            yield _plain(html[at:opened])
        if opened == len(html):
            return
        match = _TAG.match(html, opened)
        if match is None:
            at = _after_other(html, opened)
            if at == opened:  # a bare “<”
                yield "<"
                at += 1
            continue
        tag, at = _tag(html, match)
        if tag is None:
            return
        yield tag
        if tag.name in _RAW and not tag.closes:
            text, at = _raw(html, at, tag.name)
            yield text


def _tag(html: str, match: re.Match[str]) -> tuple[Tag | None, int]:
    """The tag that begins at ``match``, and where it ends; None when the page ends before."""
    attributes: dict[str, str] = {}
    at = match.end()
    while (found := _ATTRIBUTE.match(html, at)) is not None:
        name, *values = found.groups()
        at = found.end()
        if at < len(html) and html[at] == "=":  # a quotation mark that is never closed
            return None, len(html)
        attributes.setdefault(name.lower(), next((_plain(value) for value in values if value is not None), ""))
    at = _end(html, at)
    if at >= len(html):
        return None, at
    return Tag(match[2].lower(), attributes, match[1] == "/"), at + 1


def _end(html: str, at: int) -> int:
    space = _SPACE.match(html, at)
    assert space is not None  # it may be empty
    return space.end()


def _after_other(html: str, at: int) -> int:
    """The end of a comment, declaration or bogus tag at ``at``; ``at`` itself when there is none."""
    if html.startswith("<!--", at):
        end = html.find("-->", at + 2)  # “<!-->” is a whole comment
        return len(html) if end < 0 else end + 3
    if html.startswith(("<!", "<?", "</"), at):
        end = html.find(">", at)
        return len(html) if end < 0 else end + 1
    return at


def _raw(html: str, at: int, name: str) -> tuple[str, int]:
    """The text of an element that holds no markup, and where its end tag begins."""
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, at)
    stop = end.start() if end else len(html)
    if name in _HIDDEN:
        return "", stop
    return _plain(html[at:stop]), stop


def _plain(text: str) -> str:
    """Text with its character references resolved."""
    if "&" not in text:
        return text
    return entities.unescape(_LONG_REFERENCE.sub("\ufffd", text))


def read_page(html: bytes, address: str) -> Page:
    """Read a page that was fetched from ``address``. Never fails: a browser does not either."""
    found = _Links(address)
    texts = []
    for token in tokens(html.decode("utf-8", "replace")):
        if isinstance(token, str):
            texts.append(token)
        elif not token.closes:
            found.take(token.name, token.attributes)
    return Page(
        installs=tuple(dict.fromkeys(found.installs)),
        links=tuple(found.links),
        files=tuple(found.files),
        text=_SPACES.sub(" ", "".join(texts)).strip(),
        asks_password=found.asks_password,
        cut=found.cut,
    )


class _Links:
    """Collects what a page leads to, each address once."""

    def __init__(self, address: str) -> None:
        self._base = address
        self._seen: set[str] = set()
        self.installs: list[tuple[str, str]] = []
        self.links: dict[str, None] = {}
        self.files: dict[str, None] = {}
        self.asks_password = False
        self.cut = False

    def take(self, tag: str, values: dict[str, str]) -> None:
        if tag == "a":
            self._anchor(values)
        elif tag in ("img", "script", "source") and values.get("src"):
            self._add(self.files, values["src"])
        elif tag == "link" and _FILES & set(values.get("rel", "").lower().split()):
            self._add(self.files, values.get("href", ""))
        elif tag == "input" and values.get("type", "").lower() == "password":
            self.asks_password = True

    def _anchor(self, values: dict[str, str]) -> None:
        href = values.get("href", "").strip()
        if not href.lower().startswith("itms-services:"):
            self._add(self.links, href)
        elif len(self.installs) < MAX_LINKS:
            self.installs.append((href[:MAX_ADDRESS], values.get("target", "")[:100]))
        else:
            self.cut = True

    def _add(self, where: dict[str, None], address: str) -> None:
        """Note an address once, wherever it was seen first."""
        if not address or len(address) > MAX_ADDRESS or address in self._seen:
            return
        if len(self._seen) >= MAX_LINKS:
            self.cut = True
            return
        self._seen.add(address)
        try:
            absolute = urldefrag(urljoin(self._base, address))[0]
        except ValueError:  # an address such as http://[ that no browser follows either
            return
        if absolute.startswith(("https://", "http://")):
            where[absolute] = None


# --- install links ----------------------------------------------------------------------------------------------

SCHEME = "itms-services:"


def link_parameters(link: str) -> dict[str, str]:
    """The parameters that iOS finds in a link; a part it cannot read is missing.

    iOS replaces ``;`` by ``&``, splits the query on ``&`` and each part on ``=``, keeps a part only if that yields
    exactly two pieces, and decodes once; ``+`` stays a plus. So a link that browsers understand may be dead there.
    """
    query = link.partition("#")[0].partition("?")[2].replace(";", "&")
    pieces = (part.split("=") for part in query.split("&"))
    return {piece[0]: unquote(piece[1]) for piece in pieces if len(piece) == 2}


def manifest_of(link: str, page: str) -> tuple[str, list[Row]]:
    """The manifest's address in ``link`` (``""`` when the link is dead), and what is wrong with it."""
    if not link.startswith(f"{SCHEME}//"):
        return "", [failed("link-malformed", page, f"“{link}” has no // after {SCHEME} and does nothing")]
    found = link_parameters(link)
    if found.get("action") != "download-manifest":
        return "", [failed("link-malformed", page, f"iOS finds no action=download-manifest in “{link}”")]
    url = found.get("url", "")
    if not url:
        return "", [failed("link-malformed", page, f"iOS finds no url in “{link}”")]
    return _manifest_url(url, link, page)


def _manifest_url(url: str, link: str, page: str) -> tuple[str, list[Row]]:
    if url.lower().startswith(("https%3a", "http%3a")):
        once_more = unquote(url)
        return once_more, [failed("link-double-encoded", page, f"iOS decodes the address to “{url}”")]
    try:
        parts = urlsplit(url)
    except ValueError:  # such as https://[/
        return "", [failed("link-malformed", page, f"“{url}” is no address")]
    if not parts.scheme or not parts.netloc:
        return "", [failed("link-relative", page, f"the manifest's address is “{url}”")]
    if parts.scheme != "https":
        return "", [failed("https", page, f"the link names the manifest {url}")]
    if _cut_short(link):
        return url, [failed("link-malformed", page, f"iOS cuts the manifest's address short: “{url}”")]
    return url, [passed("link-malformed", page, url)]


def _cut_short(link: str) -> bool:
    """Whether raw ``&`` or ``;`` ended the address early: what follows then looks like more parameters."""
    query = link.partition("?")[2]
    names = {part.partition("=")[0] for part in query.replace(";", "&").split("&")}
    return bool(names - {"action", "url", ""}) or "#" in query
