"""YAML text → :class:`Document`: plain text values whose positions can be asked for later.

YAML never guesses here: ``1.10``, ``0123`` and ``no`` stay the text that was written, and only the types of
the record types turn text into numbers or booleans (see :mod:`otasite.typed_yaml.convert`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from otasite.problems import Location, Problem, ProblemsFound
from otasite.typed_yaml.composing import compose
from otasite.typed_yaml.plain import Careful, NeedsCare, items, looks_usual, members, not_given, quickly
from otasite.typed_yaml.slips import ODD_SPACE_HINT, odd_spacer
from otasite.typed_yaml.texts import Places, decode

#: The way to a value: keys of mappings, and indices (from 0) of lists.
KeyPath = tuple[str | int, ...]


class Document:
    """One file as read: ``value`` (a mapping of plain values), and ``problems`` that did not stop the reading.

    Positions cost nothing until :meth:`locate` is called: the text is then parsed a second time.
    """

    __slots__ = ("_steps", "_tree", "problems", "shown_as", "text", "value")

    def __init__(self, text: str, shown_as: str, value: dict[str, Any], problems: tuple[Problem, ...] = ()) -> None:
        self.text = text
        self.shown_as = shown_as
        self.value = value
        self.problems = problems
        self._tree: tuple[Node | None, Places] | None = None
        self._steps: dict[int, dict[str | int, tuple[Node, Node]]] = {}

    def locate(self, keypath: KeyPath = (), *, key: bool = False) -> Location:
        """Where the value at ``keypath`` is written; with ``key``, where its key is.

        What is not in the file is located at the deepest part of the path that is. A key that is written without
        a value counts as written.
        """
        root, places = self._composed()
        if root is None:
            return Location(self.shown_as)
        node = root
        for depth, part in enumerate(keypath):
            step = self._step(node, part)
            if step is None:
                break
            key_node, value_node = step
            asked_for_key = key and depth == len(keypath) - 1
            node = key_node if asked_for_key or not_given(value_node) else value_node
        return places.at(node.start_mark.index)

    def mentions(self, keypath: KeyPath) -> bool:
        """Whether the last key of ``keypath`` is written, be it without a value (``subtitle:``)."""
        return self._node(keypath) is not None

    def names(self, keypath: KeyPath) -> tuple[str, ...]:
        """The keys of the mapping at ``keypath`` in their order, those without a value (``beta:``) as well."""
        node = self._node(keypath)
        return tuple(name for name, _, _ in members(node)) if isinstance(node, MappingNode) else ()

    def _node(self, keypath: KeyPath) -> Node | None:
        node = self._composed()[0]
        for part in keypath:
            step = self._step(node, part) if node else None
            node = step[1] if step else None
        return node

    def _step(self, node: Node, part: str | int) -> tuple[Node, Node] | None:
        """The nodes of the key (for a list: of the item) and of the value that ``part`` leads to.

        A collection is indexed when it is first asked, so that thousands of mistakes in one are found in one pass.
        """
        if id(node) not in self._steps:  # the tree is kept, and with it every node's id
            self._steps[id(node)] = _steps(node)
        return self._steps[id(node)].get(part)

    def _composed(self) -> tuple[Node | None, Places]:
        if self._tree is None:
            self._tree = (compose(self.text, self.shown_as), Places(self.text, self.shown_as))
        return self._tree


def read_yaml(text: str | bytes, shown_as: str, *, lists: bool = False) -> Document:
    """Read one YAML document whose top level is a mapping; ``shown_as`` is its path in messages.

    With ``lists`` it may be a list as well.

    An empty file is an empty mapping. Raises :class:`ProblemsFound` for what cannot be read at all: broken
    syntax, an encoding other than UTF-8, a list or text at the top level, unreasonable size or nesting. Everything
    milder (duplicate keys, tags …) is in ``problems``, so that it does not hide what is found later.
    """
    text = text.removeprefix("\ufeff") if isinstance(text, str) else decode(text, shown_as)
    root = compose(text, shown_as)
    if root is None or not_given(root):
        return Document(text, shown_as, {})
    if type(root) is not MappingNode and not (lists and type(root) is SequenceNode):
        raise ProblemsFound([_not_a_mapping(root, text, shown_as)])
    if looks_usual(text):
        try:
            return Document(text, shown_as, quickly(root))
        except NeedsCare:
            pass
    careful = Careful(Places(text, shown_as))
    return Document(text, shown_as, careful.plain(root), tuple(careful.problems))


def _steps(node: Node) -> dict[str | int, tuple[Node, Node]]:
    """Every way from ``node`` to the nodes below it: those of a key (of a list: of an item) and of its value."""
    if isinstance(node, MappingNode):
        return {name: (key, value) for name, key, value in members(node)}
    if isinstance(node, SequenceNode):
        return {number: (item, item) for number, item in enumerate(items(node))}
    return {}


def _not_a_mapping(root: Node, text: str, shown_as: str) -> Problem:
    places = Places(text, shown_as)
    start = root.start_mark.index
    if odd := odd_spacer(places.line(start)):
        message, place = f"there is {odd[1]} here", places.at(places.line_start(start) + odd[0])
        return Problem(code="odd-space", message=message, hint=ODD_SPACE_HINT, location=place)
    found = "a list" if isinstance(root, SequenceNode) else "text"
    unspaced = found == "text" and ":" in str(root.value)
    return Problem(
        code="wrong-type",
        message=f"the file must hold “key: value” lines; this is {found}",
        hint="write a space after the colon: “key: value”" if unspaced else "see “otasite schema” for its keys",
        location=places.at(start),
    )


class Where:
    """Positions in one file (or below ``base`` in it): of a key's value, or of the key with ``key=True``.

    The file is read only when the first position is asked for. ``dropped`` are the keys that were left out because
    they are wrong: they have been reported, so no rule may call them missing.
    """

    def __init__(
        self, document: Callable[[], Document], base: KeyPath = (), dropped: frozenset[KeyPath] = frozenset()
    ) -> None:
        self._document = cache(document)
        self._base = base
        self._dropped = dropped

    def __call__(self, *keys: str | int, key: bool = False) -> Location:
        return self._document().locate((*self._base, *keys), key=key)

    def names(self, *keys: str | int) -> tuple[str, ...]:
        """The usable keys of a mapping in their order; what stands at a key may be nothing at all."""
        path = (*self._base, *keys)
        return tuple(name for name in self._document().names(path) if (*path, name) not in self._dropped)

    def mentions(self, *keys: str | int) -> bool:
        """Whether a key is written, be it without a value."""
        return self._document().mentions((*self._base, *keys))

    def lost(self, *keys: str | int) -> bool:
        """Whether the value of this key was wrong, and so left out."""
        return bool(self._dropped) and (*self._base, *keys) in self._dropped

    def lost_below(self, key: str) -> bool:
        """Whether a whole mapping directly below a key was left out."""
        return any(len(path) == 2 and path[0] == key for path in self._dropped)

    def below(self, *keys: str | int) -> Where:
        return Where(self._document, (*self._base, *keys), self._dropped)
