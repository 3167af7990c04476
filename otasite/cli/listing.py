"""``otasite list``."""

from __future__ import annotations

from pathlib import Path

import click

from otasite.catalogue.model import App, Release, Site, localised
from otasite.cli.options import complete_app, json_option, open_project, project_option
from otasite.cli.progress import waiting
from otasite.cli.report import print_problems
from otasite.cli.terminal import Line, say_json, say_lines, visible
from otasite.problems import has_errors
from otasite.site.selection import newest_by_channel

#: What this module prints as JSON, by the words of the command.
ANSWERS = {"list": tuple[App, ...]}


@click.command()
@project_option
@click.argument("app", required=False, shell_complete=complete_app)
@json_option
def command(project: Path | None, app: str | None, as_json: bool) -> None:
    """List the apps, or the releases of one APP, drafts included."""
    workshop = open_project(project)
    with waiting("Reading the catalogue"):
        apps = workshop.apps if app is None else (workshop.unit(app).app,)
    site = workshop.assembly.site
    if as_json:
        say_json(apps)
    elif app is None:
        say_lines(_table([_app_row(each, site) for each in apps]))
    else:
        say_lines(_table([_release_row(release) for release in apps[0].releases]))
    problems = workshop.problems()
    print_problems(problems, root=workshop.project.root)
    raise SystemExit(1 if has_errors(problems) else 0)


def _app_row(app: App, site: Site) -> tuple[str, ...]:
    newest = newest_by_channel(release for release in app.releases if not release.draft)
    own = next((newest[channel.id] for channel in site.channels if channel.id in newest), None)
    return (
        app.id,
        localised(app.name, site.language, site.language),
        " ".join(app.platforms),
        f"{len(app.releases)} releases",
        "; ".join(f"{each.version} ({each.build}), {each.date[:10]}" for each in own.releases) if own else "",
        "" if app.visibility == "public" else app.visibility,
    )


def _release_row(release: Release) -> tuple[str, ...]:
    marks = [name for name in ("draft", "pinned") if getattr(release, name)]
    signing = release.ios.signing if release.ios else None
    expires = f"until {signing.expires:%Y-%m-%d}" if signing and signing.expires else ""
    return (
        release.id,
        release.date[:10],
        release.channel,
        " ".join(binary.platform for binary in release.binaries),
        (signing.type or "") if signing else "",
        expires,
        " ".join(marks),
    )


def _table(rows: list[tuple[str, ...]]) -> list[Line]:
    """Rows in columns as wide as their widest cell."""
    if not rows:
        return [["nothing yet: otasite add FILE, or otasite new app NAME"]]
    rows = [tuple(visible(cell) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width).rstrip()]
        for row in rows
    ]
