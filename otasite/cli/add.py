"""``otasite add``."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click

from otasite.binaries.bundletool import Keystore
from otasite.catalogue.model import Site
from otasite.catalogue.resolve import NoZone, parse_date
from otasite.cli.added import Added, added_lines, answer, github_output, github_summary
from otasite.cli.options import (
    complete_app,
    complete_channel,
    complete_release,
    environment,
    json_option,
    lock_option,
    open_project,
    project_option,
    tell,
)
from otasite.cli.progress import progress_bar
from otasite.cli.report import print_problems
from otasite.cli.terminal import say, say_json, say_lines
from otasite.problems import Refused, suggest
from otasite.workshop.add_request import AddRequest, Mode
from otasite.workshop.recording import Recorded
from otasite.workshop.workshop import Workshop

#: What this module prints as JSON, by the words of the command.
ANSWERS = {"add": Added}
_PLACEHOLDER = re.compile(r"\{(app|version|build|file)\}")
#: Words that can only be meant as the name of a file with notes.
_FILE_NAME = re.compile(r"\S+\.(?:md|markdown|txt)", re.IGNORECASE)
#: Bytes of notes; longer texts are another file given by mistake.
MAX_NOTES_BYTES = 200_000


@click.command()
@project_option
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--app",
    shell_complete=complete_app,
    help="The app it belongs to (default: found by its identifier, else a new one).",
)
@click.option(
    "--release",
    metavar="ID",
    shell_complete=complete_release,
    help="The release that it is a build of (default: found, else a new one).",
)
@click.option("--channel", shell_complete=complete_channel, help="The release's channel (default: the site's first).")
@click.option("--notes", help="Release notes: the text, a file that holds it, or - for standard input.")
@click.option("--url", help="Where the binary is hosted; {app}, {version}, {build} and {file} are filled in.")
@click.option("--copy", "mode", flag_value="copy", default="copy", help="Copy the binary to content/ (the default).")
@click.option("--link", "mode", flag_value="link", help="Hard-link it instead: no second copy on the disk.")
@click.option("--no-binary", "mode", flag_value="none", help="Record it without taking it in; needs --url.")
@click.option("--date", help="The release's date (default: today).")
@click.option("--commit", help="The commit it was built from.")
@click.option("--branch", help="The branch.")
@click.option("--draft", is_flag=True, help="Leave it out of builds for now.")
@click.option("--device-check", is_flag=True, help="Let testers find out whether their device is included.")
@click.option("--reinstall", is_flag=True, help="Testers delete the app first: it cannot replace the build before.")
@click.option("--replace", is_flag=True, help="Overwrite what is recorded for this version and build.")
@click.option(
    "--bundletool",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="JAR",
    help="Make an APK of an app bundle (.aab) with this bundletool.jar; needs Java.",
)
@click.option(
    "--keystore",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Sign that APK with this keystore; its password is read from OTASITE_KEYSTORE_PASSWORD.",
)
@click.option("--key-alias", metavar="NAME", help="The key in the keystore.")
@click.option("--base-url", metavar="URL", help="The site's https address, for the addresses that are printed.")
@json_option
@lock_option
def command(
    project: Path | None,
    files: tuple[Path, ...],
    app: str | None,
    release: str | None,
    channel: str | None,
    notes: str | None,
    url: str | None,
    mode: Mode,
    date: str | None,
    commit: str | None,
    branch: str | None,
    draft: bool,
    device_check: bool,
    reinstall: bool,
    replace: bool,
    bundletool: Path | None,
    keystore: Path | None,
    key_alias: str | None,
    base_url: str | None,
    as_json: bool,
    no_wait: bool,
) -> None:
    """Record FILE (.ipa or .apk) as a release: everything it says about itself is written to YAML.

    A whole APK inside of an .apks or .xapk file is taken out. The app is found by its identifier, or made, with the
    binary's icon. A build for the other platform joins the release of its version and channel: iOS and Android builds
    usually have numbers of their own. On GitHub Actions the addresses are also set as outputs and added to the job's
    summary.
    """
    workshop = open_project(project, base_url=base_url)
    request = AddRequest(
        app=app,
        release=release or "",
        date=_date(date, workshop.site.timezone) or "",
        channel=_channel(workshop.site, channel) or "",
        commit=commit or "",
        branch=branch or "",
        notes=_notes(notes),
        draft=draft,
        url=_url(url, len(files)),
        mode=mode,
        device_check=device_check,
        reinstall=reinstall,
        replace=replace,
        bundletool=bundletool,
        keystore=_keystore(keystore, key_alias),
    )
    added = [_recorded(workshop, request, file, wait=not no_wait) for file in files]
    github_output(added, environment())
    github_summary(added, environment())
    if as_json:
        say_json(answer(added))
        return
    for number, each in enumerate(added):
        if number:
            say()
        say_lines(added_lines(each))


def _recorded(workshop: Workshop, request: AddRequest, file: Path, *, wait: bool) -> Recorded:
    with progress_bar(f"Reading {file.name}") as progress:
        recorded = workshop.add(file, request, wait=wait, progress=progress, tell=tell)
    print_problems(recorded.warnings, root=workshop.project.root)
    return recorded


def _keystore(path: Path | None, alias: str | None) -> Keystore | None:
    if path is None and alias is None:
        return None
    password = os.environ.get("OTASITE_KEYSTORE_PASSWORD", "")
    if path is None or alias is None or not password:
        raise Refused(
            "signing needs --keystore, --key-alias and a password",
            "set OTASITE_KEYSTORE_PASSWORD in the environment",
        )
    return Keystore(path, alias, password)


def _date(text: str | None, timezone: str) -> str | None:
    try:
        if text is not None:
            parse_date(text, timezone)
    except NoZone as error:
        raise Refused(f"“{text}” does not say in which time zone", f"write {text}Z, or {text}+02:00") from error
    except ValueError as error:
        raise Refused(f"“{text}” is not a date", "write 2026-03-31 or 2026-03-31T09:30:00Z") from error
    return text


def _channel(site: Site, channel: str | None) -> str | None:
    known = [each.id for each in site.channels]
    if channel is not None and channel not in known:
        hint = suggest(channel, known) or f"site.yaml has: {', '.join(known)}"
        raise Refused(f"there is no channel “{channel}”", hint)
    return channel


def _notes(given: str | None) -> str:
    """The notes: standard input for “-”, a file's text when there is such a file, else the words themselves."""
    if given is None:
        return ""
    if given == "-":
        data = sys.stdin.buffer.read(MAX_NOTES_BYTES + 1)
    elif _is_file(given):
        with Path(given).open("rb") as file:
            data = file.read(MAX_NOTES_BYTES + 1)
    elif _FILE_NAME.fullmatch(given):
        raise Refused(f"there is no file {given}", "write its path from here; or the notes themselves, in words")
    else:
        data = given.encode()
    if len(data) > MAX_NOTES_BYTES:
        raise Refused(f"the notes are longer than {MAX_NOTES_BYTES:,} bytes", "is this the right file?")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").strip("\n")
    except UnicodeDecodeError as error:
        raise Refused("the notes are not UTF-8 text", "save them as UTF-8") from error
    return f"{text}\n" if text.strip() else ""


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a path, or with characters no path has
        return False


def _url(url: str | None, files: int) -> str:
    if url is None:
        return ""
    if not re.match(r"https://[^\s/]+", url):
        raise Refused(f"“{url}” is not an https address", "phones download from https addresses only")
    if files > 1 and not _PLACEHOLDER.search(url):
        raise Refused("one --url cannot be the address of several files", "use {file} or {version} and {build} in it")
    return url
