"""A YAML parser's complaint → one located problem in plain words, with the likely cause.

Both parsers of :mod:`otasite.typed_yaml.composing` are understood; their wording differs, so each rule looks for
what the two have in common. Lines are counted as editors count them (``\\n``, ``\\r\\n``, ``\\r``), not as YAML 1.1
does, for which U+2028 ends a line, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import yaml

from otasite.problems import Problem
from otasite.typed_yaml.slips import ODD_SPACE_HINT, QUOTES_HINT, odd_spacer, quoted_value
from otasite.typed_yaml.texts import Places, conflict_problem

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_UNSPACED: Final = re.compile(r"\s*(?:- +)?([\w.-]+):([^\s/].*)")
_QUOTE_IT: Final = "put the value in quotes if it is meant as text"


class _Fault(NamedTuple):
    """What the parser reported: its words, the place, and the place where the construct began.

    ``opened`` is where the innermost bracket stands that is still open.
    """

    places: Places
    words: str
    at: int
    began: int
    opened: int | None

    @property
    def text(self) -> str:
        return self.places.text

    @property
    def line_start(self) -> int:
        return self.places.line_start(self.at)

    @property
    def before(self) -> str:
        """The part of the faulty line before the place."""
        return self.text[self.line_start : self.at]

    @property
    def character(self) -> str:
        return self.text[self.at : self.at + 1]


class _Explanation(NamedTuple):
    at: int
    message: str
    hint: str
    code: str = "yaml-syntax"


def explain(error: yaml.YAMLError | UnicodeEncodeError, places: Places, opened: int | None = None) -> Problem:
    """The parser's ``error`` about the text of ``places`` as a problem.

    ``opened`` is where the innermost bracket stands that was open when the parser gave up.
    """
    if conflict := conflict_problem(places.text, places.shown_as):
        return conflict
    if isinstance(error, yaml.MarkedYAMLError):
        found = _explain_marked(error, places, opened)
    else:
        found = _explain_character(places.text)
    return Problem(
        code=found.code,
        message=found.message,
        hint=found.hint,
        location=places.at(found.at),
    )


def _explain_marked(error: yaml.MarkedYAMLError, places: Places, opened: int | None) -> _Explanation:
    mark = error.problem_mark or error.context_mark
    index = min(mark.index, len(places.text)) if mark else 0
    began = error.context_mark.index if error.context_mark else index
    fault = _Fault(places, f"{error.context or ''}: {error.problem or ''}", index, began, opened)
    if slip := _slip(fault):
        return slip
    for pattern, rule in _RULES:
        if re.search(pattern, fault.words):
            return rule(fault)
    return _Explanation(
        index,
        f"this is not valid YAML: {error.problem}",
        "look at the indentation, the quotes and the colons of this line and of the one above",
    )


def _explain_character(text: str) -> _Explanation:
    bad = _FORBIDDEN.search(text)
    index = bad.start() if bad else 0
    shown = f"the character U+{ord(text[index]):04X}" if bad else "a character of this file"
    return _Explanation(
        index,
        f"{shown} is not allowed in YAML",
        "delete it: it is usually invisible and comes from copying text",
    )


def _slip(fault: _Fault) -> _Explanation | None:
    """What looks right on the faulty line or the one above, and is not: the parser cannot know what was meant."""
    above = _line_above(fault)
    for start in (above, fault.line_start):
        line = "" if start is None else fault.places.line(start)
        if start is not None and (odd := odd_spacer(line)):
            return _Explanation(start + odd[0], f"there is {odd[1]} here", ODD_SPACE_HINT, "odd-space")
        if start is not None and (quote := quoted_value(line)) is not None:
            message = f"the quote {line[quote]} is a letter for YAML"
            return _Explanation(start + quote, message, QUOTES_HINT, "smart-quotes")
    return None


def _unspaced_colon(fault: _Fault, line_start: int) -> _Explanation | None:
    """The explanation when the line at ``line_start`` is ``key:value``, without the space."""
    match = _UNSPACED.match(fault.places.line(line_start))
    if not match:
        return None
    key, value = match.groups()
    return _Explanation(
        line_start + match.start(2),
        f"a space is missing after the colon of “{key}”",
        f"write “{key}: {_short(value)}”",
    )


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 40 else f"{text[:39]}…"


def _tab(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.at,
        "a tab is used for indentation",
        "YAML is indented with spaces: replace each tab by two spaces",
    )


def _cannot_start(fault: _Fault) -> _Explanation:
    if fault.character == "\t":
        return _tab(fault)
    if not fault.character or fault.character in "\r\n":
        at = fault.began if fault.opened is None else fault.opened
        closing = {"[": "]", "{": "}"}.get(fault.text[at : at + 1], "] or }")
        return _Explanation(at, "what is opened here is never closed", f"add the closing bracket: {closing}")
    return _Explanation(fault.at, f"a value cannot start with “{fault.character}”", "put the value in quotes")


def _colon_in_value(fault: _Fault) -> _Explanation:
    if ": " in fault.before:
        return _Explanation(
            fault.at,
            "there is a second colon with a space after it in this line",
            'put the value in quotes: key: "one: two"',
        )
    above = _line_above(fault)
    return (above is not None and _unspaced_colon(fault, above)) or _Explanation(
        fault.line_start + len(fault.before) - len(fault.before.lstrip()),
        "a key cannot start here: the lines above are still the text of a value",
        "start it in the column of the key it belongs beside; if the line above should be a key, give it a colon",
    )


def _line_above(fault: _Fault) -> int | None:
    """Where the nearest line above that is not blank starts."""
    above = fault.text[: fault.line_start].rstrip()
    return fault.places.line_start(len(above)) if above else None


def _missing_colon(fault: _Fault) -> _Explanation:
    start = fault.places.line_start(fault.began)
    return _unspaced_colon(fault, start) or _Explanation(
        fault.began,
        f"“{_short(fault.places.line(fault.began))}” is not of the form “key: value”",
        "text over several lines starts with “key: |” and is indented below it",
    )


def _unclosed_quote(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.began,
        "the quote that opens here is never closed",
        f"add the closing {fault.text[fault.began : fault.began + 1]} at the end of the value",
    )


def _unexpected(fault: _Fault) -> _Explanation:
    before = fault.before.rstrip()
    if fault.character == "," and before:
        hint = "remove it: in YAML each key has a line of its own, without a comma at the end"
        return _Explanation(fault.at, "a comma stands after the value", hint)
    if before.endswith(("'", '"')):
        return _Explanation(
            fault.at,
            "the value goes on after its closing quote",
            "put the whole value in quotes; inside single quotes an apostrophe is written twice: 'it''s'",
        )
    if fault.character == ":":
        return _Explanation(fault.at, "a key is missing before this colon", "write “key: value”", "bad-key")
    if before:
        return _Explanation(
            fault.at, "this cannot stand here", "put the whole value in quotes if it is meant as text"
        )
    if re.match(r"-\s", fault.text[fault.at :]):
        return _Explanation(
            fault.at, "a list item stands where a key is expected", "indent it below the key of its list"
        )
    return _Explanation(
        fault.at,
        "the indentation of this line fits none of the lines above",
        "keys that belong together start in the same column",
    )


def _not_an_item(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.at,
        "a list item is expected here",
        "start the line with “- ”, or move it left to the column of the key it belongs beside",
    )


def _flow(fault: _Fault) -> _Explanation:
    opened = fault.text[fault.began : fault.began + 1]
    closing = "]" if opened == "[" else "}"
    return _Explanation(
        fault.began,
        f"what starts here with “{opened}” is not closed, or a comma is missing in it",
        f"separate by commas and end with “{closing}”; quote it all if it is meant as text",
    )


def _colon_in_flow(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.at,
        "a colon inside [ ] or { } needs a space after it, or quotes around the text it belongs to",
        'write {key: value}, or "a:b" for text',
    )


def _starts_with(fault: _Fault) -> _Explanation:
    character = fault.text[fault.began : fault.began + 1]
    meaning = {"*": "an alias", "&": "an anchor", "|": "a text block", ">": "a folded text block"}
    return _Explanation(
        fault.began,
        f"the “{character}” here starts {meaning.get(character, 'something else')} in YAML",
        _QUOTE_IT,
    )


def _item_in_line(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.at,
        "a list cannot start on the line of its key",
        "write each “- item” on a line of its own, indented below the key",
    )


def _escape(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.began,
        "a backslash in this value starts an escape that YAML does not know",
        "use single quotes, or write each backslash twice; paths are written with forward slashes",
    )


def _second_document(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.at,
        "a second YAML document starts here",
        "keep one document in a file: remove this “---” line, or move what follows to a file of its own",
        "several-documents",
    )


def _document_start(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.at,
        "this line does not belong to what is above it",
        "start it in the same column as the first line of the file; nothing may follow a “...” line",
    )


def _tag(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.began, "the “!” here starts a tag in YAML; tags are not used here", _QUOTE_IT, "yaml-tag"
    )


def _directive(fault: _Fault) -> _Explanation:
    return _Explanation(
        fault.began,
        "a line cannot start with “%”",
        "put the value in quotes, or write it on the line of its key",
    )


def _question_mark(fault: _Fault) -> _Explanation:
    return _Explanation(fault.at, "a value cannot start with “? ”", "put the value in quotes")


def _unknown_alias(fault: _Fault) -> _Explanation:
    name = re.match(r"\*[\w-]*", fault.text[fault.at :])
    return _Explanation(fault.at, f"there is no anchor for the alias “{name[0] if name else '*'}” above", _QUOTE_IT)


def _second_anchor(fault: _Fault) -> _Explanation:
    return _Explanation(fault.at, "this anchor is defined a second time", "give it another name")


#: Words of the parser (libyaml's or PyYAML's) → what explains them; the first that fits is used.
_RULES: Final[tuple[tuple[str, Callable[[_Fault], _Explanation]], ...]] = (
    (r"found a tab character", _tab),
    (r"that cannot start any token|node content", _cannot_start),
    (r"mapping values are not allowed", _colon_in_value),
    (r"could not find expected ':'", _missing_colon),
    (r"quoted scalar: found unexpected (end of stream|document)", _unclosed_quote),
    (r"quoted scalar: .*(escape|hexdecimal)", _escape),
    (r"a directive: ", _directive),
    (r"(an alias|an anchor|a block scalar): ", _starts_with),
    (r"(a tag: )|tag handle", _tag),
    (r"block collection: ", _not_an_item),
    (r"expected ',' or", _flow),
    (r"found unexpected ':'", _colon_in_flow),
    (r"sequence entries are not allowed", _item_in_line),
    (r"mapping keys are not allowed", _question_mark),
    (r"but found another document", _second_document),
    (r"expected '?<document start>", _document_start),
    (r"undefined alias", _unknown_alias),
    (r"second occurrence", _second_anchor),
    (r"block mapping: ", _unexpected),
)
