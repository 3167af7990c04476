"""Calls of components in Markdown, ``{{< install app="rider" >}}``: found before a text is converted, put back after.

While python-markdown and the sanitiser work, a call is one word that neither of them changes. What they made code, or
wrote into a tag, is the text of the call again; so code stays code by their rules, and nothing of a call is ever read
as Markdown or HTML.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator

import msgspec

#: How a call begins: texts without it have none.
OPENING = "{{<"
#: Around the number of a call in converted text (not a character, so no text can contain it).
MARK = "\ufdd4"
#: Calls in one text.
MAX_CALLS = 500

#: Everything that is written like a call, whatever is in it.
_CALL = re.compile(r"(?<!\\)\{\{<((?:(?!\{\{<)[^\n])*?)>\}\}")
_VALUE = r"""(?:"([^"]*)"|'([^']*)'|([^\s"'=<>]+))"""
_INSIDE = re.compile(rf"[ \t]*([A-Za-z][\w-]*)((?:[ \t]+[A-Za-z][\w-]*={_VALUE})*)[ \t]*")
_ARGUMENT = re.compile(rf"([A-Za-z][\w-]*)={_VALUE}")
_CODE = re.compile(r"(```.*?```|~~~.*?~~~|`[^`\n]*`)", re.DOTALL)

_PLACE = re.compile(rf"{MARK}(\d+){MARK}")
_TAG = r"<[A-Za-z/](?:[^\">]|\"[^\"]*\")*>"
#: A call where it is text, and where it is part of code or of a tag.
_SPOT = re.compile(rf"(<code[^>]*>.*?</code>|<pre[^>]*>.*?</pre>|{_TAG})|{MARK}(\d+){MARK}", re.DOTALL)
#: Paragraphs of nothing but calls.
_ALONE = re.compile(rf"<p>((?:{MARK}\d+{MARK}|\s|<br>)+)</p>")
#: What holds words, and no blocks.
_LINE = re.compile(r"<(p|h[1-6]|a)(?: [^>]*)?>((?:(?!</\1>).)*)</\1>", re.DOTALL)


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A call as it is written in ``raw``: without a name when it cannot be read.

    ``in_line`` says that it stands among words, where no block can.
    """

    raw: str
    name: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    in_line: bool = False


def take_out(text: str) -> tuple[str, list[Call]]:
    """A text with numbers in the places of its calls, and the calls."""
    calls: list[Call] = []

    def number(found: re.Match[str]) -> str:
        calls.append(_read(found))
        return f"{MARK}{len(calls) - 1}{MARK}"

    return _CALL.sub(number, text), calls


def put_back(html: str, calls: list[Call]) -> tuple[str, tuple[Call, ...]]:
    """Converted text in which code and tags have the text of calls again, and the other calls, numbered anew.

    A call that is a paragraph by itself is exactly ``<p>``, its place, ``</p>``.
    """
    kept: list[Call] = []

    def place(found: re.Match[str]) -> str:
        if found[1]:
            return _PLACE.sub(lambda inside: entities.escape(calls[int(inside[1])].raw), found[1])
        kept.append(calls[int(found[2])])
        return f"{MARK}{len(kept) - 1}{MARK}"

    html = _SPOT.sub(place, html)
    html = _ALONE.sub(lambda found: "\n".join(f"<p>{each[0]}</p>" for each in _PLACE.finditer(found[1])), html)
    for number in _among_words(html):
        kept[number] = msgspec.structs.replace(kept[number], in_line=True)
    return html, tuple(kept)


def without_calls(text: str) -> str:
    """The source of a text without its calls, for readers that show it as it is; code keeps them."""
    if OPENING not in text:
        return text
    parts = _CODE.split(text)
    return "".join(part if index % 2 else _CALL.sub("", part) for index, part in enumerate(parts))


def _read(found: re.Match[str]) -> Call:
    inside = _INSIDE.fullmatch(found[1])
    if inside is None:
        return Call(found[0])
    arguments = ((name, double or single or bare) for name, double, single, bare in _ARGUMENT.findall(inside[2]))
    return Call(found[0], inside[1], tuple(arguments))


def _among_words(html: str) -> Iterator[int]:
    """The numbers of calls with other text around them, or in a link or heading."""
    for line in _LINE.finditer(html):
        if line[1] != "p" or not _ALONE.fullmatch(line[0]):
            yield from (int(each[1]) for each in _PLACE.finditer(line[2]))
