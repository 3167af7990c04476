"""News in the words of each chat: JSON bodies for incoming webhooks, overridable by templates.

A project may replace a message, or make one of its own, with ``content/announce/<format>.json``, a Jinja template
that sees ``news`` and writes JSON; the filter ``tojson`` quotes texts for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

import msgspec

from otasite.hosting.announce import other_chats
from otasite.hosting.announce.news import News, headline, rest, shortened, summary
from otasite.problems import Location, Problem, ProblemsFound, suggest

_TEMPLATE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.json")
#: Their variables are taken: ``OTASITE_BASE_URL`` is where the site lives.
_TAKEN = frozenset({"base.json"})


def variable(format_: str, what: str = "URL") -> str:
    """The environment variable of a kind of message: ``OTASITE_GOOGLE_CHAT_URL``."""
    return f"OTASITE_{format_.upper().replace('-', '_')}_{what}"


def own_formats(project: Path, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The kinds of messages that the project has templates for, by name.

    Raises :class:`ProblemsFound` for files in ``content/announce`` that cannot be one, and for those that are called
    almost like a known one and have no address of their own.
    """
    folder = project / "content" / "announce"
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    names = [name for name in names if not name.startswith(".")]
    known = [f"{format_}.json" for format_ in FORMATS]
    problems = []
    for name in names:
        stem, meant = name.removesuffix(".json"), suggest(name, known)
        is_name = _TEMPLATE.fullmatch(name) and name not in _TAKEN
        if not is_name or (meant and name not in known and not environment.get(variable(stem))):
            own = (
                f"a message of your own needs {variable(stem)}"
                if is_name
                else "use small letters, digits and hyphens"
            )
            problems.append(
                Problem(
                    code="announce-template",
                    message="no message has this template",
                    hint=f"{meant} {own}".strip(),
                    location=Location(f"content/announce/{name}"),
                )
            )
    if problems:
        raise ProblemsFound(problems)
    return tuple(name.removesuffix(".json") for name in names)


def message(news: News, format_: str, project: Path) -> bytes:
    """The body to post. Raises ProblemsFound when the project's own template is wrong."""
    template = project / "content" / "announce" / f"{format_}.json"
    if template.is_file():
        return _from_template(template, news, Location(f"content/announce/{format_}.json"))
    return _bytes(_MAKERS[format_](news))


