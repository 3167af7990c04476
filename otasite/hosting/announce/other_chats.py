"""Messages for Feishu, WeCom, DingTalk, Mattermost and Google Chat, after the documentation of their group bots.

Names and notes come from people, and only the links that otasite makes are links: nothing in a text mentions anybody
or becomes a link. Each chat has its own longest message; notes are cut, and then releases, until it fits.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any

import msgspec

from otasite.hosting.announce.news import NOTES_LENGTH, Item, News, headline, rest, shortened, summary

Body = dict[str, Any]
#: Bytes of a message that each chat takes.
FEISHU_BYTES, WECOM_BYTES, DINGTALK_BYTES, GOOGLE_BYTES = 20_000, 4_096, 20_000, 32_000
#: Characters of a Mattermost post.
MATTERMOST_LENGTH = 16_383
_NO_SPACE = "\u200b"


def feishu(news: News) -> Body:
    """A post of text and link elements, in which nothing is markup (“Custom bot usage guide”)."""
    return _fitting(news, _feishu, lambda body: _size(body) <= FEISHU_BYTES)


def _feishu(news: News, room: int) -> Body:
    lines: list[list[Body]] = []
    for item in news.items:
        lines.append([{"tag": "a", "text": headline(item), "href": item.url}])
        lines.append([{"tag": "text", "text": _about(item)}])
        lines += [[{"tag": "text", "text": line}] for line in _notes(item, room).splitlines()]
    if news.more:
        lines.append([{"tag": "a", "text": rest(news), "href": news.url}])
    post = {"en_us": {"title": summary(news), "content": lines}}
    return {"msg_type": "post", "content": {"post": post}}


def wecom(news: News) -> Body:
    """Markdown with its links and quotes (“Group robot configuration”)."""
    return _fitting(news, _wecom, lambda body: len(body["markdown"]["content"].encode()) <= WECOM_BYTES)


def _wecom(news: News, room: int) -> Body:
    return {"msgtype": "markdown", "markdown": {"content": _markdown(news, room)}}


def dingtalk(news: News) -> Body:
    """Markdown with a title for the list of chats; nobody is called (“Custom robot access”)."""
    return _fitting(news, _dingtalk, lambda body: _size(body) <= DINGTALK_BYTES)


def _dingtalk(news: News, room: int) -> Body:
    message = {"title": _plain(summary(news)), "text": _markdown(news, room)}
    return {"msgtype": "markdown", "markdown": message, "at": {"isAtAll": False}}


def mattermost(news: News) -> Body:
    """A post in Markdown (“Incoming webhooks”)."""
    return _fitting(news, _mattermost, lambda body: len(body["text"]) <= MATTERMOST_LENGTH)


def _mattermost(news: News, room: int) -> Body:
    return {"text": _markdown(news, room)}


def google_chat(news: News) -> Body:
    """Cards; their texts are HTML of a few elements, and mention nobody (“Card v2”)."""
    return _fitting(news, _google_chat, lambda body: _size(body) <= GOOGLE_BYTES)


def _google_chat(news: News, room: int) -> Body:
    sections = []
    for item in news.items:
        text = "<br>".join(html.escape(line) for line in [_about(item), *_notes(item, room).splitlines()])
        button = {"text": "Open the page", "onClick": {"openLink": {"url": item.url}}}
        widgets = [{"textParagraph": {"text": text}}, {"buttonList": {"buttons": [button]}}]
        sections.append({"header": html.escape(headline(item)), "widgets": widgets})
    if news.more:
        button = {"text": rest(news), "onClick": {"openLink": {"url": news.url}}}
        sections.append({"header": "", "widgets": [{"buttonList": {"buttons": [button]}}]})
    card = {"header": {"title": news.title}, "sections": sections}
    return {"cardsV2": [{"cardId": "otasite", "card": card}]}


def _markdown(news: News, room: int) -> str:
    """What all three kinds of Markdown have: bold, links and quotes."""
    parts = []
    for item in news.items:
        lines = [f"**[{_plain(headline(item))}]({item.url})**", _plain(_about(item))]
        lines += [f"> {_plain(line)}" for line in _notes(item, room).splitlines()]
        parts.append("\n".join(lines))
    if news.more:
        parts.append(f"[{_plain(rest(news))}]({news.url})")
    return "\n\n".join(parts)


def _plain(text: str) -> str:
    """``text`` without what chats make mentions, links and elements of. Not all of them know a backslash."""
    text = text.replace("<", "＜").replace("[", "［").replace("]", "］")
    return text.replace("@", f"@{_NO_SPACE}").replace("://", f":{_NO_SPACE}//")


def _about(item: Item) -> str:
    return f"{item.channel} · {item.date[:10]}"


def _notes(item: Item, room: int) -> str:
    return shortened(item.notes, room) if room else ""


def _size(body: Body) -> int:
    return len(json.dumps(body, ensure_ascii=False).encode())


def _fitting(news: News, make: Callable[[News, int], Body], fits: Callable[[Body], bool]) -> Body:
    """The message with as much of the notes as fits; when none do, with fewer releases."""
    for room in (NOTES_LENGTH, NOTES_LENGTH // 2, NOTES_LENGTH // 4, NOTES_LENGTH // 10, 0):
        body = make(news, room)
        if fits(body):
            return body
    items, more = news.items[:-1], news.more + 1
    return _fitting(msgspec.structs.replace(news, items=items, more=more), make, fits) if items else body
