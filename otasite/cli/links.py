"""``otasite links``."""

from __future__ import annotations

from pathlib import Path

import click

from otasite.catalogue.apps import AppLoader
from otasite.cli.options import environment, open_project, project_option
from otasite.cli.report import print_problems
from otasite.site.assembly import Assembly, Wishes


@click.command()
@project_option
@click.option("--base-url", metavar="URL", help="The site's https address (before all other settings).")
@click.option("--all", "everything", is_flag=True, help="Listed apps too.")
def command(project: Path | None, base_url: str | None, everything: bool) -> None:
    """Print the addresses of unlisted apps, which nothing on the site names.

    They follow from OTASITE_SECRET: whoever builds with the same secret gets the same addresses.
    """
    found = open_project(project)
    assembly = Assembly(found, Wishes(base_url=base_url, environment=environment()))
    loader = AppLoader(assembly.sources, assembly.site, assembly.findings)
    apps = [loader.load(source) for source in assembly.apps]
    assembly.findings.raise_errors()
    shown = [app for app in apps if app.visibility == "unlisted" or (everything and app.visibility == "public")]
    if not assembly.context.secret and any(app.visibility == "unlisted" for app in shown):
        assembly.findings.warning(
            "no-secret",
            "OTASITE_SECRET is not set, so these are not the addresses of the built site",
            hint="set it as it is set where the site is built",
        )
        print_problems(assembly.findings.problems, root=found.root)
        raise SystemExit(1)
    width = max((len(app.id) for app in shown), default=0)
    for app in shown:
        click.echo(f"{app.id.ljust(width)}  {assembly.base.absolute(assembly.context.app_path(app))}")
    if not shown:
        click.echo("no app is unlisted (visibility: unlisted in its file makes it so)")
