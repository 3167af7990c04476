"""Tree of nodes → plain dictionaries, lists and text, in two ways that agree.

:func:`quickly` is for the thousands of files that hold nothing unusual; it gives up at the first thing that needs
thought. :class:`Careful` then does the same work with every rule and collects what is wrong.

The rules: every scalar stays the text that was written; a plain ``~``, ``null`` or nothing at all means “not
given”, and its key is left out (``""`` is empty text).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from otasite.problems import Problem, ProblemsFound
from otasite.typed_yaml.composing import MAX_DEPTH, too_deep
from otasite.typed_yaml.slips import QUOTES_HINT, in_smart_quotes, may_hold_smart_quotes
from otasite.typed_yaml.texts import FileProblems, Places, unprintable_in

#: Nodes that aliases may add by repeating what their anchor holds: far more than people write, far less than a
#: “billion laughs” file asks for.
MAX_REPEATED_NODES: Final = 20_000

#: No token of YAML starts right after a letter or digit, so that “new!” and “max-size” are usual; so is “* item”.
_UNUSUAL: Final = re.compile(r"(?<!\w)[*!]\S|\\")

#: A colon, and behind it what starts with “#” and goes on without a space.
_COMMENT: Final = re.compile(r"[ \t]*:[ \t]+(#[^\s#][^\r\n]*)")

_ODD_KEYS: Final = frozenset(("", "~", "<<"))
_NOT_GIVEN: Final = frozenset(("", "~", "null"))


class NeedsCare(Exception):
    """The quick way met something that only :class:`Careful` may judge."""


def looks_usual(text: str) -> bool:
    """Whether nothing in ``text`` can be a tag, an alias, a slip, or an escape that spells one."""
    if may_hold_smart_quotes(text):
        return False
    if "!" in text or "*" in text or "\\" in text:
        return not _UNUSUAL.search(text)
    return True


def quickly(node: Node, depth: int = 1) -> Any:
    """The plain value of a collection in a text that :func:`looks_usual`; raises :class:`NeedsCare`."""
    if depth > MAX_DEPTH:
        raise NeedsCare
    if type(node) is not MappingNode:
        return [_quick_scalar(item) if type(item) is ScalarNode else quickly(item, depth + 1) for item in node.value]
    plain: dict[str, Any] = {}
    for key, value in node.value:
        if type(key) is not ScalarNode:
            raise NeedsCare
        if type(value) is ScalarNode:
            text = value.value
            if (text in _NOT_GIVEN or text[-1:] == ",") and not value.style:
                raise NeedsCare
            plain[key.value] = text
        else:
            plain[key.value] = quickly(value, depth + 1)
    if len(plain) != len(node.value) or not _ODD_KEYS.isdisjoint(plain):
        raise NeedsCare
    return plain


def _quick_scalar(node: ScalarNode) -> str:
    text: str = node.value
    if (text in _NOT_GIVEN or text[-1:] == ",") and not node.style:
        raise NeedsCare
    return text


def not_given(node: Node) -> bool:
    """Whether ``node`` is a plain scalar that means “nothing here”."""
    return type(node) is ScalarNode and not node.style and node.value in _NOT_GIVEN


def members(node: MappingNode) -> Iterator[tuple[str, ScalarNode, Node]]:
    """The key, its node and the value's node of all members that count: the first of a name."""
    seen = set()
    for key, value in node.value:
        if type(key) is ScalarNode and key.value not in seen and not _is_ignored(key):
            seen.add(key.value)
            yield key.value, key, value


def items(node: SequenceNode) -> list[Node]:
    """The items of a list that have a value."""
    return [item for item in node.value if not not_given(item)]


def _is_ignored(key: ScalarNode) -> bool:
    return not key.style and key.value in _ODD_KEYS


