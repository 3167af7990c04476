"""Markdown to safe HTML: release notes, descriptions and free pages.

The dialect is that of :mod:`otasite.site.markup`. The result is sanitised, its headings start at the level that fits
below the page's own, so that a page's outline stays right, and addresses in it work under any base path. What they
name is found by :mod:`otasite.site.named`, before any page asks for the text.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import blake2b
from typing import Protocol

import msgspec

from otasite.memory import Results
from otasite.site.calls import MARK, MAX_CALLS, OPENING, Call, put_back, take_out
from otasite.site.markup import Converter, TooMuch

#: Marks the place of the way to the site's root in converted text: no text can contain it (not a character).
ROOT = "\ufdd0"
#: Around an address that counts from the file that says it, or that pages may not load.
_OPEN, _CLOSE = "\ufdd1", "\ufdd2"
#: Before an identifier, for what tells texts on one page apart.
_OWN = "\ufdd3"
#: Where a component stands in a page; what it is made of follows.
FILLED = "\ufdd5"
_MARKS = str.maketrans("", "", ROOT + _OPEN + _CLOSE + _OWN + MARK + FILLED)
_CALL = re.compile(rf"<p>{MARK}(\d+){MARK}</p>|{MARK}(\d+){MARK}")
#: What search engines and link previews show of a description.
_GIST = 160
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_HEADING = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1>", re.DOTALL)
_ID = re.compile(rf' id="{_OWN}([^"]*)"')
_INSIDE = r"(?:[^\">]|\"[^\"]*\")*"
#: A link or picture with an address that is not settled yet.
_LINK = re.compile(rf'<a{_INSIDE} href="{_OPEN}([^{_CLOSE}]*){_CLOSE}"{_INSIDE}>(.*?)</a>', re.DOTALL)
_PICTURE = re.compile(rf'<img(?= )({_INSIDE}) src="{_OPEN}([^{_CLOSE}]*){_CLOSE}"({_INSIDE})>')
#: What the sanitiser left without an address.
_HOLLOW_LINK = re.compile(rf"<a(?!{_INSIDE} (?:href|id)=){_INSIDE}>(.*?)</a>", re.DOTALL)
_HOLLOW_PICTURE = re.compile(rf"<img(?!{_INSIDE} src=){_INSIDE}>")
_ALT = re.compile(r' alt="([^"]*)"')
_ROOTED = re.compile(rf' (href|src)="{ROOT}([^"]*)"')
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_WRITTEN = re.compile(
    r"""<(?:a|img)\s[^>]*?\b(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_SCHEMES = frozenset({"https", "http", "mailto", "tel"})
_TAGS = """a abbr b blockquote br code del dd details dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s
    samp small strong sub summary sup table tbody td th thead tr ul var"""
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"id"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align", "scope"},
    "code": {"class"},
}


class Address(msgspec.Struct, frozen=True, array_like=True):
    """An address in a text, as it is written, and whether it is a picture's."""

    address: str
    is_picture: bool = False


class Converted(msgspec.Struct, frozen=True, array_like=True):
    """A text as HTML, and what has to be known of its addresses.

    ``named`` are those that are to be settled or checked; ``refused`` are those that no link may have. ``fault`` says
    why the text cannot be converted, and ``near`` is text of the place. ``calls`` are those of components.
    """

    html: str = ""
    named: tuple[Address, ...] = ()
    refused: tuple[str, ...] = ()
    lost_parts: tuple[str, ...] = ()
    fault: str = ""
    near: str = ""
    calls: tuple[Call, ...] = ()

    @property
    def needs_more(self) -> bool:
        """Whether a page with this text needs more than its HTML: something to be found, or to be told."""
        return bool(self.named or self.refused or self.lost_parts or self.fault or self.calls)


class Filling(Protocol):
    """What stands in the place of a call that was found right."""

    @property
    def inline(self) -> bool: ...

    def marker(self) -> str:
        """For pages: what the component gets, to be made HTML by :func:`otasite.site.components.filled`."""

    def plain(self) -> str:
        """For readers without the theme: HTML of its own, with :data:`ROOT` before paths."""


class Target(msgspec.Struct, frozen=True):
    """Where something that a text names is: its path from the site's root; a picture has its size in pixels."""

    path: str
    width: int = 0
    height: int = 0