def _bytes(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _from_template(template: Path, news: News, location: Location) -> bytes:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    environment.filters["tojson"] = json.dumps  # Jinja's own escapes for HTML, which shows in a chat
    try:
        source = template.read_text("utf-8")
    except UnicodeDecodeError:
        raise _wrong(location, 0, "the template is not UTF-8 text") from None
    try:
        text = environment.from_string(source).render(news=news)
    except Exception as error:  # an expression of the template can fail in any way
        raise _wrong(location, _line(error), f"the template fails: {error}") from None
    try:
        return _bytes(json.loads(text))
    except ValueError as error:
        raise _wrong(location, 0, f"the template does not write JSON: {error}") from None


def _line(error: Exception) -> int:
    """The line of the template where it failed; Jinja names it in the traceback, or as ``lineno``."""
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return getattr(error, "lineno", None) or (lines[-1] if lines else None) or 0


def _wrong(location: Location, line: int, text: str) -> ProblemsFound:
    at = Location(location.path, line, 1) if line else location
    hint = "write texts with the filter tojson: {{ item.name | tojson }}"
    return ProblemsFound([Problem(code="announce-template", message=text, hint=hint, location=at)])


def _slack(news: News) -> dict[str, Any]:
    """Block Kit. In the linked name, Slack's marks are escaped as it asks (``&``, ``<`` and ``>`` only) and nothing
    else becomes a link or a mention (``verbatim``); all else is plain text (docs.slack.dev, text object)."""
    blocks: list[dict[str, Any]] = []
    for item in news.items:
        section = _slack_section(f"*<{item.url}|{_slack_text(headline(item))}>*")
        if item.icon:
            section["accessory"] = {"type": "image", "image_url": item.icon, "alt_text": item.name}
        blocks.append(section)
        if item.notes:
            blocks.append({"type": "section", "text": {"type": "plain_text", "text": item.notes, "emoji": False}})
        note = f"{item.channel} · {item.date[:10]}"
        blocks.append({"type": "context", "elements": [{"type": "plain_text", "text": note}]})
    if news.more:
        blocks.append(_slack_section(f"<{news.url}|{_slack_text(rest(news))}>"))
    return {"text": _slack_text(summary(news)), "mrkdwn": False, "blocks": blocks}


def _slack_section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _slack_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


#: Teams takes 28 KB; these characters and lines of notes leave room for the rest, also when each has four bytes.
_TEAMS_NOTES = 4_000
_TEAMS_LINES = 40


def _teams(news: News) -> dict[str, Any]:
    """An adaptive card, as the workflow “Post to a channel when a webhook request is received” takes it.

    Its texts are runs, in which nothing is Markdown (adaptivecards.io/explorer/TextRun.html): a text block would
    make links of names.
    """
    items = max(len(news.items), 1)
    body: list[dict[str, Any]] = []
    for item in news.items:
        body.append(_teams_text(headline(item), weight="bolder", size="medium"))
        body.append(_teams_text(f"{item.channel} · {item.date[:10]}", isSubtle=True))
        lines = shortened(item.notes, _TEAMS_NOTES // items).splitlines()
        body += [_teams_text(line) for line in _first(lines, _TEAMS_LINES // items)]
        open_page = {"type": "Action.OpenUrl", "title": "Open the page", "url": item.url}
        body.append({"type": "ActionSet", "actions": [open_page]})
    if news.more:
        body.append(_teams_text(rest(news)))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "summary": summary(news), "attachments": [attachment]}


def _teams_text(text: str, **style: str | bool) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _first(lines: list[str], most: int) -> list[str]:
    """The first ``most`` lines; the last of them says when there are more."""
    return lines if len(lines) <= most else [*lines[: most - 1], "…"]


#: Characters that Discord takes in the titles, texts and footers of one message, less some to spare, and in a title.
_DISCORD_TOTAL = 5_900
_DISCORD_TITLE = 200
#: What Discord's Markdown makes more of than text; a backslash before it takes that away. The colon stands for
#: addresses, which would become links.
_DISCORD_MARKS = re.compile(r"[\\*_~`|<>#@\[\]():-]")


def _discord(news: News) -> dict[str, Any]:
    """Embeds; nobody is mentioned, and no text becomes a link, whatever names and notes contain."""
    embeds = []
    for item in news.items:
        title = _discord_text(headline(item), _DISCORD_TITLE)
        embed: dict[str, Any] = {"title": title, "url": item.url, "footer": {"text": item.channel}}
        room = _DISCORD_TOTAL // len(news.items) - len(title) - len(item.channel)
        if item.notes and room > 2:
            embed["description"] = _discord_text(item.notes, room)
        if item.icon:
            embed["thumbnail"] = {"url": item.icon}
        embeds.append(embed)
    return {"content": rest(news), "embeds": embeds, "allowed_mentions": {"parse": []}}


def _discord_text(text: str, room: int) -> str:
    """``text`` for Discord's Markdown, where it says just itself, in at most ``room`` characters."""
    length = room
    while len(escaped := _DISCORD_MARKS.sub(r"\\\g<0>", shortened(text, length))) > room:
        length -= (len(escaped) - room + 1) // 2
    return escaped


def _webhook(news: News) -> dict[str, Any]:
    """For machines: ``schema``, then the news as it is."""
    found: dict[str, Any] = msgspec.to_builtins(news)
    return {"schema": 1, **found}


_MAKERS: dict[str, Callable[[News], dict[str, Any]]] = {
    "slack": _slack,
    "teams": _teams,
    "discord": _discord,
    "webhook": _webhook,
    "feishu": other_chats.feishu,
    "wecom": other_chats.wecom,
    "dingtalk": other_chats.dingtalk,
    "mattermost": other_chats.mattermost,
    "google-chat": other_chats.google_chat,
}
#: Kinds of messages that need no template.
FORMATS = tuple(_MAKERS)
