"""``otasite new``: the first files of a site, an app or a release."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from pathlib import Path

import click

from otasite.catalogue.project import SITE_FILE, Project
from otasite.catalogue.resolve import release_id
from otasite.cli import starter
from otasite.cli.choices import Group, OneOf
from otasite.cli.options import (
    chosen_requirement,
    complete_app,
    complete_channel,
    install_option,
    open_project,
    project_option,
)
from otasite.cli.schema import write_schemas
from otasite.cli.terminal import say, say_lines
from otasite.problems import Refused, suggest
from otasite.site.reminders import EXAMPLE_DOWNLOADS, EXAMPLE_SITE
from otasite.typed_yaml.texts import is_name
from otasite.workshop.drafts import Draft
from otasite.workshop.options import BuildOptions
from otasite.workshop.workshop import Workshop

#: What a new repository has at once; nothing of it is written.
_OF_CLONES = re.compile(r"\.git|\.gitattributes|\.editorconfig|(?:README|LICEN[CS]E|COPYING)[\w.-]*", re.IGNORECASE)


@click.group(cls=Group)
def command() -> None:
    """Start a site, an app or a release."""


@command.command("site")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--title", help="The site's title (default: from the folder's name).")
@click.option("--base-url", metavar="URL", help="The https address it will have.")
@click.option("--demo", is_flag=True, help="Start from the demo with several apps instead of a small example.")
@click.option("--github", is_flag=True, help="Add a workflow that publishes the site on GitHub Pages.")
@click.option("--pre-commit", is_flag=True, help="Add a configuration of pre-commit that checks before each commit.")
@install_option
def site(
    folder: Path,
    title: str | None,
    base_url: str | None,
    demo: bool,
    github: bool,
    pre_commit: bool,
    install: str | None,
) -> None:
    """Start a site in FOLDER that builds at once."""
    if folder.exists() and not all(_OF_CLONES.fullmatch(entry.name) for entry in folder.iterdir()):
        raise Refused(
            f"{folder} is not empty", "choose a new folder, or a clone with nothing but a README and a licence"
        )
    if demo and (title or base_url):
        raise Refused("the demo has a title and an address of its own", "change them in its content/site.yaml")
    requirement = chosen_requirement(install) if github else ""
    title = title or folder.absolute().name.replace("-", " ").replace("_", " ").title()
    if demo:
        from otasite.theming.themes import starter_content

        shutil.copytree(starter_content(), folder / "content")
        write_files(folder, {".gitignore": starter.GITIGNORE})
    else:
        files = starter.site_files(title, base_url or EXAMPLE_SITE)
        _review(Workshop(Project(folder), BuildOptions()), files)
        write_files(folder, files)
    if requirement:
        _add_github(folder, requirement)
    if pre_commit:
        write_files(folder, {".pre-commit-config.yaml": starter.PRE_COMMIT})
    write_schemas(folder / "schema")
    there = [] if folder.resolve() == Path.cwd() else [[f"  cd {folder}"]]
    say_lines([[f"{folder}: a new site"], [], *there, ["  otasite build"], []])


def _add_github(folder: Path, requirement: str) -> None:
    from otasite.hosting.github import WORKFLOW_FILE, pages_workflow

    write_files(folder, {WORKFLOW_FILE: pages_workflow(requirement)})
    with (folder / SITE_FILE).open("a", encoding="utf-8", newline="\n") as file:
        file.write(starter.ON_GITHUB)


@command.command("app")
@project_option
@click.argument("name")
@click.option("--title", help="The app's name as people read it.")
@click.option("--bundle-id", help="The iOS bundle identifier.")
@click.option("--application-id", help="The Android application ID.")
def app(
    project: Path | None, name: str, title: str | None, bundle_id: str | None, application_id: str | None
) -> None:
    """Start the app NAME (its address): content/apps/NAME/app.yaml."""
    found = open_project(project)
    _refuse_bad_name(name)
    folder = f"content/apps/{name}"
    if any(os.path.exists(found.project.root / place) for place in (folder, f"{folder}.yaml")):
        raise Refused(f"there is an app “{name}” already", "choose another name, or edit it")
    files = starter.app_files(
        name, title or name.replace("-", " ").title(), bundle_id or f"com.example.{name}", application_id
    )
    _review(found, files, app=name)
    write_files(found.project.root, files)
    for path in files:
        say(path)


@command.command("release")
@project_option
@click.argument("app", shell_complete=complete_app)
@click.argument("version")
@click.argument("build")
@click.option("--platform", type=OneOf(["ios", "android"]), default="ios", show_default=True)
@click.option("--url", metavar="URL", help="Where the binary is hosted.")
@click.option("--file", "file", help="The binary's path in this repository, from the release's folder.")
@click.option("--channel", shell_complete=complete_channel, help="The release's channel (default: the site's first).")
@click.option("--date", help="The release's date (default: today).")
def release(
    project: Path | None,
    app: str,
    version: str,
    build: str,
    platform: str,
    url: str | None,
    file: str | None,
    channel: str | None,
    date: str | None,
) -> None:
    """Start a release of APP by hand. For a binary you have, `otasite add FILE` writes all of it."""
    found = open_project(project)
    if app not in found.units:
        raise Refused(f"there is no app “{app}”", suggest(app, found.units) or f"make it with: otasite new app {app}")
    source = found.units[app].source
    if not source.folder:
        raise Refused(f"{source.path} holds all releases of “{app}”", "add one under its releases:")
    name = release_id(version, build)
    path = f"{source.folder}/releases/{name}.yaml"
    if os.path.exists(found.project.root / path):
        raise Refused(f"{path} exists already", "edit it, or choose another build")
    place = ("file", file) if file else ("url", url or f"{EXAMPLE_DOWNLOADS}/{app}/{version}-{build}.ipa")
    text = starter.release_text(
        version, build, date or dt.datetime.now(dt.UTC).date().isoformat(), channel, platform, place
    )
    _review(found, {path: text}, app=app, release=name)
    write_files(found.project.root, {path: text})
    say(path)


@command.command("theme")
@project_option
@click.argument("name")
def theme(project: Path | None, name: str) -> None:
    """Start a theme of your own in themes/NAME, on top of the default one."""
    from otasite.theming.scaffold import new_theme

    for path in new_theme(name, open_project(project).project.root):
        say(path)
    say_lines([[], [f"  to switch it on, write “theme: {name}” in {SITE_FILE}"], []])


def _review(workshop: Workshop, files: dict[str, str], *, app: str = "", release: str = "") -> None:
    """Refuse to write what ``check`` would refuse."""
    texts = {path: text.encode() for path, text in files.items()}
    workshop.review(Draft(texts=texts, app=app, release=release))


def write_files(root: Path, files: dict[str, str]) -> None:
    """Write new text files; the folders on their way are made."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)


def _refuse_bad_name(name: str) -> None:
    if not is_name(name):
        raise Refused(
            f"“{name}” cannot be an app's name: it becomes its address",
            "use letters, digits, dot, hyphen and underscore",
        )
