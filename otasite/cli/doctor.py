"""``otasite doctor``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import click

from otasite.cli.options import environment, json_option, open_project, project_option
from otasite.cli.progress import waiting
from otasite.cli.terminal import Style, say, say_json, styled
from otasite.hosting.doctor import Observation, State, examine_machine, examine_site
from otasite.problems import ProblemsFound, Refused

#: What this module prints as JSON, by the words of the command.
ANSWERS = {"doctor": list[Observation]}
COLOURS: dict[State, tuple[Style, ...]] = {"info": (), "ok": ("green",), "warning": ("yellow",)}


@click.command()
@project_option
@click.option("--offline", is_flag=True, help="Ask nothing of the network.")
@json_option
def command(project: Path | None, offline: bool, as_json: bool) -> None:
    """Show what a report about a bug needs: versions, extras, settings, clock, and whether the site answers.

    Of secrets it says whether they are set, never what they are. It writes nothing, and the exit code is 0.
    """
    with waiting("Looking at this machine and the site"):
        observations = [*examine_machine(environment()), *_project(project, offline)]
    if as_json:
        say_json(observations)
        return
    width = max(len(each.name) for each in observations)
    for each in observations:
        say(f"{each.name.ljust(width)}  ", styled(each.found, *COLOURS[each.state]))
        if each.hint:
            say(" " * width + "  ", styled("hint:", "bold"), f" {each.hint}")


def _project(folder: Path | None, offline: bool) -> Iterator[Observation]:
    """What there is to say of the project here, if there is one."""
    try:
        workshop = open_project(folder)
    except Refused as error:
        yield Observation(name="project", found=error.message)
        return
    try:
        assembly = workshop.assembly
        mistakes = assembly.findings.failed
    except ProblemsFound:
        yield Observation(name="project", found="cannot be read", state="warning", hint="otasite check says why")
        return
    if mistakes:
        hint = "otasite check says which"
        yield Observation(name="project", found="has mistakes", state="warning", hint=hint)
        return
    yield Observation(name="project", found=f"{len(assembly.apps)} apps")
    yield Observation(name="base URL", found=f"{assembly.base.url} (from {assembly.base.origin})")
    if not offline and assembly.base.url.startswith("https://"):
        yield from examine_site(assembly.base.url, dt.datetime.now(dt.UTC))
