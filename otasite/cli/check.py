"""``otasite check``."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import get_args

import click

from otasite.cli.choices import OneOf
from otasite.cli.options import build_options, json_option, open_project, project_option
from otasite.cli.progress import progress_bar
from otasite.cli.report import Format, counted, lines_ahead, plural, print_problems
from otasite.cli.terminal import remark
from otasite.memory import notes_on
from otasite.problems import Problem, has_errors
from otasite.publish.checking import check
from otasite.publish.parallel import processors

#: What this module prints as JSON, by the words of the command.
ANSWERS = {"check": list[Problem]}
_UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}


def parse_days(context: click.Context, parameter: click.Parameter, text: str) -> dt.timedelta:
    """A time such as 30d, 6w, 3m or 1y; a bare number means days."""
    match = re.fullmatch(r"(\d{1,5})([dwmy]?)", text.strip().lower())
    if match is None:
        raise click.BadParameter("write a time such as 30d, 6w or 3m", context, parameter)
    return dt.timedelta(days=int(match[1]) * _UNITS[match[2] or "d"])


@click.command()
@project_option
@build_options
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option(
    "--expiring",
    default="30d",
    metavar="TIME",
    callback=parse_days,
    help="Warn of profiles that expire within this time (default: 30d).",
)
@json_option
@click.option("--format", "format_", type=OneOf(get_args(Format)), default="text", help="How to print problems.")
def command(
    project: Path | None,
    base_url: str | None,
    drafts: bool,
    future: bool,
    strict: bool,
    expiring: dt.timedelta,
    as_json: bool,
    format_: Format,
) -> None:
    """Check content, theme and every page without writing anything.

    The exit code is 1 if there are errors (with --strict: or warnings).
    """
    workshop = open_project(project, base_url=base_url, drafts=drafts, future=future, workers=processors())
    with progress_bar("Checking") as progress:
        report = check(workshop, expiring=expiring, progress=progress)
    problems = (*report.problems, *report.reminders)
    format_ = "json" if as_json else format_
    print_problems(problems, format_=format_, root=workshop.project.root)
    if format_ == "text" and not problems:
        remark(f"{plural(report.apps, 'app')}, {plural(report.releases, 'release')}: {counted(())}")
    if format_ == "text":
        for line in lines_ahead(report):
            remark(line)
    for note in notes_on(workshop.memory, ()):
        remark(f"note: {note}", err=True)
    raise SystemExit(1 if has_errors(problems, strict=strict) else 0)
