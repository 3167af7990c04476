"""``otasite links``."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from otasite.cli.options import json_option, open_project, project_option
from otasite.cli.progress import waiting
from otasite.cli.report import print_problems
from otasite.cli.terminal import say, say_json
from otasite.problems import Findings, has_errors


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Where an app's page is."""

    app: str
    visibility: str
    url: str


#: What this module prints as JSON, by the words of the command.
ANSWERS = {"links": list[Link]}


@click.command()
@project_option
@click.option("--base-url", metavar="URL", help="The site's https address (before all other settings).")
@json_option
@click.option("--all", "everything", is_flag=True, help="Listed apps too.")
def command(project: Path | None, base_url: str | None, as_json: bool, everything: bool) -> None:
    """Print the addresses of unlisted apps, which nothing on the site names.

    They follow from OTASITE_SECRET: whoever builds with the same secret gets the same addresses.
    """
    workshop = open_project(project, base_url=base_url, needs_base_url=True)
    with waiting("Reading the catalogue"):
        workshop.require_sound_site()
        apps = workshop.apps
    problems = workshop.problems()
    shown = [app for app in apps if app.visibility == "unlisted" or (everything and app.visibility == "public")]
    if not workshop.assembly.context.secret and any(app.visibility == "unlisted" for app in shown):
        findings = Findings()
        findings.report(
            "no-secret",
            "OTASITE_SECRET is not set, so these are not the addresses of the built site",
            hint="set it as it is set where the site is built",
        )
        print_problems([*problems, *findings.problems], root=workshop.project.root)
        raise SystemExit(1)
    if as_json:
        say_json([Link(app=app.id, visibility=app.visibility, url=workshop.url_of(app)) for app in shown])
    else:
        width = max((len(app.id) for app in shown), default=0)
        for app in shown:
            say(f"{app.id.ljust(width)}  {workshop.url_of(app)}")
        if not shown and not problems:
            say("no app is unlisted (visibility: unlisted in its file makes it so)")
    print_problems(problems, root=workshop.project.root)
    raise SystemExit(1 if has_errors(problems) else 0)
