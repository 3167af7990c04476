"""YAML written for people: new files in a fixed order, and changes to existing ones that touch nothing else.

A change replaces or inserts the lines of one key; comments, order, quotes and blank lines elsewhere stay as their
author wrote them. Positions come from the same parser that reads the catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from otasite.problems import Refused
from otasite.typed_yaml.composing import compose
from otasite.typed_yaml.plain import items, members, not_given
from otasite.typed_yaml.reading import KeyPath, read_yaml

#: What can be written: text and numbers, lists of text, and mappings of these.
Value = str | int | Sequence[str] | Mapping[str, "Value"]

#: Words that some YAML reader takes for something other than text.
_LOADED = frozenset({"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
_PLAIN = re.compile(r"[^\W_](?:[\w ./@+()–-]|://)*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FORBIDDEN = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_INLINE_LIST = 60  # characters up to which a list stays on the line of its key


def dumped(values: Mapping[str, Value], indent: int = 0) -> str:
    """A mapping as block YAML, one key a line, each line ended."""
    return "".join(f"{line}\n" for key, value in values.items() for line in _entry(key, value, indent))


def scalar(value: str | int) -> str:
    """A text or number as a scalar: plain where all YAML readers agree on it, else in double quotes."""
    text = str(value)
    plain = _PLAIN.fullmatch(text) or _MOMENT.fullmatch(text)
    if plain and text.lower() not in _LOADED and not text.endswith(" "):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _FORBIDDEN.sub(lambda found: f"\\U{ord(found[0]):08X}", quoted)


def with_values(text: str, shown_as: str, at: KeyPath, values: Mapping[str, Value]) -> str:
    """``text`` with these keys set in the mapping at ``at``; mappings among the values are merged key by key.

    Raises ProblemsFound when the text is no YAML, Refused when the way leads to something that is no mapping.
    """
    for key, value in values.items():
        if isinstance(value, Mapping) and read_value(text, shown_as, (*at, key)) is not None:
            text = with_values(text, shown_as, (*at, key), value)
        else:
            text = _with_value(text, shown_as, at, key, value)
    return text


def with_first_item(text: str, shown_as: str, key: str, item: Mapping[str, Value]) -> str:
    """``text`` with ``item`` as the first of the list at the top-level key, which is made when it is missing."""
    root = compose(text, shown_as)
    node = _descend(root, (key,)) if root is not None else None
    if isinstance(node, SequenceNode) and not node.flow_style and items(node):
        start = node.start_mark.index
        column = node.start_mark.column
        return text[:start] + _item(item, column).lstrip(" ") + " " * column + text[start:]
    if node is not None and not not_given(node):
        raise Refused(f"{shown_as}: “{key}” is written in a way that cannot be added to", _BLOCK_HINT)
    return _ended(text) + ("" if node is not None else f"{key}:\n") + _item(item, 2)


def read_value(text: str, shown_as: str, path: KeyPath) -> object | None:
    """The plain value at a path, or None when it is not written."""
    value: object = read_yaml(text, shown_as).value
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


_BLOCK_HINT = "write it in lines of its own (block style), without braces or brackets"


def _with_value(text: str, shown_as: str, at: KeyPath, key: str, value: Value) -> str:
    root = compose(text, shown_as)
    if root is None or not_given(root):
        return _ended(text) + dumped({key: value})
    node = _descend(root, at)
    if not isinstance(node, MappingNode) or node.flow_style or not node.value:
        raise Refused(f"{shown_as}: “{'.'.join(map(str, at))}” cannot be changed as it is written", _BLOCK_HINT)
    indent = node.value[0][0].start_mark.column
    for name, key_node, value_node in members(node):
        if name == key:
            return _replaced(text, key_node, value_node, indent, value)
    end = line_end(text, node_end(text, node))
    lines = "\n".join(_entry(key, value, indent))
    return f"{text[:end]}\n{lines}{text[end:] or chr(10)}"


def _replaced(text: str, key: Node, value: Node, indent: int, new: Value) -> str:
    """The text with one value replaced, from after its key's colon; a comment behind a scalar stays."""
    colon = text.index(":", key.end_mark.index) + 1
    end = max(node_end(text, value), colon)
    first, *rest = _entry("", new, indent)
    return text[:colon] + "\n".join((first[indent + 1 :], *rest)) + text[end:]


def _descend(node: Node, path: KeyPath) -> Node | None:
    for part in path:
        if isinstance(node, MappingNode):
            found = next((value for name, _, value in members(node) if name == part), None)
        elif isinstance(node, SequenceNode) and isinstance(part, int):
            given = items(node)
            found = given[part] if part < len(given) else None
        else:
            found = None
        if found is None:
            return None
        node = found
    return node


def node_end(text: str, node: Node) -> int:
    """Where the last character of a node's own text is: marks of collections and text blocks reach further."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        key, value = node.value[-1]
        return max(node_end(text, value), text.index(":", key.end_mark.index) + 1)
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return node_end(text, node.value[-1])
    end = int(node.end_mark.index)
    if isinstance(node, ScalarNode) and node.style in {"|", ">"}:
        while text[end - 1 : end].isspace():
            end -= 1
    return end


def line_end(text: str, index: int) -> int:
    """The end of the line that ``index`` is in, so that a comment there stays with what it is about."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found - text.endswith("\r", 0, found)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _item(values: Mapping[str, Value], column: int) -> str:
    """A list item that is a mapping, its dash in ``column``."""
    body = dumped(values, column + 2)
    return f"{' ' * column}- {body[column + 2 :]}"


def _entry(key: str, value: Value, indent: int) -> list[str]:
    """The lines of one key and its value."""
    head = f"{' ' * indent}{key}:"
    if isinstance(value, int):
        return [f"{head} {value}"]
    if isinstance(value, str):
        return _text_entry(head, value, indent)
    if isinstance(value, Mapping):
        return [head, *dumped(value, indent + 2).splitlines()]
    inline = f"[{', '.join(scalar(item) for item in value)}]"
    if len(inline) <= _INLINE_LIST:
        return [f"{head} {inline}"]
    return [head, *(f"{' ' * (indent + 2)}- {scalar(item)}" for item in value)]


def _text_entry(head: str, text: str, indent: int) -> list[str]:
    """Text over several lines becomes a block, which needs no quotes and reads as it was written."""
    if "\n" not in text.strip("\n") and not text.endswith("\n"):
        return [f"{head} {scalar(text)}"]
    lines = [line.rstrip() for line in _FORBIDDEN.sub(" ", text).strip("\n").split("\n")]
    if not lines[0] or lines[0].startswith((" ", "\t")) or not any(lines):
        return [f"{head} {scalar(text)}"]
    return [f"{head} |", *(f"{' ' * (indent + 2)}{line}".rstrip() for line in lines)]
