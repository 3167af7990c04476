"""``otasite hosting``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from otasite.cli.options import environment, open_project, project_option
from otasite.cli.report import print_problems
from otasite.hosting.github import WORKFLOW_FILE, pages_workflow, summary
from otasite.hosting.limits import LIMITS, check_limits
from otasite.problems import has_errors
from otasite.site.targets import TARGETS

_dist_option = click.option(
    "--dist", type=click.Path(path_type=Path, file_okay=False), help="The built site (default: the project's dist/)."
)


@click.group()
def command() -> None:
    """Prepare a host: its configuration, its limits, its workflow."""


@command.command("config")
@click.argument("target", type=click.Choice(list(TARGETS)))
@click.option("--base-path", default="/", metavar="/FOLDER/", help="The folder of the domain where the site lives.")
def config(target: str, base_path: str) -> None:
    """Print TARGET's configuration with the right headers.

    Netlify and Cloudflare Pages need none: each build writes their _headers file.
    """
    folder = base_path.strip("/")
    click.echo(TARGETS[target].render(f"/{folder}/" if folder else "/"), nl=False)
    click.echo(f"otasite: this is {TARGETS[target].file}", err=True)


@command.command("check")
@click.argument("target", type=click.Choice(list(LIMITS)))
@project_option
@_dist_option
def check(target: str, project: Path | None, dist: Path | None) -> None:
    """Check the built site against TARGET's limits: sizes and number of files."""
    folder = dist or open_project(project).root / "dist"
    problems = check_limits(folder, target)
    print_problems(problems, root=folder)
    if not problems:
        click.echo(f"{LIMITS[target].name} takes this site")
    raise SystemExit(1 if has_errors(problems) else 0)


@command.command("workflow")
@click.option("--install", default="otasite", metavar="REQUIREMENT", help="What pip installs (default: otasite).")
def workflow(install: str) -> None:
    """Print a workflow for GitHub Pages.

    REQUIREMENT may be a version (otasite==1.2) or a repository (git+https://…).
    """
    click.echo(pages_workflow(shlex.quote(install)), nl=False)
    click.echo(f"otasite: this is {WORKFLOW_FILE}", err=True)


@command.command("summary")
@project_option
@_dist_option
def print_summary(project: Path | None, dist: Path | None) -> None:
    """Add the site's address, QR code and apps to the summary of a GitHub workflow (elsewhere: print them)."""
    text = summary(dist or open_project(project).root / "dist")
    path = environment().get("GITHUB_STEP_SUMMARY")
    if not path:
        click.echo(text, nl=False)
        return
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(text)
