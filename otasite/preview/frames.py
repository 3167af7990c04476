"""Problems as the terminal shows them, for a browser: place, message, the line with a mark, the hint.

A frame is plain text in named parts. Whoever shows it escapes it: here for the page that is sent instead of one that
cannot be made, in ``preview.js`` (which only ever sets text) for the overlay.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

import msgspec

from otasite.problems import OtasiteError, Problem, Severity
from otasite.problems.excerpts import Excerpts


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One problem. ``line`` and ``text`` are the excerpt (0 and "" when there is none); ``column`` counts from 1."""

    place: str
    severity: Severity
    message: str
    code: str
    line: int = 0
    text: str = ""
    column: int = 0
    hint: str = ""


def frames_of(problems: Iterable[Problem], root: Path) -> tuple[Frame, ...]:
    """The frames of problems of the project at ``root``."""
    excerpts = Excerpts(root)
    return tuple(_frame(problem, excerpts) for problem in problems)


def _frame(problem: Problem, excerpts: Excerpts) -> Frame:
    shown = excerpts.at(problem.location)
    return Frame(
        place=str(problem.location) if problem.location else "",
        severity=problem.severity,
        message=problem.message,
        code=problem.code,
        line=shown.line if shown else 0,
        text=shown.text if shown else "",
        column=shown.column if shown else 0,
        hint=problem.hint,
    )


def frames_for_others(problems: Iterable[Problem]) -> tuple[Frame, ...]:
    """What other devices are told of problems: how many there are. Their lines may be of drafts and unlisted apps."""
    errors = sum(problem.severity == "error" for problem in problems)
    if not errors:
        return ()
    message = f"{errors} {'mistake is' if errors == 1 else 'mistakes are'} in the way"
    hint = "the computer that runs this preview shows where"
    return (Frame(place="", severity="error", message=message, code="shown-elsewhere", hint=hint),)


def mishap(error: Exception) -> Problem:
    """An error that nobody foresaw, as a problem. Expected ones bring their own words."""
    if isinstance(error, OtasiteError):
        return Problem(code="refused", message=str(error), hint=getattr(error, "hint", ""))
    return Problem(
        code="internal-error",
        message=f"{type(error).__name__}: {error}",
        hint="this is a mistake of otasite, not yours; the terminal shows where: please report it",
    )


def error_page(frames: Iterable[Frame], tools: str) -> bytes:
    """The page that is shown where no good page has been yet; ``tools`` is where the preview's own files are.

    Everything that comes from the project is escaped: a message can quote any line of any file.
    """
    frames = tuple(frames)
    count = sum(each.severity == "error" for each in frames)
    title = f"{count} {'error' if count == 1 else 'errors'}"
    blocks = "\n".join(_html(each) for each in frames)
    rest = "<p>This page cannot be shown yet. It will appear as soon as the problems are fixed.</p>\n"
    return _page(title, rest + blocks, tools)


def reading_page(known: int, total: int, tools: str) -> bytes:
    """The page that is shown until enough of a large catalogue has been read; it comes again by itself."""
    return _page("Reading the catalogue", f"<p>{known} of {total} apps, for the first time only.</p>", tools)


def _page(title: str, body: str, tools: str) -> bytes:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n"
        f'<link rel="stylesheet" href="{escape(tools)}frames.css">\n</head>\n'
        f'<body class="frames">\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n'
    ).encode()


def _html(each: Frame) -> str:
    place = f"<b>{escape(each.place)}</b>: " if each.place else ""
    head = f"{place}<strong>{each.severity}</strong>: {escape(each.message)} <small>[{escape(each.code)}]</small>"
    lines = [f'<article class="frame {each.severity}">', f"<p>{head}</p>"]
    if each.line:
        number = str(each.line)
        mark = f"\n{' ' * len(number)} | {' ' * (each.column - 1)}<i>^</i>" if each.column else ""
        lines.append(f"<pre>{number} | {escape(each.text)}{mark}</pre>")
    if each.hint:
        lines.append(f"<p><b>hint:</b> {escape(each.hint)}</p>")
    return "\n".join([*lines, "</article>"])
