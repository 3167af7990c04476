"""Markdown conversion that tries only what a text can contain.

python-markdown tries each of its two dozen processors on each piece of a text. Most can only ever match where a
certain character stands (no link without ``[``), and most texts have few of those characters. So there is one
instance for each combination of such characters, without the processors that have nothing to find there, and what can
be read in one way only (flat lists, code, links) is read at once. Only the library's public registries are used; that
the output is the same is a property test against an instance with everything.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString, code_escape

#: The dialect: what people expect of Markdown today, on top of the original.
EXTENSIONS = ("fenced_code", "tables", "sane_lists")

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
    "table": ("|",),
    "hashheader": ("#",),
    "quote": (">",),
    "fenced_code_block": ("```", "~~~"),
    "html_block": ("<", "&"),
    "unescape": ("\\",),
}
_MARKS = tuple(dict.fromkeys(mark for marks in _NEEDED.values() for mark in marks))
#: What a text with nothing inline has not.
_INLINE = re.compile(r"[`\\\[<&*_]|  \n")
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
#: python-markdown drops these two, which can bring two characters together.
_CONTROL = str.maketrans("", "", "\x02\x03")
#: Instances kept; a site uses a few dozen combinations, a hostile one could use thousands.
_MOST_INSTANCES = 256


class _QuickBlock(BlockProcessor):
    """Takes paragraphs and flat lists at the top of a text in which no other block can hide.

    The library asks a dozen processors about each paragraph and once more about each item of a list.
    """

    def test(self, parent: ET.Element, block: str) -> bool:
        if parent is not self.parser.root:
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


class _QuickInline(InlineProcessor):
    """python-markdown's inline processing, with a short way for texts whose spans can be read in one way only.

    The library tries every pattern on every text and keeps what it finds in a stash, behind placeholders. Most texts
    need none of that: they are plain, or have code, emphasis and links that stand by themselves.
    """

    def run(self, tree: ET.Element, ancestors: list[str] | None = None) -> ET.Element:
        is_done = True
        for element in tuple(tree.iter()):
            if element.text and not isinstance(element.text, AtomicString):
                is_done &= read_spans(element, element.text)
            is_done &= not element.tail
        return tree if is_done else super().run(tree, ancestors)


def read_spans(element: ET.Element, text: str) -> bool:
    """Give ``element`` the spans in its ``text``, if nothing in it needs the library's own reading."""
    parts = _SPAN.split(text)
    plain = parts[:: _SPAN.groups + 1]
    if any(map(_INLINE.search, plain)):
        return False
    element.text = AtomicString(plain[0])
    for index, tail in enumerate(plain[1:]):
        code, strong, emphasis, label, address = parts[index * (_SPAN.groups + 1) + 1 :][: _SPAN.groups]
        if code:
            span, content = ET.Element("code"), code_escape(code)
        elif label:
            span, content = ET.Element("a", href=address), label
        else:
            span, content = ET.Element("strong" if strong else "em"), strong or emphasis
        span.text = AtomicString(content)
        span.tail = AtomicString(tail)
        element.insert(index, span)
    return True


class _QuickExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        md.parser.blockprocessors.register(_QuickBlock(md.parser), "quick", 110)  # before all others
        md.treeprocessors.register(_QuickInline(md), "inline", 20)


class Converter:
    """Converts texts, one after the other; an instance is made for each combination of characters met."""

    def __init__(self) -> None:
        self._instances: dict[frozenset[str], Markdown] = {}

    def convert(self, text: str) -> str:
        """``text`` as HTML, not sanitised."""
        seen = text.translate(_CONTROL)
        marks = frozenset(mark for mark in _MARKS if mark in seen)
        markdown = self._instances.get(marks)
        if markdown is None:
            if len(self._instances) >= _MOST_INSTANCES:
                self._instances.clear()
            markdown = self._instances[marks] = _markdown(marks)
        markdown.reset()
        return markdown.convert(text)


def _markdown(marks: frozenset[str]) -> Markdown:
    markdown = Markdown(extensions=[*EXTENSIONS, _QuickExtension()], output_format="html")
    registries = (
        markdown.preprocessors,
        markdown.parser.blockprocessors,
        markdown.treeprocessors,
        markdown.inlinePatterns,
    )
    for name, needed in _NEEDED.items():
        if marks.isdisjoint(needed):
            for registry in registries:
                registry.deregister(name, strict=False)
    return markdown
