"""Reading ``locales/<language>.po``: symbolic keys with the text of one language.

Babel reads the format; this module is strict where Babel is lenient (broken quotes, a key given twice), finds
the line of every mistake, and keeps what was read in a cache, so that a warm start needs no Babel.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec

from otasite.memory import Memory
from otasite.problems import Location, Problem, ProblemsFound
from otasite.theming.layers import Source

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

_FORMAT = "po-1"
#: Read catalogues in the memory: editing a theme leaves one for each version.
MOST_KEPT = 1000
_LINE = re.compile(
    r"""(?P<keyword>msgctxt|msgid|msgid_plural|msgstr(?:\[[0-9]\])?)?\s*"(?P<text>(?:[^"\\]|\\.)*)"\s*"""
)
#: Which keyword may follow which; ``msgstr[`` stands for the numbered ones.
_FOLLOWS = {
    "": ("msgid",),
    "msgid": ("msgid_plural", "msgstr"),
    "msgid_plural": ("msgstr[",),
    "msgstr": ("msgid",),
    "msgstr[": ("msgstr[", "msgid"),
}
_ORDER = "the order is msgid, then msgstr; or msgid, msgid_plural, msgstr[0], msgstr[1] …; contexts are not used"
_KEY = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
#: The plural rule is tried on these counts when a catalogue is read; the forms of all languages show below 200.
_TRIED_COUNTS = range(200)


class MessageCatalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The texts of one file. ``plurals`` holds one text per plural form, ``lines`` where each key stands.

    Texts left empty or marked fuzzy are not in it: they are not translated yet.
    """

    path: str
    plural_rule: str
    texts: dict[str, str]
    plurals: dict[str, tuple[str, ...]]
    lines: dict[str, int]

    def plural_form(self) -> Callable[[int], int]:
        """The rule that picks the plural form for a count, as gettext evaluates it."""
        return _rule(self.plural_rule, max((len(forms) for forms in self.plurals.values()), default=1))


def placeholders(text: str) -> frozenset[str]:
    """The names in braces that a text has room for."""
    return frozenset(_PLACEHOLDER.findall(text))


def split_placeholders(text: str) -> list[str]:
    """Literal text and placeholder names in turn, beginning and ending with literal text."""
    return _PLACEHOLDER.split(text)


def read_catalogue(source: Source, memory: Memory) -> MessageCatalogue:
    """The catalogue in ``source``. Raises :class:`ProblemsFound` with every broken line."""
    key = hashlib.sha256(f"{_FORMAT}\0{source.path}\0{source.digest}".encode()).hexdigest()
    catalogue = memory.get("cache/texts", key, MessageCatalogue)
    if catalogue is None:
        catalogue = _parse(source)
        memory.put("cache/texts", key, catalogue, at_most=MOST_KEPT)
    return catalogue


def _parse(source: Source) -> MessageCatalogue:
    problems = list(_line_problems(source))
    if problems:
        raise ProblemsFound(problems)
    parsed = _babel_catalog(source)
    messages = [message for message in parsed if message.id and not message.fuzzy]
    rule = _plural_rule(parsed, source, needed=any(message.pluralizable for message in messages))
    return MessageCatalogue(
        path=source.path,
        plural_rule=rule,
        texts={_key(m): str(m.string) for m in messages if not m.pluralizable and m.string},
        plurals={_key(m): forms for m in messages if m.pluralizable and all(forms := _forms(m))},
        lines={_key(m): m.lineno or 0 for m in messages},
    )


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, tuple | list) else (message.string or "",)


def _line_problems(source: Source) -> Iterator[Problem]:
    """Every line that is not PO syntax or not in its place, and every key that is no key or there twice."""
    seen: dict[str, int] = {}
    last = ""
    for number, line in enumerate(source.text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            hint = 'write msgid "key", then msgstr "text"; a quote inside is \\"'
            yield _problem(source, number, "the line is not valid in a .po file", hint)
            continue
        keyword = match["keyword"]
        if keyword is None and last:  # the text goes on
            continue
        step = "msgstr[" if keyword and "[" in keyword else keyword
        if step not in _FOLLOWS[last]:
            yield _problem(source, number, f"{keyword or 'this text'} is not expected here", _ORDER)
        elif step == "msgid" and match["text"]:
            yield from _key_problems(source, number, match["text"], seen)
        if step in _FOLLOWS:
            last = step


def _key_problems(source: Source, number: int, key: str, seen: dict[str, int]) -> Iterator[Problem]:
    if not _KEY.fullmatch(key):
        hint = "write a key such as install.button; the text belongs into msgstr"
        yield _problem(source, number, f"“{key}” is not a key", hint)
    elif key in seen:
        message = f"the key “{key}” is there twice, first in line {seen[key]}"
        yield _problem(source, number, message, "remove one of the two")
    seen.setdefault(key, number)


def _babel_catalog(source: Source) -> Catalog:
    from babel.messages.pofile import PoFileError, read_po

    try:
        return read_po(source.text.split("\n"), ignore_obsolete=True, abort_invalid=True)
    except PoFileError as error:
        raise ProblemsFound([_problem(source, error.lineno + 1, str(error))]) from None
    except (ValueError, TypeError, LookupError, AssertionError) as error:
        # Babel's header parsing raises whatever goes wrong inside it.
        message = f"the file's header or its entries cannot be understood: {error}"
        raise ProblemsFound([_problem(source, 0, message)]) from None


def _plural_rule(parsed: Catalog, source: Source, *, needed: bool) -> str:
    if not needed:
        return "0"
    line = next((n for n, text in enumerate(source.text.split("\n"), 1) if "Plural-Forms:" in text), 0)
    if not line:
        hint = 'add "Plural-Forms: nplurals=…; plural=…;\\n" to the header'
        raise ProblemsFound([_problem(source, 0, "the file has plurals but no Plural-Forms in its header", hint)])
    try:
        rule = _rule(parsed.plural_expr, parsed.num_plurals)
        fits = all(rule(count) >= 0 for count in _TRIED_COUNTS)
    except (ValueError, ZeroDivisionError) as error:
        raise ProblemsFound([_problem(source, line, f"the plural rule is not valid: {error}")]) from None
    if not fits:
        message = f"the plural rule gives forms beyond nplurals={parsed.num_plurals}"
        raise ProblemsFound([_problem(source, line, message)])
    return str(parsed.plural_expr)


def _rule(expression: str, forms: int) -> Callable[[int], int]:
    """The plural rule of ``expression``: from a count to one of ``forms``, −1 when it gives another.

    Python's gettext knows such rules only from catalogues, so it is given one whose plurals are the numbers of forms.
    Raises ``ValueError`` for what is no rule; the rule itself may raise ``ZeroDivisionError``.
    """
    from gettext import GNUTranslations

    header = f"Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals={forms}; plural={expression};\n"
    numbers = "\0".join(map(str, range(forms)))
    catalogue = GNUTranslations(BytesIO(_compiled({"": header, "one\0many": numbers})))

    def rule(count: int) -> int:
        form = catalogue.ngettext("one", "many", count)
        return int(form) if form.isdecimal() else -1

    return rule


def _compiled(texts: Mapping[str, str]) -> bytes:
    """A catalogue in gettext's binary form (GNU gettext manual, “The Format of GNU MO Files”)."""
    table, data = [], b""
    start = 28 + 16 * len(texts)  # after seven numbers, and two tables of lengths and places
    for text in (*texts, *texts.values()):
        encoded = text.encode()
        table.append(struct.pack("<2I", len(encoded), start + len(data)))
        data += encoded + b"\0"
    places = (28, 28 + 8 * len(texts), 0, start)
    return struct.pack("<7I", 0x950412DE, 0, len(texts), *places) + b"".join(table) + data


def _problem(source: Source, line: int, message: str, hint: str = "") -> Problem:
    return Problem(code="locale-file", message=message, hint=hint, location=Location(source.path, line))
