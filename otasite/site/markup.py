"""Markdown conversion that tries only what a text can contain.

python-markdown tries each of its two dozen processors on each piece of a text. Most can only ever match where a
certain character stands (no link without ``[``), and most texts have few of those characters. So there is one
instance for each combination of such characters, without the processors that have nothing to find there, and what can
be read in one way only (flat lists, code, links) is read at once. Only the library's public registries are used; that
the output is the same is a property test against an instance with everything.

The library's effort grows with the square of what stands open in one paragraph, and it calls itself for each level of
lists and quotes. So both have bounds, checked where the effort would begin (:class:`TooMuch`).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.extensions.tables import TableProcessor
from markdown.inlinepatterns import SimpleTagInlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import InlineProcessor, Treeprocessor
from markdown.util import AtomicString, code_escape

from otasite.site.layout import is_odd, laid_out

#: The dialect: what people expect of Markdown today, on top of the original.
EXTENSIONS: dict[str, dict[str, Any]] = {
    "fenced_code": {},
    "tables": {"use_align_attribute": True},
    "sane_lists": {},
    "footnotes": {"BACKLINK_TITLE": "", "SEPARATOR": "-"},
}
#: Makes bare addresses links. It is loaded when a text has one: that takes as long as loading python-markdown.
BARE_ADDRESSES = "pymdownx.magiclink"

#: Characters of a text. All notes of an app's life are far below.
MAX_LENGTH = 300_000
#: Levels of lists and quotes in each other.
MAX_DEPTH = 40
#: Cells of a table: short rows are filled up to the width of the head.
MAX_CELLS = 50_000
#: Characters looked at for marks that stand open, summed up over a text: some two seconds of work.
MAX_EFFORT = 20_000_000

#: The same for the other end of a block of code, which is looked for faster.
MAX_FENCE_EFFORT = 200_000_000
#: The same for tags.
MAX_TAG_EFFORT = 2_000_000_000
#: Texts longer than this are always laid out, since that also keeps their paragraphs short.
LONG = 20_000

#: What must stand somewhere in a text for a processor (by its name in python-markdown's registries) to matter.
_NEEDED = {
    "backtick": ("`",),
    "escape": ("\\",),
    "reference": ("]:",),
    "short_reference": ("]:",),
    "image_reference": ("]:",),
    "short_image_ref": ("]:",),
    "link": ("[",),
    "image_link": ("![",),
    "autolink": ("<",),
    "automail": ("<",),
    "html": ("<",),
    "entity": ("&",),
    "em_strong": ("*", "_"),
    "em_strong2": ("*", "_"),
    "not_strong": ("*", "_"),
    "deleted": ("~~",),
    "table": ("|",),
    "hashheader": ("#",),
    "quote": (">",),
    "fenced_code_block": ("```", "~~~"),
    "html_block": ("<", "&"),
    "unescape": ("\\",),
    "tasks": ("[",),
    "footnote": ("[^",),
    "footnote-duplicate": ("[^",),
}
#: What bare addresses of the web and of mail have.
_BARE_MARKS = ("://", "www.", "@")
_MARKS = tuple(dict.fromkeys((*(mark for marks in _NEEDED.values() for mark in marks), *_BARE_MARKS)))
#: What a text with no bare address and nothing deleted has not.
_RARE = r"~~|://|(?i:www\.)|[\w+-]@[\w-]"
_HAS_RARE = re.compile(_RARE)
#: What a text with nothing inline has not.
_INLINE = re.compile(rf"[`\\\[<&*_]|  \n|{_RARE}")
#: Spans that can be read in one way only, when the text between them is plain: code, strong, emphasis, link. What may
#: stand before a span is asked after its first character, so that searching can skip to these.
_WORDS = r"([^\W_](?:[^`\\\[\]<&*_\n]*[^\W_])?)"
_APART = r"(?![^\s.,:;)])"
_SPAN = re.compile(
    r"`(?<!``)([^\s`\\](?:[^`\\\n]*[^\s`\\])?)`(?!`)"
    rf"|\*\*(?<![^\s(]\*\*){_WORDS}\*\*{_APART}"
    rf"|\*(?<![^\s(]\*){_WORDS}\*{_APART}"
    rf"|\[(?<!!\[){_WORDS}\]\((https?://[\w./:#?=&%+~@,;-]+)\)"
)
#: A line that starts no block of its own and belongs to no table, wherever it stands.
_LINE = r"(?:[^\W\d_]|\*\*?[^\W_]|`[^\W_])(?:[^|\n]*[^|\s])?"
_PARAGRAPH = re.compile(rf"{_LINE}(?:\n{_LINE})*")
_FLAT_LIST = re.compile(rf"[*+-] {_LINE}(?:\n[*+-] {_LINE})*")
_BULLETS = ("* ", "+ ", "- ")
#: The beginning of an item that is a task, done or not.
_TASK = re.compile(r"\[([ xX])\] (?=\S)")
#: Marks that python-markdown looks for the other end of.
_OPENING = re.compile(r"[`\\\[<&*_~!(]")
_FENCES = re.compile(r"^(?:```|~~~)", re.MULTILINE)
_QUOTES = re.compile(rf"^(?: {{0,3}}> ?){{{MAX_DEPTH}}}", re.MULTILINE)
#: python-markdown drops these two, which can bring two characters together.
_CONTROL = str.maketrans("", "", "\x02\x03")
#: Instances kept; a site uses a few dozen combinations, a hostile one could use thousands.
_MOST_INSTANCES = 256


class TooMuch(Exception):
    """A text would take very long to convert, or more depth than there is. ``near`` is text of the place."""

    def __init__(self, why: str, near: str = "") -> None:
        super().__init__(why)
        self.near = near


class _Layout(Preprocessor):
    """Lists, code and tables as people write them."""

    def run(self, lines: list[str]) -> list[str]:
        return laid_out(lines, self.md.htmlStash.store)


class _BoundedTable(TableProcessor):
    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        if len(self.separator) * blocks[0].count("\n") > MAX_CELLS:
            raise TooMuch(f"a table has more than {MAX_CELLS:,} cells", blocks[0])
        super().run(parent, blocks)


class _QuickBlock(BlockProcessor):
    """Takes paragraphs and flat lists at the top of a text in which no other block can hide.

    The library asks a dozen processors about each paragraph and once more about each item of a list. As the first
    that is asked, this one also sees how deep they are in each other.
    """

    def test(self, parent: ET.Element, block: str) -> bool:
        if parent is not self.parser.root:
            if len(self.parser.state) > 2 * MAX_DEPTH:  # a level takes one or two states
                raise TooMuch(_TOO_DEEP, block)
            return False
        if block[:2] in _BULLETS:
            last = self.lastChild(parent)
            return (last is None or last.tag != "ul") and _FLAT_LIST.fullmatch(block) is not None
        return _PARAGRAPH.fullmatch(block) is not None

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        block = blocks.pop(0)
        if block[:2] in _BULLETS:
            items = ET.SubElement(parent, "ul")
            for line in block.split("\n"):
                ET.SubElement(items, "li").text = line[2:]
        else:
            ET.SubElement(parent, "p").text = block


_TOO_DEEP = f"lists and quotes stand in each other more than {MAX_DEPTH} deep"


class _Tasks(Treeprocessor):
    """``- [x]`` gets a ticked box: a character, so that it is one in feeds and messages, too."""

    def run(self, root: ET.Element) -> None:
        for item in root.iter("li"):
            element = item if item.text and item.text.strip() else next(iter(item), item)
            task = _TASK.match(element.text or "") if element.tag in ("li", "p") else None
            if task is not None:
                element.text = f"{'☐' if task[1] == ' ' else '☑'} {(element.text or '')[task.end() :]}"


class _QuickInline(InlineProcessor):
    """python-markdown's inline processing, with a short way for texts whose spans can be read in one way only.

    The library tries every pattern on every text and keeps what it finds in a stash, behind placeholders. Most texts
    need none of that: they are plain, or have code, emphasis and links that stand by themselves.
    """

    def __init__(self, md: Markdown, *, has_addresses: bool) -> None:
        super().__init__(md)
        self._misses_addresses = has_addresses

    def run(self, tree: ET.Element, ancestors: list[str] | None = None) -> ET.Element:
        is_done = True
        for element in tuple(tree.iter()):
            if element.text and not isinstance(element.text, AtomicString):
                is_done &= read_spans(element, element.text)
            is_done &= not element.tail
        if is_done:
            return tree
        if self._misses_addresses:
            self._misses_addresses = False
            self.md.registerExtensions([BARE_ADDRESSES], {})
        return super().run(tree, ancestors)


class _Bound(Treeprocessor):
    """Refuses what inline processing would take very long for."""

    def run(self, root: ET.Element) -> None:
        effort = 0
        for element in root.iter():
            for text in (element.text, element.tail):
                if text and not isinstance(text, AtomicString):
                    effort += len(text) * len(_OPENING.findall(text))
                    if effort > MAX_EFFORT:
                        raise TooMuch("too many marks stand in one paragraph ([, *, _, `, <)", text)


def read_spans(element: ET.Element, text: str) -> bool:
    """Give ``element`` the spans in its ``text``, if nothing in it needs the library's own reading."""
    parts = _SPAN.split(text)
    plain = parts[:: _SPAN.groups + 1]
    if any(map(_INLINE.search, plain)):
        return False
    spans = []
    for index, tail in enumerate(plain[1:]):
        code, strong, emphasis, label, address = parts[index * (_SPAN.groups + 1) + 1 :][: _SPAN.groups]
        if code:
            span, content = ET.Element("code"), code_escape(code)
        elif _HAS_RARE.search(strong or emphasis or label):
            return False
        elif label:
            span, content = ET.Element("a", href=address), label
        else:
            span, content = ET.Element("strong" if strong else "em"), strong or emphasis
        span.text = AtomicString(content)
        span.tail = AtomicString(tail)
        spans.append(span)
    element.text = AtomicString(plain[0])
    element[:0] = spans
    return True


