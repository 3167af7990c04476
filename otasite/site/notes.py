"""Markdown to safe HTML: release notes, descriptions and free pages.

The Markdown dialect is python-markdown's with fenced code, tables and sane lists. The result is sanitised, and its
headings start at the level that fits below the page's own, so that a page's outline stays right.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import blake2b

from otasite.memory import Results
from otasite.site.markup import Converter

#: Marks the place of the way to the site's root in converted text: no text can contain it (not a character).
ROOT = "\ufdd0"
#: What search engines and link previews show of a description.
_GIST = 160
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_HEADING = re.compile(r"<(/?)h([1-6])")
_TAGS = """a abbr b blockquote br code del dd dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp
    small strong sub sup table tbody td th thead tr ul var"""
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align", "scope"},
    "code": {"class"},
}


class Notes:
    """Converts Markdown, each distinct text once; ``results`` are by a digest of level and text."""

    def __init__(self, recall: Callable[[], Mapping[bytes, str]] = dict) -> None:
        self.results: Results[bytes, str] = Results(recall)

    def html(self, text: str, *, root: str, heading: int = 3) -> str:
        """``text`` as sanitised HTML for a page whose way to the site's root is ``root``.

        ``heading`` is the level of the text's own top headings.
        """
        if not text or text.isspace():
            return ""
        key = blake2b(f"{heading}{text}".encode(), digest_size=16).digest()
        html = self.results.get(key, lambda: _convert(text, heading))
        return html.replace(ROOT, root) if ROOT in html else html


def gist(html: str) -> str:
    """The first paragraph of converted text as plain text, cut after a word when it is long."""
    paragraph = _PARAGRAPH.search(html)
    if paragraph is None:
        return ""
    text = " ".join(entities.unescape(_TAG.sub("", paragraph[1])).split())
    if len(text) <= _GIST:
        return text
    kept = text[:_GIST]
    return (kept.rpartition(" ")[0] or kept).rstrip(" ,;:–-") + "…"


@cache
def _converter() -> Converter:
    return Converter()


@cache
def _cleaner() -> Callable[[str], str]:
    import nh3

    cleaner = nh3.Cleaner(
        tags=set(_TAGS.split()),
        attributes=_ATTRIBUTES,
        attribute_filter=_site_path,
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return cleaner.clean


def _site_path(tag: str, attribute: str, value: str) -> str | None:
    """Addresses from the site's root work under any base path; pictures of other hosts are not fetched by pages."""
    if attribute in ("href", "src") and value.startswith("/") and not value.startswith("//"):
        return ROOT + value[1:]
    if tag == "img" and attribute == "src" and ("//" in value or ":" in value):
        return None
    return value


def _convert(text: str, heading: int) -> str:
    html = _cleaner()(_converter().convert(text.replace(ROOT, "")))
    # Whatever levels the text uses, its highest becomes ``heading`` and none is skipped: people start notes with
    # “##”, and a page's outline must have no gaps.
    levels = sorted({int(match[2]) for match in _HEADING.finditer(html)})
    fitting = {level: min(heading + rank, 6) for rank, level in enumerate(levels)}
    return _HEADING.sub(lambda match: f"<{match[1]}h{fitting[int(match[2])]}", html)