class Careful:
    """One file's tree, converted with every rule; what is wrong and not fatal is collected on the way."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._problems = FileProblems(lambda: places.shown_as)
        self._open: set[int] = set()
        self._seen: set[int] = set()
        self._repeated = 0

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._problems.all

    def plain(self, node: Node) -> Any:
        """The plain value of ``node``. Raises :class:`ProblemsFound` when it is too deep, endless or all wrong."""
        self._count(node)
        if node.tag is not None:
            self._report(node, "yaml-tag", f"the tag “{_short_tag(node.tag)}” is not used here", "remove it")
        if isinstance(node, ScalarNode):
            self._check_quotes(node)
            self._check_characters(node)
            return self._without_comma(node)
        self._check_depth(node)
        self._open.add(id(node))
        try:
            return self._mapping(node) if isinstance(node, MappingNode) else self._list(node)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: MappingNode) -> dict[str, Any]:
        self._check_keys(node)
        for _, key, value in members(node):
            if not_given(value):
                self._check_comment(key)
        return {name: self.plain(value) for name, _, value in members(node) if not not_given(value)}

    def _list(self, node: Node) -> list[Any]:
        for item in node.value:
            if not_given(item):
                self._report(
                    item, "empty-item", "this list item has no value", 'remove it, or write "" for empty text'
                )
        return [self.plain(item) for item in node.value if not not_given(item)]

    def _check_keys(self, node: MappingNode) -> None:
        first: dict[str, ScalarNode] = {}
        for key, _ in node.value:
            if not isinstance(key, ScalarNode):
                self._report(key, "bad-key", "a list or a mapping cannot be a key", _KEY_HINT)
            elif key.value == "<<" and not key.style:
                self._report(
                    key,
                    "merge-key",
                    "“<<” does not merge mappings here",
                    "say what the releases of an app share once, in the app's “defaults:”",
                )
            elif key.value in ("", "~") and not key.style:
                self._report(key, "bad-key", "a key is missing before this colon", _KEY_HINT)
            elif unprintable_in(key.value):
                self._check_characters(key)
            elif key.tag is not None:
                self._report(key, "yaml-tag", f"the tag “{_short_tag(key.tag)}” is not used here", "remove it")
            elif key.value in first:
                self._report_twice(key, first[key.value])
            first.setdefault(str(key.value), key)

    def _report_twice(self, key: ScalarNode, first: ScalarNode) -> None:
        earlier = self._places.at(first.start_mark.index)
        self._report(
            key,
            "duplicate-key",
            f"“{key.value}” is already written on line {earlier.line}, column {earlier.column}",
            "keep one of the two",
        )

    def _check_quotes(self, node: ScalarNode) -> None:
        if not node.style and in_smart_quotes(node.value):
            message = "typographic quotes around a value become a part of it"
            self._report(node, "smart-quotes", message, QUOTES_HINT)

    def _without_comma(self, node: ScalarNode) -> str:
        """The value, without the comma of JSON at its end, which is reported."""
        value = str(node.value)
        bare = value.rstrip(", ")
        if node.style or bare == value or not bare:
            return value
        comma = self._places.text.rindex(",", 0, node.end_mark.index)
        self._problems.add(
            Problem(
                code="trailing-comma",
                message=f"the comma at the end becomes a part of the value: “{_short(value)}”",
                hint="remove it: YAML has no commas between lines; put the value in quotes if it ends with one",
                location=self._places.at(comma),
            )
        )
        return bare

    def _check_characters(self, node: ScalarNode) -> None:
        """Report what only an escape can bring into a value."""
        if character := unprintable_in(node.value):
            message = f"this holds {character}, which is no character that a page or a feed can show"
            hint = "remove it; in double quotes a backslash starts an escape, in single quotes it is itself"
            self._report(node, "control-character", message, hint)

    def _check_comment(self, key: ScalarNode) -> None:
        """Report what looks like the value of a key that has none, and is a comment: ``accent: #7a1fa2``."""
        comment = _COMMENT.match(self._places.text, key.end_mark.index)
        if comment:
            self._problems.add(
                Problem(
                    code="comment-for-value",
                    message=f"“{key.value}” has no value: “{comment[1][:40]}” is a comment in YAML",
                    hint=f'put it in quotes: {key.value}: "{comment[1][:40]}"; or a space after the “#” of a comment',
                    location=self._places.at(comment.start(1)),
                )
            )

    def _count(self, node: Node) -> None:
        """Keep repetition within bounds: an alias may stand for a tree that holds itself."""
        if id(node) in self._open:
            raise self._fatal(node, "yaml-syntax", "this anchor's value holds an alias of itself", "remove it")
        self._repeated += id(node) in self._seen
        if self._repeated > MAX_REPEATED_NODES:
            raise self._fatal(
                node,
                "yaml-too-large",
                f"aliases repeat more than {MAX_REPEATED_NODES:,} values of this file",
                "say what the releases of an app share once, in the app's “defaults:”",
            )
        self._seen.add(id(node))

    def _check_depth(self, node: Node) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise too_deep(self._places.at(node.start_mark.index))

    def _fatal(self, node: Node, code: str, message: str, hint: str) -> ProblemsFound:
        self._report(node, code, message, hint)
        return ProblemsFound(self.problems)

    def _report(self, node: Node, code: str, message: str, hint: str) -> None:
        place = self._places.at(node.start_mark.index)
        self._problems.add(Problem(code=code, message=message, hint=hint, location=place))


_KEY_HINT: Final = "write “key: value”; put the key in quotes if it starts with a special character"


def _short(value: str) -> str:
    return value if len(value) <= 40 else f"…{value[-39:]}"


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
