"""What can be wrong, where it is, and how a run ends because of it.

Every room of otasite reports trouble as :class:`Problem` values; only the outermost layer (the command
line, the preview) turns them into text. The exception tree::

    OtasiteError            exit code 1
    ├── ProblemsFound       exit code 1   one or more located problems in what the user wrote
    └── Refused             exit code 2   the request itself cannot be carried out (wrong folder, bad flag)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast

import msgspec

#: Errors stop a run, and with ``--strict`` warnings do, too. An info is worth knowing, and nothing more.
Severity = Literal["error", "warning", "info"]
#: Characters of a message or hint: they quote files, and a value there may be as long as the file.
LONGEST_TEXT = 1500


class Location(msgspec.Struct, frozen=True, order=True):
    """A place in a file that a person can open.

    ``path`` is written relative to the project root with forward slashes (a machine's absolute path never
    appears in a message); ``line`` and ``column`` count from 1, and 0 means “the file as a whole”.
    """

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column or 1}"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, in words a person can act on.

    ``code`` is permanent (``unknown-key``, ``binary-mismatch`` …): people grep for it and CI rules name it. It stands
    in the register (:mod:`otasite.problems.codes`), which also says how severe it is unless the case decides.
    ``message`` says what is wrong; ``hint`` says what to do about it. What showed while a page was made of a template
    names that page, and stands for ``pages`` of them.
    """

    code: str
    message: str
    hint: str = ""
    location: Location | None = None
    severity: Severity = cast(Severity, "")
    page: str = ""
    pages: int = 1

    def __post_init__(self) -> None:
        if len(self.message) > LONGEST_TEXT or len(self.hint) > LONGEST_TEXT:
            msgspec.structs.force_setattr(self, "message", _cut(self.message))
            msgspec.structs.force_setattr(self, "hint", _cut(self.hint))
        if not self.severity:
            msgspec.structs.force_setattr(self, "severity", severity_of(self.code))

    @property
    def is_error(self) -> bool:
        """Whether it stops a build, and makes ``check`` end with exit code 1."""
        return self.severity == "error"

    def sort_key(self) -> tuple[Location, str, str]:
        """Order of reports: by file and position, the same on every run and machine."""
        return (self.location or Location(""), self.code, self.message)


def on_page(problem: Problem, page: str) -> Problem:
    """A problem that showed while ``page`` was rendered."""
    return msgspec.structs.replace(problem, message=f"{problem.message}{_rendering(page, 1)}", page=page)


def _rendering(page: str, pages: int) -> str:
    more = "" if pages == 1 else f" and {pages - 1:,} more page{'' if pages == 2 else 's'}"
    return f" (while rendering {page}{more})"


def each_once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each mistake once, where all or many pages show it: with the first of them, and how many more there are."""
    found: dict[object, Problem] = {}
    for problem in problems:
        message = problem.message.removesuffix(_rendering(problem.page, problem.pages)) if problem.page else ""
        key = (problem.code, problem.location, message) if problem.page else problem
        first = found.get(key)
        if first is None:
            found[key] = problem
        elif problem.page:
            pages = first.pages + problem.pages
            message += _rendering(first.page, pages)
            found[key] = msgspec.structs.replace(first, message=message, pages=pages)
    return tuple(found.values())


def _cut(text: str) -> str:
    """A text that quotes too much, without its middle: what is wrong stands at its end."""
    if len(text) <= LONGEST_TEXT:
        return text
    half = LONGEST_TEXT // 2
    return f"{text[: half - 1]}…{text[-half:]}"


def severity_of(code: str) -> Severity:
    """What the register says of ``code``; “error” where the case decides, and for a code of somebody's own."""
    from otasite.problems.register import REGISTER  # only a run with a problem in it pays for this import

    entry = REGISTER.get(code)
    return "error" if entry is None or entry.severity == "either" else entry.severity


class OtasiteError(Exception):
    """Base of everything otasite raises on purpose; ``exit_code`` is the process's exit code."""

    exit_code = 1


class ProblemsFound(OtasiteError):
    """What the user wrote is wrong in one or more places; ``problems`` holds all of them, sorted."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems, key=Problem.sort_key))
        super().__init__("; ".join(f"{p.location}: {p.message}" if p.location else p.message for p in self.problems))

    def __reduce__(self) -> tuple[type[ProblemsFound], tuple[tuple[Problem, ...]]]:
        """How it gets from a worker process to its parent: as its problems."""
        return ProblemsFound, (self.problems,)


class Refused(OtasiteError):
    """The request cannot be carried out as asked; the message says why and ``hint`` what to do instead."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Findings:
    """Collects problems while work goes on, so that one run reports all of them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, code: str, message: str, *, hint: str = "", at: Location | None = None) -> None:
        self.problems.append(Problem(code=code, message=message, hint=hint, location=at))

    def extend(self, problems: Iterable[Problem]) -> None:
        self.problems.extend(problems)

    @property
    def failed(self) -> bool:
        return any(problem.is_error for problem in self.problems)

    def raise_errors(self) -> None:
        """Raise :class:`ProblemsFound` with everything collected if any of it is an error."""
        if self.failed:
            raise ProblemsFound(self.problems)


def unreadable_file(path: str, error: OSError) -> Problem:
    """The problem of a file that the operating system does not let us read; ``path`` is how messages name it."""
    return Problem(
        code="unreadable-file",
        message=f"this file cannot be read: {error.strerror or error}",
        hint="check that it exists and that its permissions allow reading",
        location=Location(path),
    )


def suggest(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean “…”?`` for the closest known word, or an empty string."""
    match = closest(word, known)
    return f"did you mean “{match}”?" if match else ""


def closest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str:
    """The known word that ``word`` is most like, or an empty string when none is so alike (0 to 1)."""
    from difflib import get_close_matches  # only a run with a mistake in it pays for this import

    matches = get_close_matches(word[:100], sorted(known), n=1, cutoff=likeness)
    return matches[0] if matches else ""


def has_errors(problems: Iterable[Problem], *, strict: bool = False) -> bool:
    """Whether a run with these problems fails; ``strict`` counts warnings as failures."""
    return any(problem.is_error or (strict and problem.severity == "warning") for problem in problems)
