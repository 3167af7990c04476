"""``otasite hosting``."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from otasite.cli.choices import Group, OneOf
from otasite.cli.options import (
    chosen_requirement,
    environment,
    install_option,
    json_option,
    open_project,
    project_option,
)
from otasite.cli.progress import waiting
from otasite.cli.report import print_problems
from otasite.cli.terminal import remark, say, write
from otasite.hosting.catalogue import check_limits
from otasite.hosting.github import WORKFLOW_FILE, pages_workflow, summary
from otasite.hosts.limits import limits_of
from otasite.hosts.names import HOSTS, Host, HostName, Plan
from otasite.hosts.targets import TARGETS
from otasite.problems import Problem, Refused, has_errors
from otasite.workshop.workshop import Workshop

#: What this module prints as JSON, by the words of the command.
ANSWERS = {"hosting check": list[Problem]}
_dist_option = click.option(
    "--dist", type=click.Path(path_type=Path, file_okay=False), help="The built site (default: the project's dist/)."
)


@click.group(cls=Group)
def command() -> None:
    """Prepare a host: its configuration, its limits, its workflow."""


@command.command("config")
@click.argument("target", type=OneOf(list(TARGETS)))
@click.option("--base-path", default="/", metavar="/FOLDER/", help="The folder of the domain where the site lives.")
def config(target: str, base_path: str) -> None:
    """Print TARGET's configuration with the right headers.

    What hosts read from the site's own folder (_headers, staticwebapp.config.json), a build writes by itself when
    site.yaml names the host under hosting:.
    """
    folder = base_path.strip("/")
    write(TARGETS[target].render(f"/{folder}/" if folder else "/").decode())
    say(f"otasite: this is {TARGETS[target].file}", err=True)


@command.command("check")
@click.argument("names", metavar="[HOST]...", type=OneOf(HOSTS), nargs=-1)
@click.option("--plan", type=OneOf(get_args(Plan)), help="Your plan at HOST (default: free).")
@project_option
@_dist_option
@json_option
def check(
    names: tuple[HostName, ...], plan: Plan | None, project: Path | None, dist: Path | None, as_json: bool
) -> None:
    """Check the built site against the limits of hosts: sizes and number of files.

    Without a HOST, those that site.yaml names under hosting:, whose limits build and check test as well.
    """
    if plan and not names:
        raise Refused("--plan is the plan at a HOST, and none is given", "for those of site.yaml, write plan: there")
    hosts = tuple(Host(name=name, plan=plan or "free") for name in names) or _configured(open_project(project))
    folder = dist or open_project(project).project.root / "dist"
    with waiting("Measuring the site"):
        problems = check_limits(folder, hosts)
    print_problems(problems, format_="json" if as_json else "text", root=folder)
    if not problems:
        remark(f"{' and '.join(limits_of(host).title for host in hosts)} can take this site")
    raise SystemExit(1 if has_errors(problems) else 0)


def _configured(workshop: Workshop) -> tuple[Host, ...]:
    if not workshop.site.hosting:
        raise Refused("site.yaml names no host", f"name one here, or under hosting: {', '.join(HOSTS)}")
    return workshop.site.hosting


@command.command("workflow")
@install_option
def workflow(install: str | None) -> None:
    """Print a workflow for GitHub Pages."""
    write(pages_workflow(chosen_requirement(install)))
    say(f"otasite: this is {WORKFLOW_FILE}", err=True)


@command.command("requirement")
@install_option
def print_requirement(install: str | None) -> None:
    """Print what pip installs on other machines: this otasite, by the address and revision of its repository."""
    say(chosen_requirement(install))


@command.command("summary")
@project_option
@_dist_option
def print_summary(project: Path | None, dist: Path | None) -> None:
    """Add the site's address, QR code and apps to the summary of a GitHub workflow (elsewhere: print them)."""
    text = summary(dist or open_project(project).project.root / "dist")
    path = environment().get("GITHUB_STEP_SUMMARY")
    if not path:
        write(text)
        return
    with Path(path).open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)
