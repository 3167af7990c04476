"""Markdown conversion that tries only what a text can contain.

python-markdown tries each of its two dozen processors on each piece of a text. Most can only ever match where a
certain character stands (no link without ``[``), and most texts have few of those characters. So there is one
instance for each combination of such characters, without the processors that have nothing to find there, and text in
which nothing inline can stand is marked as final. Only the library's public registries are used; that the output is
the same is a property test against an instance with everything.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

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
_INLINE = re.compile(r"[`\\\[!<&*_]|  \n")
#: python-markdown drops these two, which can bring two characters together.
_CONTROL = str.maketrans("", "", "\x02\x03")
#: Instances kept; a site uses a few dozen combinations, a hostile one could use thousands.
_MOST_INSTANCES = 256


class _PlainText(Treeprocessor):
    """Marks text in which nothing inline can stand as final, so that no pattern is tried on it."""

    def run(self, root: ET.Element) -> None:
        for element in root.iter():
            if element.text and not _INLINE.search(element.text):
                element.text = AtomicString(element.text)


class _PlainTextExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        md.treeprocessors.register(_PlainText(md), "plain_text", 25)  # before “inline”, which is at 20


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
    markdown = Markdown(extensions=[*EXTENSIONS, _PlainTextExtension()], output_format="html")
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
