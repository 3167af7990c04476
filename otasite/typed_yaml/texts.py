"""Bytes of a file → text, and what in a text shows that it is not yet what its author meant."""

from __future__ import annotations

import codecs
import re
from typing import Final

from otasite.problems import Location, Problem, ProblemsFound
from otasite.typed_yaml.places import Places

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: A name that becomes part of addresses and of names of files: an app's, a channel's, a theme's.
NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_NAME: Final = re.compile(NAME)
_CONFLICT: Final = re.compile(r"^(?:<{7}|>{7})(?= |\r?$)", re.MULTILINE)


def is_name(text: str) -> bool:
    """Whether ``text`` can be a :data:`NAME`."""
    return _NAME.fullmatch(text) is not None


def decode(data: bytes, shown_as: str) -> str:
    """The text of a file, without a byte order mark. Raises :class:`ProblemsFound` when it is not UTF-8."""
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ProblemsFound([_not_utf8(data, error.start, shown_as)]) from error


def conflict_problem(text: str, shown_as: str) -> Problem | None:
    """The problem of a text in which git left both sides of a conflict."""
    first = _CONFLICT.search(text)
    if first is None:
        return None
    return Problem(
        code="conflict-mark",
        message="git left both sides of a conflict here",
        hint="keep what is right, and remove the lines with <<<<<<<, ======= and >>>>>>>",
        location=Places(text, shown_as).at(first.start()),
    )


def _not_utf8(data: bytes, index: int, shown_as: str) -> Problem:
    """The problem of a file in another encoding; its first strange byte is at ``index``."""
    readable = data[:index].decode("utf-8").removeprefix("\ufeff")
    place = Location(shown_as) if data.startswith(_UTF16) else Places(readable, shown_as).at(len(readable))
    return Problem(
        code="not-utf8",
        message="the file is not UTF-8 text",
        hint="save it as UTF-8: most editors offer “Save with encoding”",
        location=place,
    )
