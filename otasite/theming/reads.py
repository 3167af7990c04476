"""Which data (``data.<name>``) the pages of a template can read: its own and all that it extends, includes, imports.

Judged by the names that templates write, so it may say too much and never too little: a template that does more with
``data`` than to look one name up, or names another by an expression, can read everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from otasite.memory import Memory
from otasite.theming.layers import BELOW, Source
from otasite.theming.themes import Theme

_DATA = "data"


class Mentions(msgspec.Struct, frozen=True, array_like=True):
    """What one file names; ``None`` where it may name anything."""

    templates: tuple[str, ...] | None
    data: tuple[str, ...] | None


def readable_data(
    theme: Theme, templates: Iterable[str], names: Iterable[str], memory: Memory
) -> dict[str, list[str]]:
    """Those of ``names`` that a page of each of ``templates`` can read; ``memory`` has what was found before."""
    found = _Reader(theme, memory)
    readable = {template: found.read(template) for template in templates}
    found.keep()
    return {template: [name for name in names if read is None or name in read] for template, read in readable.items()}


class _Reader:
    def __init__(self, theme: Theme, memory: Memory) -> None:
        self._theme = theme
        self._memory = memory
        self._known = memory.get("cache/themes", "mentions", dict[str, Mentions]) or {}
        self._used: dict[str, Mentions] = {}
        self._layers = {
            source.path: number for number, layer in enumerate(theme.layers) for source in layer.templates.values()
        }

    def keep(self) -> None:
        if self._used.keys() - self._known.keys():
            self._memory.put("cache/themes", "mentions", self._used)

    def read(self, template: str) -> set[str] | None:
        """The names of data that a template and all that it leads to mention; ``None`` for all there are."""
        first = self._theme.find(template)
        waiting = [first] if first is not None else []
        seen: set[str] = set()
        read: set[str] = set()
        while waiting:
            source = waiting.pop()
            if source.path in seen:
                continue
            seen.add(source.path)
            mentions = self._mentions(source)
            if mentions.data is None:
                return None
            read |= set(mentions.data)
            waiting += self._named(source, mentions)
        return read

    def _named(self, source: Source, mentions: Mentions) -> Iterator[Source]:
        """The files that a template leads to: all there are when it says them by an expression."""
        if mentions.templates is None:
            for layer in self._theme.layers:
                yield from layer.templates.values()
            return
        for name in mentions.templates:
            below = self._layers[source.path] + 1 if name.startswith(BELOW) else 0
            named = self._theme.find(name.removeprefix(BELOW), below=below)
            if named is not None:
                yield named

    def _mentions(self, source: Source) -> Mentions:
        mentions = self._used.get(source.digest) or self._known.get(source.digest) or _look_into(source)
        self._used[source.digest] = mentions
        return mentions


def _look_into(source: Source) -> Mentions:
    import jinja2
    from jinja2 import meta, nodes

    try:
        tree = jinja2.Environment(autoescape=True).parse(source.text)
    except (jinja2.TemplateSyntaxError, RecursionError):  # told when it is compiled
        return Mentions(None, None)
    templates = tuple(meta.find_referenced_templates(tree))
    looked_up: dict[int, str] = {}
    for step in tree.find_all((nodes.Getattr, nodes.Getitem)):
        name = _looked_up(step)
        if name is not None and isinstance(step.node, nodes.Name):  # type: ignore[attr-defined]  # both have one
            looked_up[id(step.node)] = name  # type: ignore[attr-defined]
    loads = [node for node in tree.find_all(nodes.Name) if node.name == _DATA]
    all_known = all(id(node) in looked_up for node in loads)
    return Mentions(
        None if None in templates else tuple(sorted(set(map(str, templates)))),
        tuple(sorted({looked_up[id(node)] for node in loads})) if all_known else None,
    )


def _looked_up(step: Any) -> str | None:
    """The name that ``x.name`` or ``x["name"]`` looks up, if it is written there."""
    from jinja2 import nodes

    if isinstance(step, nodes.Getattr):
        return str(step.attr)
    return str(step.arg.value) if isinstance(step.arg, nodes.Const) and isinstance(step.arg.value, str) else None
