"""What is announced, in each chat's own form."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from otasite.hosting.announce.messages import FORMATS, message
from otasite.hosting.announce.news import (
    MOST,
    NOTES_LENGTH,
    Item,
    News,
)
from otasite.problems import ProblemsFound
from tests.hosting.chats import NEWS


def test_slack(tmp_path: Path) -> None:
    body = json.loads(message(NEWS, "slack", tmp_path))
    assert body["text"] == 'Notes &lt;"&amp;"&gt; 1.2 (3) for iOS and Android and 2 more'
    assert body["mrkdwn"] is False
    section, notes = body["blocks"][:2]
    assert section["text"]["text"].startswith("*<https://apps.example.com/notes/1.2-3/|Notes &lt;")
    assert section["text"]["verbatim"] is True
    assert section["accessory"]["image_url"].endswith("icon.png")
    assert notes["text"] == {"type": "plain_text", "text": NEWS.items[0].notes, "emoji": False}
    assert body["blocks"][-1]["text"]["text"] == "<https://apps.example.com/|… and 2 more>"


def test_teams(tmp_path: Path) -> None:
    body = json.loads(message(NEWS, "teams", tmp_path))
    card = body["attachments"][0]["content"]
    assert (body["type"], card["type"], card["version"]) == ("message", "AdaptiveCard", "1.4")
    actions = [part["actions"][0]["url"] for part in card["body"] if part["type"] == "ActionSet"]
    assert actions == ["https://apps.example.com/notes/1.2-3/"]
    runs = [part["inlines"][0]["text"] for part in card["body"] if part["type"] == "RichTextBlock"]
    assert runs[2:4] == ["• New <tag> & @everyone", "• Ünïcode 😀"]


def test_nothing_in_teams_is_markdown(tmp_path: Path) -> None:
    assert '"TextBlock"' not in message(NEWS, "teams", tmp_path).decode()


@pytest.mark.parametrize(
    "text",
    ["[Reset your password](https://example.com/)", "**b** _i_ ~~s~~ `c` ||s||", "# h", "<@1> <#2> @here", "a\\*"],
)
def test_names_and_notes_are_only_text_in_discord(tmp_path: Path, text: str) -> None:
    item = msgspec.structs.replace(NEWS.items[0], name=text, notes=text)
    body = json.loads(message(msgspec.structs.replace(NEWS, items=(item,)), "discord", tmp_path))
    embed = body["embeds"][0]
    for said in (embed["description"], embed["title"].rpartition(" 1.2 ")[0]):
        assert re.sub(r"\\(.)", r"\1", said) == text
        assert not re.search(r"(?<!\\)(?:\\\\)*[*_~`|<>#@\[\]():-]", said), said


def test_escaped_text_keeps_discords_limits(tmp_path: Path) -> None:
    item = msgspec.structs.replace(NEWS.items[0], name="*" * 300, notes="_ " * NOTES_LENGTH)
    body = json.loads(message(msgspec.structs.replace(NEWS, items=(item,) * MOST), "discord", tmp_path))
    texts = [(embed["title"], embed["description"], embed["footer"]["text"]) for embed in body["embeds"]]
    assert sum(len(text) for embed in texts for text in embed) <= 6000
    assert all(0 < len(title) <= 256 for title, _, _ in texts)


def test_discord(tmp_path: Path) -> None:
    body = json.loads(message(NEWS, "discord", tmp_path))
    assert body["allowed_mentions"] == {"parse": []}
    assert body["embeds"][0]["url"] == "https://apps.example.com/notes/1.2-3/"
    assert len(body["embeds"]) <= 10


@pytest.mark.parametrize("format_", FORMATS)
def test_the_longest_news_keep_the_chats_limits(tmp_path: Path, format_: str) -> None:
    """Ten releases with the longest notes that news have, each character of four bytes."""
    notes = "😀\n" * 100 + "😀" * (NOTES_LENGTH - 200)
    longest = msgspec.structs.replace(NEWS.items[0], name="N" * 300, notes=notes, channel="c" * 30)
    data = message(msgspec.structs.replace(NEWS, items=(longest,) * MOST), format_, tmp_path)
    body = json.loads(data)
    if format_ == "discord":
        texts = [(embed["title"], embed["description"], embed["footer"]["text"]) for embed in body["embeds"]]
        assert sum(len(text) for embed in texts for text in embed) <= 6000
        assert all(0 < len(title) <= 256 for title, _, _ in texts)
    if format_ == "teams":
        assert len(data) <= 28_000
    if format_ == "slack":
        assert len(body["blocks"]) <= 50
        assert all(len(block["text"]["text"]) <= 3000 for block in body["blocks"] if block["type"] == "section")


#: What no chat may make anything of: mentions of everybody in their dialects, links, addresses, elements.
HOSTILE = "<users/all> @all @here <@everyone> <!channel> [link](https://evil.example/) https://evil.example/ <b>x</b>"
OTHERS = ["feishu", "wecom", "dingtalk", "mattermost", "google-chat"]


@pytest.mark.parametrize("format_", OTHERS)
def test_the_other_chats_get_every_release_with_its_page(tmp_path: Path, format_: str) -> None:
    text = message(NEWS, format_, tmp_path).decode()
    assert "https://apps.example.com/notes/1.2-3/" in text
    assert "1.2 (3) for iOS and Android" in text
    assert "Ünïcode 😀" in text
    assert "… and 2 more" in text
    assert "2026-05-03" in text


@pytest.mark.parametrize("format_", ["wecom", "dingtalk", "mattermost"])
def test_markdown_of_people_says_only_itself(tmp_path: Path, format_: str) -> None:
    item = msgspec.structs.replace(NEWS.items[0], name=HOSTILE, notes=HOSTILE)
    body = json.loads(message(msgspec.structs.replace(NEWS, items=(item,)), format_, tmp_path))
    text = body["text"] if format_ == "mattermost" else body["markdown"].get("content") or body["markdown"]["text"]
    assert re.findall(r"\[[^\]]*\]\(([^)]*)\)", text) == [item.url, NEWS.url]
    assert re.findall(r"https?://[^\s)]*", text) == [item.url, NEWS.url]
    assert not re.search(r"@\w|<", text)


def test_feishu_has_texts_and_links_only(tmp_path: Path) -> None:
    item = msgspec.structs.replace(NEWS.items[0], notes=HOSTILE)
    body = json.loads(message(msgspec.structs.replace(NEWS, items=(item,)), "feishu", tmp_path))
    elements = [element for line in body["content"]["post"]["en_us"]["content"] for element in line]
    assert {element["tag"] for element in elements} == {"a", "text"}
    assert [element["href"] for element in elements if element["tag"] == "a"] == [item.url, NEWS.url]


def test_google_chat_reads_html(tmp_path: Path) -> None:
    item = msgspec.structs.replace(NEWS.items[0], notes=HOSTILE)
    body = json.loads(message(msgspec.structs.replace(NEWS, items=(item,)), "google-chat", tmp_path))
    (first, *_) = body["cardsV2"][0]["card"]["sections"]
    text = first["widgets"][0]["textParagraph"]["text"]
    assert re.findall(r"<[^>]*>", text) == ["<br>"]
    assert "&lt;users/all&gt;" in text


@pytest.mark.parametrize(
    ("format_", "most"), [("feishu", 20_000), ("wecom", 4096), ("dingtalk", 20_000), ("google-chat", 32_000)]
)
def test_the_other_chats_limits_are_kept_by_leaving_out_notes_and_then_releases(
    tmp_path: Path, format_: str, most: int
) -> None:
    longest = msgspec.structs.replace(NEWS.items[0], name="名" * 200, notes="😀" * NOTES_LENGTH)
    data = message(msgspec.structs.replace(NEWS, items=(longest,) * MOST), format_, tmp_path)
    body = json.loads(data)
    assert len(body["markdown"]["content"].encode() if format_ == "wecom" else data) <= most
    assert "名" in data.decode()
    assert re.search(r"and \d+ more", data.decode())


def test_webhook(tmp_path: Path) -> None:
    body = json.loads(message(NEWS, "webhook", tmp_path))
    assert (body["schema"], body["more"]) == (1, 2)
    assert body["items"][0]["notes"].endswith("Ünïcode 😀")


def own_template(folder: Path, text: str) -> Path:
    (folder / "content/announce").mkdir(parents=True)
    (folder / "content/announce/slack.json").write_text(text)
    return folder


def test_own_wording(tmp_path: Path) -> None:
    project = own_template(tmp_path, '{"text": {{ ("New: " ~ news["items"][0].name) | tojson }}}')
    assert json.loads(message(NEWS, "slack", project)) == {"text": 'New: Notes <"&">'}


def test_the_wording_of_the_guide(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs/hosting.md").read_text("utf-8")
    project = own_template(tmp_path, guide.split("```jinja\n", 1)[1].split("```", 1)[0])
    assert json.loads(message(NEWS, "slack", project)) == {"text": 'New: Notes <"&">'}
    named = guide.split("`news` has ", 1)[1].split("\n\n", 1)[0]
    for name in (*News.__struct_fields__, *Item.__struct_fields__):
        assert f"`{name}`" in named


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"text": {{ news.nothing }}}', "has no attribute"),
        ('{"text": "{{ news["items"][0].name }}"}', "does not write JSON"),
        ("{\n{% if %}", "content/announce/slack.json:2:1"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("\n{{ 1 / 0 }}", "content/announce/slack.json:2:1"),
        ("{{ news['items'] + 1 }}", "the template fails: can only concatenate"),
        ("{{ news['items'][0] | tojson }}", "not JSON serializable"),
    ],
)
def test_wrong_wording(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ProblemsFound) as caught:
        message(NEWS, "slack", own_template(tmp_path, text))
    assert words in str(caught.value)
    assert caught.value.problems[0].code == "announce-template"


def test_wording_in_another_encoding(tmp_path: Path) -> None:
    project = own_template(tmp_path, "{}")
    (project / "content/announce/slack.json").write_bytes(b'{"text": "\xe9"}')
    with pytest.raises(ProblemsFound, match="not UTF-8"):
        message(NEWS, "slack", project)
