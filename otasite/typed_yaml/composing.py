"""YAML text → PyYAML's tree of nodes: which parser does it, and what it must be protected from.

libyaml does the work when PyYAML has it (every wheel does), else PyYAML's own parser, which reads the same
language about twenty times slower. Either way no tag is resolved: a scalar is the text that was written.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

import yaml
from yaml.composer import Composer
from yaml.events import (
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import Node
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from otasite.problems import Location, Problem, ProblemsFound
from otasite.typed_yaml.syntax import explain
from otasite.typed_yaml.texts import Places

#: Characters in one file. An app with thousands of releases written inline stays below one million.
MAX_CHARACTERS: Final = 4_000_000

#: Values and keys in one file: a node of the tree takes about half a kilobyte of memory. That app has 300,000.
MAX_NODES: Final = 500_000

#: Levels of lists and mappings inside each other. The deepest key of the catalogue is on level six.
MAX_DEPTH: Final = 40

#: Nesting up to this is left to the parser: composing recurses in C (about 400 bytes of stack a level), and the
#: smallest stack that a thread gets on common systems is 512 KiB. Past it, depth is measured before composing.
_SAFE_DEPTH: Final = 800

#: Every character or pair that can open a level, line ends included (a deeper indentation opens one, too).
_OPENERS: Final = ("\n", ": ", "- ", "? ", "[", "{")


class NodeParser(Protocol):
    """What both parsers offer and this module uses."""

    def __init__(self, text: str) -> None: ...
    def get_event(self) -> Event | None: ...
    def get_single_node(self) -> Node | None: ...


class _Untagged:
    """The part of a resolver that composing asks for: nothing has a tag unless one is written."""

    def resolve(self, _kind: object, _value: object, _implicit: object) -> Any:
        return None

    def descend_resolver(self, _parent: object, _index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


class PurePythonParser(_Untagged, Reader, Scanner, Parser, Composer):
    """PyYAML's own parser, for installations without libyaml."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)


try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    FastestParser: type[NodeParser] = PurePythonParser
else:

    class LibyamlParser(_Untagged, CParser):
        """libyaml's parser, without the constructors and resolvers of PyYAML's loaders."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)

    FastestParser = LibyamlParser


def compose(text: str, shown_as: str, parser: Any = FastestParser) -> Node | None:
    """The root node of the only document in ``text``; ``None`` when there is none (an empty file, comments).

    Raises :class:`ProblemsFound` when the text is not YAML, too large or nested too deeply.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"the file has {len(text):,} characters; {MAX_CHARACTERS:,} are the most"
        raise _too_large(message, Location(shown_as))
    try:
        if _may_be_excessive(text):
            _refuse_excess(parser(text), Places(text, shown_as))
        root: Node | None = parser(text).get_single_node()
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        if "nesting depth" in str(error):  # newer libyaml gives up by itself, but far behind the place
            _refuse_excess(PurePythonParser(text), Places(text, shown_as))
        raise ProblemsFound([explain(error, Places(text, shown_as), _open_bracket(parser, text))]) from error
    except RecursionError:  # only the parser in Python gets here: 800 levels are more than its stack holds
        _refuse_excess(parser(text), Places(text, shown_as))
        raise
    return root


def _open_bracket(parser_type: type[NodeParser], text: str) -> int | None:
    """The index of the innermost bracket that is open where ``text`` can no longer be parsed."""
    opened: list[int | None] = []
    try:
        parser = parser_type(text)
        while (event := parser.get_event()) is not None:
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                opened.append(event.start_mark.index if event.flow_style and event.start_mark else None)
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                opened.pop()
    except (yaml.YAMLError, UnicodeEncodeError):
        pass
    return opened[-1] if opened else None


def too_deep(place: Location) -> ProblemsFound:
    """The failure of a file with more than :data:`MAX_DEPTH` levels, first exceeded at ``place``."""
    return _too_large(f"lists and mappings are nested more than {MAX_DEPTH} levels deep here", place)


def _too_large(message: str, place: Location) -> ProblemsFound:
    return ProblemsFound(
        [
            Problem(
                code="yaml-too-large",
                message=message,
                hint="is this the right file? A catalogue file stays far below this limit",
                location=place,
            )
        ]
    )


def _may_be_excessive(text: str) -> bool:
    """Whether ``text`` is long enough, or has enough openers, for more nodes or levels than may be composed."""
    if len(text) > 2 * MAX_NODES:  # a node takes a character and what separates it from the next
        return True
    return len(text) > _SAFE_DEPTH and sum(map(text.count, _OPENERS)) > _SAFE_DEPTH


def _refuse_excess(parser: NodeParser, places: Places) -> None:
    depth = nodes = 0
    while (event := parser.get_event()) is not None:
        if isinstance(event, NodeEvent):
            nodes += 1
            if nodes > MAX_NODES and event.start_mark is not None:
                message = f"the file has more than {MAX_NODES:,} keys and values: here is the next"
                raise _too_large(message, places.at(event.start_mark.index))
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
            if depth > MAX_DEPTH and event.start_mark is not None:
                raise too_deep(places.at(event.start_mark.index))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