class Notes:
    """Converts Markdown, each distinct text once; ``results`` are by a digest of level and text.

    ``targets`` are what addresses in texts name, by the folder of the file that says them and the address. An address
    without one leads nowhere, and is left out. ``fillings`` are what calls of components show, by the language of the
    page, that folder and what is written; a call without one is left out, too.
    """

    def __init__(self, recall: Callable[[], Mapping[bytes, Converted]] = dict) -> None:
        self.results: Results[bytes, Converted] = Results(recall)
        self.targets: dict[tuple[str, Address], Target] = {}
        self.fillings: dict[tuple[str, str, str], Filling] = {}

    def converted(self, text: str, heading: int = 3) -> Converted:
        """``text`` as HTML for a page of any depth, whatever its addresses name."""
        if not text or text.isspace():
            return Converted()
        key = blake2b(f"{heading}{text}".encode(errors="replace"), digest_size=16).digest()
        return self.results.get(key, lambda: _convert(text, heading, f"n{key[:4].hex()}-"))

    def html(
        self,
        text: str,
        *,
        root: str,
        folder: str = "",
        heading: int = 3,
        language: str = "",
        plain: bool = False,
    ) -> str:
        """``text`` as sanitised HTML for a page whose way to the site's root is ``root``.

        ``folder`` is that of the file that says the text; ``heading`` is the level of the text's own top headings.
        Headings of a page (2) can be linked to by their words. Components are those for pages in ``language``;
        ``plain`` asks for what stands for them where no page is made.
        """
        converted = self.converted(text, heading)
        html = converted.html
        if converted.calls:
            html = _CALL.sub(lambda found: self._called(found, converted.calls, (language, folder), plain), html)
        if _OPEN in html:
            html = _LINK.sub(lambda found: self._link(found, folder), html)
            html = _PICTURE.sub(lambda found: self._picture(found, folder), html)
        return html.replace(ROOT, root) if ROOT in html else html

    def _called(self, found: re.Match[str], calls: tuple[Call, ...], place: tuple[str, str], plain: bool) -> str:
        filling = self.fillings.get((*place, calls[int(found[1] or found[2])].raw))
        if filling is None:
            return ""
        shown = filling.plain() if plain else filling.marker()
        return f"<p>{shown}</p>" if found[1] and (filling.inline or plain) else shown

    def _link(self, found: re.Match[str], folder: str) -> str:
        target = self.targets.get((folder, Address(entities.unescape(found[1]))))
        if target is None:
            return found[2]
        return found[0].replace(f"{_OPEN}{found[1]}{_CLOSE}", f"{ROOT}{entities.escape(target.path)}")

    def _picture(self, found: re.Match[str], folder: str) -> str:
        target = self.targets.get((folder, Address(entities.unescape(found[2]), is_picture=True)))
        if target is None:
            return _alternative(found)
        size = f' width="{target.width}" height="{target.height}"'
        given = "" if " width=" in found[0] or " height=" in found[0] or not target.width else size
        return f'<img{found[1]} src="{ROOT}{entities.escape(target.path)}"{found[3]}{given}>'


def gist(html: str) -> str:
    """The first paragraph of words in converted text as plain text, cut after a word when it is long."""
    text = next(filter(None, (plain(paragraph[1]) for paragraph in _PARAGRAPH.finditer(html))), "")
    if len(text) <= _GIST:
        return text
    kept = text[:_GIST]
    return (kept.rpartition(" ")[0] or kept).rstrip(" ,;:–-") + "…"


def plain(html: str) -> str:
    """HTML without its tags and components, on one line."""
    return " ".join(entities.unescape(_TAG.sub("", _CALL.sub("", html))).split())


def parts_of(html: str) -> frozenset[str]:
    """The identifiers in converted text, to which links can lead."""
    return frozenset(entities.unescape(found) for found in re.findall(r' id="([^"]*)"', html))


@cache
def _converter() -> Converter:
    return Converter()


@cache
def _cleaner() -> Callable[[str], str]:
    import nh3

    cleaner = nh3.Cleaner(
        tags=set(_TAGS.split()),
        attributes=_ATTRIBUTES,
        attribute_filter=_marked,
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer",
    )
    return cleaner.clean


def _marked(tag: str, attribute: str, value: str) -> str | None:
    """Addresses from the site's root work under any base path; those that have to be settled are marked.

    Browsers read a backslash in an address as a slash: ``/\\host`` is another host.
    """
    if attribute == "id":
        return _OWN + value
    if attribute not in ("href", "src"):
        return value
    value = value.strip()
    slashed = value.replace("\\", "/")
    if "\\" in value or (attribute == "src" and (slashed.startswith("//") or _SCHEME.match(value))):
        return f"{_OPEN}{value}{_CLOSE}"
    if slashed.startswith("//") or _SCHEME.match(value):
        return value
    return ROOT + value[1:] if value.startswith("/") else f"{_OPEN}{value}{_CLOSE}"


