"""Problems and results as text: for people, for machines, for GitHub's annotations."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import click
import msgspec

from otasite.catalogue.project import find_project
from otasite.problems import OtasiteError, Problem, ProblemsFound, Refused
from otasite.problems.excerpts import Excerpts

Format = Literal["text", "json", "github"]


def print_error(error: OtasiteError, *, format_: Format = "text", root: Path | None = None) -> None:
    """Print an expected error to stderr (``json``: to stdout)."""
    if isinstance(error, ProblemsFound):
        print_problems(error.problems, format_=format_, root=root)
    else:
        click.echo(f"otasite: {error}", err=True)


def print_problems(problems: Iterable[Problem], *, format_: Format = "text", root: Path | None = None) -> None:
    problems = sorted(problems, key=Problem.sort_key)
    if format_ == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(problems), indent=2))
    elif format_ == "github":
        for problem in problems:
            click.echo(github_line(problem))
    else:
        excerpts = Excerpts(root or _root())
        for problem in problems:
            click.echo(text_block(problem, excerpts), err=True)
        if problems:
            click.echo(counted(problems), err=True)


def _root() -> Path:
    try:
        return find_project(Path.cwd()).root
    except Refused:
        return Path.cwd()


def text_block(problem: Problem, excerpts: Excerpts) -> str:
    """A problem as lines of text: place and message, the line itself with a mark, and what to do."""
    colour = "red" if problem.is_error else "yellow"
    place = f"{problem.location}: " if problem.location else ""
    head = f"{click.style(place, bold=True)}{click.style(problem.severity, fg=colour, bold=True)}: "
    lines = [f"{head}{problem.message} {click.style(f'[{problem.code}]', dim=True)}"]
    shown = excerpts.at(problem.location)
    if shown is not None:
        number = str(shown.line)
        lines.append(f"  {click.style(f'{number} |', dim=True)} {shown.text}")
        if shown.column:
            lines.append(
                f"  {click.style(' ' * len(number) + ' |', dim=True)} {' ' * (shown.column - 1)}"
                f"{click.style('^', fg=colour, bold=True)}"
            )
    if problem.hint:
        lines.append(f"  {click.style('hint:', bold=True)} {problem.hint}")
    return "\n".join(lines) + "\n"


def github_line(problem: Problem) -> str:
    """A problem as a workflow command that annotates the line on GitHub."""
    at = problem.location
    properties = {"title": problem.code}
    if at is not None:
        properties = {"file": at.path, "line": str(at.line or 1), "col": str(at.column or 1), **properties}
    fields = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    text = f"{problem.message}\n{problem.hint}" if problem.hint else problem.message
    return f"::{problem.severity} {fields}::{_escaped(text, '')}"


def _escaped(text: str, more: str) -> str:
    """Text in a workflow command: percent, line ends and, in properties, separators are encoded."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def counted(problems: Iterable[Problem]) -> str:
    """How many errors and warnings there are, in words."""
    problems = list(problems)
    errors = sum(problem.is_error for problem in problems)
    parts = [plural(errors, "error"), plural(len(problems) - errors, "warning")]
    return " and ".join(part for part in parts if not part.startswith("0 ")) or "no problem"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def is_interactive() -> bool:
    """Whether a person watches: progress and colours are for them only."""
    return sys.stderr.isatty()
