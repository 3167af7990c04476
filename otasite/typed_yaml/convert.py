"""Plain values → typed records: at C speed when all is well, else key by key to report every mistake.

Both ways judge the same value by the same types, so they cannot disagree: text has become numbers and booleans
(:mod:`otasite.typed_yaml.scalars`) before either sees it.
"""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from otasite.problems import Problem, ProblemsFound
from otasite.typed_yaml.kinds import Expected, expected
from otasite.typed_yaml.mistakes import UNUSABLE, Walk
from otasite.typed_yaml.reading import Document, KeyPath, Where, read_yaml
from otasite.typed_yaml.scalars import typed, typer

T = TypeVar("T")


class Converted(NamedTuple, Generic[T]):
    """What became of a document, or of a part of it.

    With problems, ``value`` is what the rest of the file says, so that later rules can look at it as well: a wrong
    optional key is left out, and so is the mapping around a missing required one; a required text of the topmost
    mapping is stood in for by its key, as ``(name)``. It is ``None`` when nothing usable is left.

    ``dropped`` names what was left out (paths from the document's top), for rules that would otherwise complain
    that it is missing.
    """

    value: T | None
    problems: tuple[Problem, ...] = ()
    dropped: frozenset[KeyPath] = frozenset()

    def require(self) -> T:
        """The value of a document without mistakes. Raises :class:`ProblemsFound` otherwise."""
        if self.problems or self.value is None:
            raise ProblemsFound(self.problems)
        return self.value


def convert(document: Document, type_: type[T], *, base: KeyPath = ()) -> Converted[T]:
    """The value at ``base`` of ``document`` as a ``type_``, with every problem at its place in the file.

    The document's own problems come with its top level (``base=()``). Raises :class:`KeyError` or
    :class:`IndexError` when there is no value at ``base``.
    """
    value: Any = document.value
    for part in base:
        value = value[part]
    earlier = () if base else document.problems
    hashable: Any = type_  # mypy does not count type[T] among what a cache takes
    plain = typer(hashable)(value)
    try:
        return Converted(msgspec.convert(plain, type_), earlier)
    except msgspec.ValidationError as error:
        walk = Walk(Where(lambda: document), base)
        try:
            cleaned = walk.value(expected(hashable), plain, base)
        except ProblemsFound as found:
            return Converted(None, earlier + found.problems)
        problems = walk.problems or (_unexplained(error, document, base),)
        return Converted(_salvaged(cleaned, type_), earlier + problems, frozenset(walk.dropped))


def conform(wanted: Expected, value: Any, where: Where, *keys: str | int) -> tuple[Any, tuple[Problem, ...]]:
    """A plain value as ``wanted`` says, with its numbers and truths, and every mistake at its place.

    For types that are only known when the program runs; ``keys`` lead from ``where`` to the value. With mistakes the
    value is what is right of it, ``None`` when that is nothing.
    """
    walk = Walk(where, keys)
    try:
        cleaned = walk.value(wanted, typed(wanted, value), keys)
    except ProblemsFound as found:
        return None, found.problems
    return None if cleaned is UNUSABLE else cleaned, walk.problems


def read_record(text: str | bytes, shown_as: str, type_: type[T]) -> Converted[T]:
    """Read a whole file as a ``type_``: :func:`read_yaml` and :func:`convert`, with the problems of both."""
    try:
        document = read_yaml(text, shown_as)
    except ProblemsFound as found:
        return Converted(None, found.problems)
    return convert(document, type_)


def _salvaged(cleaned: Any, type_: type[T]) -> T | None:
    if cleaned is UNUSABLE:
        return None
    try:
        return msgspec.convert(cleaned, type_)
    except msgspec.ValidationError:  # a struct's own __post_init__ refuses what is left
        return None


def _unexplained(error: msgspec.ValidationError, document: Document, base: KeyPath) -> Problem:
    """A refusal that the types do not show: it comes from a struct's ``__post_init__``, in its words."""
    return Problem(code="bad-value", message=str(error), location=document.locate(base))