def _alternative(picture: re.Match[str]) -> str:
    """What stands for a picture that cannot be shown."""
    alt = _ALT.search(picture[0])
    return alt[1] if alt else ""


def _convert(text: str, heading: int, own: str) -> Converted:
    text = text.translate(_MARKS)
    text, calls = take_out(text) if OPENING in text else (text, [])
    if len(calls) > MAX_CALLS:
        return Converted(fault=f"it calls more than {MAX_CALLS} components", near=calls[MAX_CALLS].raw)
    try:
        raw = _converter().convert(text)
    except TooMuch as error:
        return Converted(fault=str(error), near=error.near[:80])
    html = _cleaner()(raw)
    html, kept = put_back(html, calls) if calls else (html, ())
    html, hollow = _HOLLOW_LINK.subn(r"\1", html)
    html, empty = _HOLLOW_PICTURE.subn(_alternative, html)
    html = _with_headings(html, heading, own)
    if f'="{_OPEN}#' in html or _OWN in html:
        html, lost = _with_parts(html, own)
    else:
        lost = ()
    named = [Address(found[1]) for found in _LINK.finditer(html)]
    named += [Address(found[2], is_picture=True) for found in _PICTURE.finditer(html)]
    named += [Address(f"/{found[2]}", is_picture=found[1] == "src") for found in _ROOTED.finditer(html)]
    return Converted(
        html=html.replace("<table>", '<div class="wide" tabindex="0"><table>').replace("</table>", "</table></div>"),
        named=tuple(
            dict.fromkeys(msgspec.structs.replace(each, address=entities.unescape(each.address)) for each in named)
        ),
        refused=tuple(_refused(raw)) if hollow or empty else (),
        lost_parts=lost,
        calls=kept,
    )


def _with_headings(html: str, heading: int, own: str) -> str:
    """Whatever levels a text uses, its highest becomes ``heading`` and none is skipped.

    People start notes with “##”, and a page's outline must have no gaps. Headings get identifiers from their words,
    as on GitHub: on a page of their own all, in notes, of which several stand on one page, those that a link names.
    """
    if "<h" not in html:
        return html
    levels = sorted({int(match[1]) for match in _HEADING.finditer(html)})
    fitting = {level: min(heading + rank, 6) for rank, level in enumerate(levels)}
    used = {"main": 1}
    wanted = {entities.unescape(found[1]) for found in _LINK.finditer(html) if found[1].startswith("#")}

    def fit(found: re.Match[str]) -> str:
        level, attributes = fitting[int(found[1])], found[2]
        name = _slug(plain(found[3]), used)
        if name and " id=" not in attributes and (heading == 2 or f"#{name}" in wanted):
            prefix = "" if heading == 2 else own
            attributes = f'{attributes} id="{prefix}{entities.escape(name)}"'
        return f"<h{level}{attributes}>{found[3]}</h{level}>"

    return _HEADING.sub(fit, html)


def _slug(words: str, used: dict[str, int]) -> str:
    """The name of a heading: its words in lower case with hyphens, and a number from the second of a name on."""
    from markdown.extensions.toc import slugify_unicode

    slug = slugify_unicode(words, "-")
    times = used[slug] = used.get(slug, 0) + 1
    return slug if times == 1 or not slug else f"{slug}-{times - 1}"


def _with_parts(html: str, own: str) -> tuple[str, tuple[str, ...]]:
    """Give a text's own identifiers their mark, and links to them, too; also returns those that lead to none."""
    html = _ID.sub(rf' id="{own}\1"', html)
    parts = parts_of(html)
    lost = []

    def lead(found: re.Match[str]) -> str:
        part = entities.unescape(found[1])[1:]
        if not found[1].startswith("#"):
            return found[0]
        target = next((name for name in (own + part, part) if name in parts), None)
        if target is None:
            lost.append(part)
            return found[2]
        return found[0].replace(f"{_OPEN}{found[1]}{_CLOSE}", f"#{entities.escape(target)}")

    return _LINK.sub(lead, html), tuple(lost)


def _refused(raw: str) -> list[str]:
    """Addresses of kinds that no link may have, as they are written."""
    written = (entities.unescape(next(filter(None, found), "")) for found in _WRITTEN.findall(raw))
    schemes = ((address, _SCHEME.match(address)) for address in written)
    return list(dict.fromkeys(address for address, scheme in schemes if scheme and scheme[1].lower() not in _SCHEMES))
