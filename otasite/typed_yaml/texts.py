"""The text of a file: its characters and their places, what shows that it is unfinished, and all its problems."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from otasite.problems import Location, Problem, ProblemsFound

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class Places:
    """Where characters of one text are. Lines end as editors end them, not as YAML 1.1 does (at U+2028, too)."""

    def __init__(self, text: str, shown_as: str) -> None:
        self.text = text
        self.shown_as = shown_as
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def at(self, index: int) -> Location:
        """The location of the character at ``index``; one past the end is the end of the last line."""
        line = bisect_right(self._starts, index)
        return Location(self.shown_as, line, index - self._starts[line - 1] + 1)

    def line_start(self, index: int) -> int:
        """The index at which the line of the character at ``index`` starts."""
        return self._starts[bisect_right(self._starts, index) - 1]

    def line(self, index: int) -> str:
        """The line of the character at ``index``, without its end."""
        start = self.line_start(index)
        return _LINE_END.split(self.text[start:], maxsplit=1)[0]


_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: A name that becomes part of addresses and of names of files: an app's, a channel's, a theme's.
NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_NAME: Final = re.compile(NAME)
_CONFLICT: Final = re.compile(r"^(?:<{7}|>{7})(?= |\r?$)", re.MULTILINE)


#: What no text of a site may hold: XML (manifests, feeds) has no form for it, and nobody sees it.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def unprintable_in(text: str) -> str:
    """The first control character in a text, or code point that is no character, as “U+0007”; "" without one."""
    found = _UNPRINTABLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def unprintable_problem(text: str, shown_as: str) -> Problem | None:
    """The problem of a text with a control character in it."""
    found = _UNPRINTABLE.search(text)
    if found is None:
        return None
    return Problem(
        code="control-character",
        message=f"here is {unprintable_in(found[0])}, which is no character that a page or a feed can show",
        hint="remove it; editors show it as a box, or not at all",
        location=Places(text, shown_as).at(found.start()),
    )


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


#: Mistakes of one file that are listed: nobody reads more, and each takes time and memory.
MAX_PROBLEMS: Final = 10_000


class FileProblems:
    """Collects what is wrong with the file that messages call as ``shown_as`` says."""

    def __init__(self, shown_as: Callable[[], str]) -> None:
        self._shown_as = shown_as
        self._problems: dict[Problem, None] = {}  # each once: an alias shows its anchor's mistakes again

    def add(self, problem: Problem) -> None:
        """Keep ``problem``. Raises :class:`ProblemsFound` with all of them when there are too many."""
        self._problems[problem] = None
        if len(self._problems) > MAX_PROBLEMS:
            raise ProblemsFound([*self.all[:MAX_PROBLEMS], self._too_many()])

    @property
    def all(self) -> tuple[Problem, ...]:
        """Them in the order in which they were found."""
        return tuple(self._problems)

    def _too_many(self) -> Problem:
        return Problem(
            code="too-many-problems",
            message=f"this file has more than {MAX_PROBLEMS:,} mistakes; the others are not listed",
            hint="is this the right file? Correct these, and run it again",
            location=Location(self._shown_as()),
        )
