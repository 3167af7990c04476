"""``otasite serve``."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otasite.cli.options import environment, open_project, project_option
from otasite.cli.report import plural, print_problems
from otasite.cli.terminal import can_show, say, write

if TYPE_CHECKING:
    from otasite.preview.running import News, Preview, Settings

#: Seconds between two looks whether the preview is to end.
_LOOK = 0.5


@click.command()
@project_option
@click.option("--host", help="The address to listen on (default: 127.0.0.1; with --lan, this machine's own).")
@click.option("--port", "-p", type=click.IntRange(0, 65535), help="The port (default: the first free one from 8000).")
@click.option("--open", "open_browser", is_flag=True, help="Open the site in your browser.")
@click.option("--drafts/--no-drafts", default=True, help="Show drafts (default: yes).")
@click.option("--future", is_flag=True, help="Show releases whose date lies ahead.")
@click.option("--base-url", metavar="URL", help="The https address of a tunnel or proxy that leads here.")
@click.option("--base-path", metavar="PATH", help="The path below which the site lives (default: that of base_url).")
@click.option("--https", is_flag=True, help="Speak https, with a certificate of a local authority.")
@click.option("--lan", is_flag=True, help="Let phones in your network in. With --https they can install.")
@click.option("--forget-ca", is_flag=True, help="Delete the local authority that --https made, and end.")
@click.option("--poll", is_flag=True, help="Look for changes instead of waiting for the system to tell.")
def command(project: Path | None, open_browser: bool, forget_ca: bool, **choices: object) -> None:
    """Preview the site: it follows every save, and shows what is wrong above the last good page.

    Nothing is written to dist/. Ctrl-C ends it.
    """
    from otasite.preview.running import Preview

    if forget_ca:
        _forget_authority()
        return
    workshop = open_project(project)
    settings = _settings(choices)
    root = workshop.project.root
    ended = _until_interrupted()
    with Preview(workshop, settings, lambda news: _tell(news, root)) as preview:
        _print_addresses(preview)
        if open_browser:
            click.launch(preview.url)
        while not ended.wait(_LOOK):  # on Windows a wait without an end is deaf to Ctrl-C
            pass
    say("the preview has ended")


def _settings(choices: dict[str, object]) -> Settings:
    """The settings that the options mean; what was not given keeps its default there."""
    from otasite.preview.running import Settings

    given = {name: value for name, value in choices.items() if value is not None}
    return Settings(environment=environment(), **given)  # type: ignore[arg-type]  # click has checked the types


def _print_addresses(preview: Preview) -> None:
    """Where to look: here, and on a phone."""
    say(preview.url)
    say("Ctrl-C ends the preview.")
    if not preview.settings.lan:
        return
    from otasite.preview.terminal_qr import LETTERS, qr_lines

    phone = preview.welcome_url or preview.site_url
    say()
    say("On a phone in the same network:")
    if can_show(LETTERS):
        for line in qr_lines(phone):
            write(f"{line}\n")
    say(phone)
    if not preview.settings.https:
        say("Installing apps needs --https as well: iOS fetches manifests over https only.")


def _forget_authority() -> None:
    from otasite.preview.authority import Authority, authority_folder

    found = Authority(authority_folder(environment()), "").forget()
    say("the local certificate authority is deleted" if found else "there is no local certificate authority")
    if found:
        say("On each phone: Settings › General › VPN & Device Management › otasite preview › Remove Profile")


def _until_interrupted() -> threading.Event:
    """An event that Ctrl-C or a request to terminate sets; a second one ends the process at once."""
    ended = threading.Event()

    def end(number: int, frame: object) -> None:
        if ended.is_set():
            raise SystemExit(128 + number)
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return ended


def _tell(news: News, root: Path) -> None:
    if news.note:
        say(f"note: {news.note}", err=True)
    if news.changes is not None:
        names = sorted(news.changes.files | news.changes.folders)
        more = f" and {plural(len(names) - 1, 'other')}" if len(names) > 1 else ""
        say(f"changed: {names[0]}{more}")
    if news.problems:
        print_problems(news.problems, root=root)
    elif news.problems is not None:
        say("no problems any more")
