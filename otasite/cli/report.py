"""Problems and results as text: for people, for machines, for GitHub's annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from otasite.catalogue.project import find_project
from otasite.cli.terminal import Line, Style, say, say_json, say_lines, say_order, say_text, styled
from otasite.problems import OtasiteError, Problem, ProblemsFound, Refused, Severity
from otasite.problems.excerpts import Excerpts

if TYPE_CHECKING:
    from otasite.publish.report import Report

Format = Literal["text", "json", "github"]
#: Releases that lie ahead that are named one by one.
_NAMED_AHEAD = 5
_COLOURS: dict[Severity, Style] = {"error": "red", "warning": "yellow", "info": "dim"}


def print_error(error: OtasiteError, *, format_: Format = "text", root: Path | None = None) -> None:
    """Print an expected error to stderr (``json``: to stdout)."""
    if isinstance(error, ProblemsFound):
        print_problems(error.problems, format_=format_, root=root)
        return
    say_text(f"otasite: {error}", err=True)
    if isinstance(error, Refused) and error.hint:
        say(f"  hint: {error.hint}", err=True)


def print_problems(problems: Iterable[Problem], *, format_: Format = "text", root: Path | None = None) -> None:
    problems = sorted(problems, key=Problem.sort_key)
    if format_ == "json":
        say_json(problems)
    elif format_ == "github":
        for problem in problems:
            _annotate(problem)
    else:
        excerpts = Excerpts(root or _root())
        for problem in problems:
            say_lines(problem_lines(problem, excerpts), err=True)
        if problems:
            say(counted(problems), err=True)


def _root() -> Path:
    try:
        return find_project(Path.cwd()).root
    except (Refused, OSError):
        return Path()


def problem_lines(problem: Problem, excerpts: Excerpts) -> Iterator[Line]:
    """A problem as lines of text: place and message, the line itself with a mark, and what to do."""
    colour = _COLOURS[problem.severity]
    place = f"{problem.location}: " if problem.location else ""
    first, *more = problem.message.split("\n")
    code = styled(f"[{problem.code}]", "dim")
    yield [styled(place, "bold"), styled(problem.severity, colour, "bold"), f": {first} ", code]
    yield from ([f"    {line}"] for line in more)
    shown = excerpts.at(problem.location)
    if shown is not None:
        number = str(shown.line)
        yield ["  ", styled(f"{number} |", "dim"), f" {shown.text}"]
        if shown.column:
            margin = styled(" " * len(number) + " |", "dim")
            yield ["  ", margin, " " * shown.column, styled("^", colour, "bold")]
    if problem.hint:
        yield ["  ", styled("hint:", "bold"), f" {problem.hint}"]
    yield []


def _annotate(problem: Problem) -> None:
    """Print a problem as a workflow command that annotates the line on GitHub."""
    at = problem.location
    properties = {"title": problem.code}
    if at is not None:
        properties = {"file": at.path, "line": str(at.line or 1), "col": str(at.column or 1), **properties}
    name = "notice" if problem.severity == "info" else problem.severity
    say_order(name, properties, f"{problem.message}\n{problem.hint}" if problem.hint else problem.message)


def counted(problems: Iterable[Problem]) -> str:
    """How many errors, warnings and remarks there are, in words."""
    counts = Counter(problem.severity for problem in problems)
    parts = [plural(counts["error"], "error"), plural(counts["warning"], "warning"), plural(counts["info"], "remark")]
    found = [part for part in parts if not part.startswith("0 ")]
    return " and ".join([", ".join(found[:-1]), found[-1]] if found[1:] else found) or "no problem"


def lines_ahead(report: Report) -> Iterator[str]:
    """What lies ahead: the next releases with their moments, and when the site should be built again."""
    for each in report.ahead[:_NAMED_AHEAD]:
        yield f"ahead: {each.app} {each.version} ({each.build}), from {each.moment:%Y-%m-%d %H:%M} UTC"
    if report.future > _NAMED_AHEAD:
        yield f"ahead: {report.future - _NAMED_AHEAD:,} more"
    if report.ahead:
        yield f"the site changes by itself on {report.ahead[0].moment:%Y-%m-%d at %H:%M} UTC: build it again then"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