class Dialect(Extension):
    """What is our own in the dialect: how lists may stand, ``~~deleted~~``, tasks, and the bounds."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        md.preprocessors.register(_Layout(md), "layout", 28)  # after tabs became spaces, before code is taken out
        tables = _BoundedTable(md.parser, {"use_align_attribute": True})
        md.parser.blockprocessors.register(tables, "table", 75)
        md.inlinePatterns.register(SimpleTagInlineProcessor(r"(~~)(?=\S)(.+?)(?<=\S)~~", "del"), "deleted", 65)
        md.treeprocessors.register(_Tasks(md), "tasks", 45)
        md.treeprocessors.register(_Bound(md), "bound", 21)  # when footnotes are in place, before spans are read


class _Quick(Extension):
    def __init__(self, *, has_addresses: bool) -> None:
        super().__init__()
        self._has_addresses = has_addresses

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        md.parser.blockprocessors.register(_QuickBlock(md.parser), "quick", 110)  # before all others
        md.treeprocessors.register(_QuickInline(md, has_addresses=self._has_addresses), "inline", 20)


class Converter:
    """Converts texts, one after the other; an instance is made for each combination of characters met."""

    def __init__(self) -> None:
        self._instances: dict[frozenset[str], Markdown] = {}

    def convert(self, text: str) -> str:
        """``text`` as HTML, not sanitised. Raises :class:`TooMuch`."""
        _refuse_excess(text)
        seen = text.translate(_CONTROL).lower()
        marks = {mark for mark in _MARKS if mark in seen}
        if len(text) > LONG or is_odd(seen.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)):
            marks.add("odd")
        key = frozenset(marks)
        markdown = self._instances.get(key)
        if markdown is None:
            if len(self._instances) >= _MOST_INSTANCES:
                self._instances.clear()
            markdown = self._instances[key] = _markdown(key)
        markdown.reset()
        markdown.parser.state.clear()  # what an earlier text that was too much has left
        return markdown.convert(text)


def _refuse_excess(text: str) -> None:
    """Refuse what would take very long, or too much depth, before a tree of the text exists."""
    if len(text) > MAX_LENGTH:
        raise TooMuch(f"the text has more than {MAX_LENGTH:,} characters")
    if quotes := _QUOTES.search(text):
        raise TooMuch(_TOO_DEEP, quotes[0])
    if len(_FENCES.findall(text)) * len(text) > MAX_FENCE_EFFORT:
        raise TooMuch("too many blocks of code begin (```)", "```")
    if text.count("<") * len(text) > MAX_TAG_EFFORT:
        raise TooMuch("too many tags (<)", "<")
    effort, at, end = 0, text.find("<"), 0
    while at >= 0:
        if end <= at and end >= 0:
            end = text.find(">", at)
        effort += (end if end >= 0 else len(text)) - at
        if effort > MAX_EFFORT:
            raise TooMuch("too many tags are not closed (<)", text[at:])
        at = text.find("<", at + 1)


def _markdown(marks: frozenset[str]) -> Markdown:
    quick = _Quick(has_addresses=not marks.isdisjoint(_BARE_MARKS))
    needed = [name for name in EXTENSIONS if name != "footnotes" or "[^" in marks]
    settings = {name: EXTENSIONS[name] for name in needed}
    markdown = Markdown(extensions=[*needed, Dialect(), quick], extension_configs=settings, output_format="html")
    registries = (
        markdown.preprocessors,
        markdown.parser.blockprocessors,
        markdown.treeprocessors,
        markdown.inlinePatterns,
    )
    for name, wanted in (*_NEEDED.items(), ("layout", ("odd",))):
        if marks.isdisjoint(wanted):
            for registry in registries:
                registry.deregister(name, strict=False)
    return markdown
