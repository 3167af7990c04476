"""``otasite key``."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import click

from otasite.catalogue.project import find_project
from otasite.cli.choices import Group, OneOf
from otasite.cli.options import environment
from otasite.cli.progress import waiting
from otasite.cli.terminal import say
from otasite.problems import Refused
from otasite.workshop.keys import FDROID_KEY, default_key_file, repository_key


@click.group(cls=Group)
def command() -> None:
    """Make or show the key of an F-Droid repository."""


@command.command("new")
@click.argument("kind", type=OneOf(["fdroid"]))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write, outside of a project."
)
def new(kind: str, out: Path | None) -> None:
    """Make a key for an F-Droid repository, once for all its time."""
    from otasite.hosts.repository_key import new_key, read_key

    file = (out or _default_file()).absolute()
    if file.exists():
        raise Refused(f"{file} is there already", "who loses a key loses its followers: otasite never replaces one")
    _refuse_project(file)
    with waiting("Making the key"):
        pem = new_key(dt.datetime.now(dt.UTC))
    _write_secret(file, pem)
    say(f"{file}: the key of your F-Droid repository")
    say(f"fingerprint: {read_key(pem).fingerprint}")
    say()
    say(
        f"Builds on this machine {'find it' if out is None else f'need {FDROID_KEY}={file}'}; give CI the text of the"
    )
    say(f"file as the secret {FDROID_KEY}, and write the fingerprint into site.yaml (outputs: fdroid: fingerprint:).")
    say("Keep a copy in a safe place: clients trust this key alone. If it is lost, everybody who follows the")
    say("repository has to remove it and to add it again; if somebody else has it, they can publish in your name.")


@command.command("show")
@click.argument("kind", type=OneOf(["fdroid"]))
def show(kind: str) -> None:
    """Print the fingerprint of the key that a build would sign with."""
    try:
        key = repository_key(environment())
    except ValueError as error:
        raise Refused(f"the key cannot be used: {error}", f"look at {FDROID_KEY}") from None
    if key is None:
        raise Refused("there is no key", f"make one: otasite key new {kind}, or set {FDROID_KEY}")
    say(key.fingerprint)


def _default_file() -> Path:
    try:
        return default_key_file(environment())
    except RuntimeError:
        raise Refused("this user has no home folder to keep a key in", "name a file with --out") from None


def _refuse_project(file: Path) -> None:
    """A key in a project would be committed some day."""
    folder = file.parent
    while not folder.exists():
        folder = folder.parent
    try:
        project = find_project(folder)
    except Refused:
        return
    raise Refused(f"{file} lies in the project {project.root}", "keep keys outside of repositories: another --out")


def _write_secret(file: Path, data: bytes) -> None:
    """Write a new file that only its owner may read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as opened:
        opened.write(data)
