"""``otasite announce``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from otasite.catalogue.project import Project
from otasite.cli.options import complete_channel, environment, open_project, project_option
from otasite.cli.progress import waiting
from otasite.cli.report import plural
from otasite.cli.terminal import remark, say, say_json
from otasite.hosting.announce.messages import FORMATS, message, own_formats, variable
from otasite.hosting.announce.news import News, find_news, headline
from otasite.hosting.announce.post import SAY_ERRORS, PostFailed, addresses, post, signature
from otasite.hosting.bounded import ACCEPT_ENCODING, BadBody, whole_body
from otasite.hosting.catalogue import MAX_CATALOGUE, SiteCatalogue, read_catalogue
from otasite.problems import Refused, suggest

#: Where ``otasite deploy`` keeps the catalogue that it replaced.
BEFORE = "catalogue-before-deploy.json"


@click.command()
@project_option
@click.option("--dist", type=click.Path(path_type=Path, file_okay=False), help="The built site (default: dist/).")
@click.option(
    "--since",
    metavar="FILE|URL",
    help="The catalogue.json of the site as it was (default: the one that `otasite deploy` replaced).",
)
@click.option("--channel", metavar="ID", shell_complete=complete_channel, help="Only releases of this channel.")
@click.option("--to", "formats", metavar="NAME", multiple=True, help="Only there; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Print the messages instead of posting them.")
def command(
    project: Path | None,
    dist: Path | None,
    since: str | None,
    channel: str | None,
    formats: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Tell a chat about new releases.

    NAME is slack, teams, discord, mattermost, google-chat, feishu, wecom, dingtalk or webhook, whose address is in
    OTASITE_SLACK_URL (OTASITE_GOOGLE_CHAT_URL and so on). content/announce/NAME.json is your own wording, and any
    other name there is a message of your own.
    """
    opened = open_project(project)
    found = opened.project
    channels = [each.id for each in opened.site.channels]
    if channel is not None and channel not in channels:
        hint = suggest(channel, channels) or f"site.yaml has: {', '.join(channels)}"
        raise Refused(f"there is no channel “{channel}”", hint)
    news = find_news(dist or found.root / "dist", _before(found, since), channel)
    if not news.items:
        remark("nothing new to announce")
        return
    known = tuple(dict.fromkeys((*FORMATS, *own_formats(found.root, environment()))))
    _refuse_unknown(formats, known)
    there = addresses(environment(), known)
    if dry_run:
        _show(news, formats or tuple(there) or known, found)
        return
    _post(news, formats or tuple(there), there, found)
    if since is None:
        (found.state / BEFORE).write_bytes(((dist or found.root / "dist") / "catalogue.json").read_bytes())


def _signed(name: str, body: bytes) -> dict[str, str]:
    """The signature for a service that is no chat of a known kind, when there is a secret for it."""
    is_own = name == "webhook" or name not in FORMATS
    return signature(body, environment().get(variable(name, "SECRET"), "")) if is_own else {}


def _show(news: News, formats: tuple[str, ...], project: Project) -> None:
    for name in formats:
        if len(formats) > 1:
            say(f"otasite: this is for {name}", err=True)
        say_json(json.loads(message(news, name, project.root)))


def _refuse_unknown(wanted: tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in wanted:
        if name not in known:
            hint = suggest(name, known) or f"there are: {', '.join(known)}"
            raise Refused(f"there is no message “{name}”", f"{hint}; or write content/announce/{name}.json")


def _post(news: News, wanted: tuple[str, ...], there: dict[str, str], project: Project) -> None:
    missing = [variable(name) for name in wanted if name not in there]
    if missing or not wanted:
        names = ", ".join(missing or map(variable, FORMATS))
        raise Refused(f"there is no address to post to: {names}", "set it in the environment, or look with --dry-run")
    bodies = {name: message(news, name, project.root) for name in wanted}
    failures: dict[str, str] = {}
    for name, body in bodies.items():
        try:
            with waiting(f"Telling {name}"):
                post(there[name], body, headers=_signed(name, body), says_errors=name in SAY_ERRORS)
        except PostFailed as error:
            failures[name] = str(error)
    if failures:
        again = " ".join(f"--to {name}" for name in failures)
        others = [name for name in wanted if name not in failures]
        told = f" ({', '.join(others)} took it: say {again} when you try again)" if others else ""
        raise PostFailed("; ".join(failures.values()) + told)
    for item in news.items:
        remark(f"announced {headline(item)}")
    remark(f"{plural(len(news.items), 'release')} announced to {', '.join(wanted)}")


def _before(project: Project, since: str | None) -> SiteCatalogue:
    if since is None:
        path = project.state / BEFORE
        if not path.is_file():
            raise Refused(
                "nothing says what was there before",
                "give --since the catalogue.json of the live site, fetched before you deploy",
            )
        return read_catalogue(path.read_bytes(), path.as_posix())
    if since.startswith(("https://", "http://")):
        with waiting("Fetching the earlier catalogue"):
            return read_catalogue(_fetch(since), since)
    path = Path(since)
    if not path.is_file():
        raise Refused(f"there is no file {since}", "give --since a file or an https address")
    return read_catalogue(path.read_bytes(), since)


def _fetch(url: str) -> bytes:
    import httpx

    sent = {"Accept-Encoding": ACCEPT_ENCODING}
    try:
        with httpx.stream("GET", url, headers=sent, timeout=30, follow_redirects=True) as response:
            if response.status_code in (403, 404):
                return b"{}"  # a site that is not there yet has announced nothing
            if not response.is_success:
                raise Refused(f"{url} cannot be fetched: HTTP {response.status_code}")
            return whole_body(response, MAX_CATALOGUE)
    except BadBody as error:
        raise Refused(f"{url} cannot be read: {error}") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise Refused(f"{url} cannot be fetched: {type(error).__name__}") from None
