"""Announcing new releases: what is new, in each chat's own form, posted to a real server on loopback."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import hmac
import json
import re
import threading
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from otasite.cli import cli
from otasite.cli.announce import BEFORE
from otasite.hosting.announce.messages import FORMATS, message
from otasite.hosting.announce.news import (
    MOST,
    NOTES_LENGTH,
    Item,
    News,
    find_news,
    plain_text,
    shortened,
)
from otasite.hosting.announce.post import LONGEST_PAUSE, PostFailed, addresses, post, signature
from otasite.hosting.catalogue import SiteCatalogue, read_catalogue
from otasite.problems import ProblemsFound, Refused
from tests.projects import Sandbox, example


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path)
    sandbox.build()
    return sandbox


@pytest.fixture
def before(sandbox: Sandbox) -> Path:
    """The catalogue before a third release came."""
    path = sandbox.root / "before.json"
    path.write_bytes((sandbox.dist / "catalogue.json").read_bytes())
    sandbox.release("1.2", "3", date="2026-05-03", channel="beta")
    sandbox.build()
    return path


NEWS = News(
    title="Apps & more",
    url="https://apps.example.com/",
    items=(
        Item(
            app="notes",
            name='Notes <"&">',
            icon="https://apps.example.com/notes/icon.png",
            version="1.2",
            build="3",
            date="2026-05-03",
            channel="beta",
            url="https://apps.example.com/notes/1.2-3/",
            platforms=("ios", "android"),
            notes="• New <tag> & @everyone\n• Ünïcode 😀",
        ),
    ),
    more=2,
)


# --- what is new --------------------------------------------------------------------------------------------


def test_only_new_releases_are_news(sandbox: Sandbox, before: Path) -> None:
    news = find_news(sandbox.dist, read_catalogue(before.read_bytes(), "before"))
    (item,) = news.items
    assert (item.name, item.version, item.build, item.channel) == ("Notes", "1.2", "3", "beta")
    assert item.url == "https://apps.example.com/notes/1.2-3/"
    assert (item.platforms, item.notes) == (("ios",), "Notes of 1.2.")


def test_channels_can_be_left_out(sandbox: Sandbox, before: Path) -> None:
    was = read_catalogue(before.read_bytes(), "before")
    assert find_news(sandbox.dist, was, "stable").items == ()
    assert len(find_news(sandbox.dist, was, "beta").items) == 1


def test_unlisted_apps_are_never_news(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTASITE_SECRET", "x" * 40)
    app = sandbox.root / "content/apps/notes/app.yaml"
    app.write_text(app.read_text() + "visibility: unlisted\n")
    done = CliRunner().invoke(cli, ["build", "-C", str(sandbox.root)])
    assert done.exit_code == 0, done.output
    assert find_news(sandbox.dist, SiteCatalogue()).items == ()


def test_many_are_counted(sandbox: Sandbox) -> None:
    for build in range(3, 15):
        sandbox.release("2.0", str(build), date=f"2026-05-{build:02}")
    sandbox.build()
    news = find_news(sandbox.dist, SiteCatalogue())
    assert (len(news.items), news.more) == (10, 4)
    assert news.items[0].build == "14"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One <em>two</em></p><ul><li>a &amp; b</li>\n<li>c</li></ul>", "One two\n• a & b\n• c"),
        ("", ""),
        ("<h2>T</h2>x<br>y", "T\nx\ny"),
    ],
)
def test_notes_become_text(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_long_notes_end_at_a_word() -> None:
    assert shortened("one two three", 10) == "one two…"
    assert shortened("one", 3) == "one"


# --- messages -----------------------------------------------------------------------------------------------


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


# --- posting ------------------------------------------------------------------------------------------------


class Chat:
    """A webhook that remembers what it was sent, and answers with these status codes, then 200."""

    def __init__(self) -> None:
        chat = self
        self.bodies: list[Any] = []
        self.answers: list[int] = []
        self.retry_after: list[str] = []
        self.says = b""
        self.encoding = ""
        self.signatures: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = chat.answers.pop(0) if chat.answers else 200
                if status == 200:
                    chat.signatures.append(self.headers.get("Otasite-Signature", ""))
                    chat.bodies.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", str(len(chat.says)))
                if chat.encoding:
                    self.send_header("Content-Encoding", chat.encoding)
                if chat.retry_after:
                    self.send_header("Retry-After", chat.retry_after.pop(0))
                self.end_headers()
                with contextlib.suppress(OSError):  # the client has read enough
                    self.wfile.write(chat.says)

            def log_message(self, format: str, *args: object) -> None:
                """Tests look at the bodies."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/services/SECRET"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    yield chat
    chat.close()


def test_a_busy_chat_is_asked_again(chat: Chat) -> None:
    chat.answers = [503, 429]
    post(chat.url, b'{"a":1}', (0.01, 0.01))
    assert chat.bodies == [("/services/SECRET", "application/json", {"a": 1})]


@pytest.mark.parametrize("answers", [[400], [500, 500, 500]])
def test_a_refusal_does_not_tell_the_secret(chat: Chat, answers: list[int]) -> None:
    chat.answers = list(answers)
    with pytest.raises(PostFailed, match=f"127.0.0.1 did not take the message: HTTP {answers[0]}") as caught:
        post(chat.url, b"{}", (0.01, 0.01))
    assert "SECRET" not in str(caught.value)
    assert chat.answers == []


def test_a_chat_may_say_how_long_to_wait(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("otasite.hosting.announce.post.time.sleep", waited.append)
    chat.answers, chat.retry_after = [429, 429, 503, 503], ["7", "9999", "Thu, 26 Nov 2026 10:00:00 GMT", "0.5"]
    post(chat.url, b"{}", (1.0, 1.0, 1.0, 1.0))
    assert waited == [7.0, LONGEST_PAUSE, 1.0, 1.0]


@pytest.mark.parametrize("url", ["https://[::1/SECRET", "https:///SECRET", "SECRET", "https://é..x/SECRET"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(Refused, match="OTASITE_SLACK_URL is not an https address") as caught:
        addresses({"OTASITE_SLACK_URL": url})
    assert "SECRET" not in str(caught.value) + caught.value.hint


def test_only_https_addresses() -> None:
    assert addresses({"OTASITE_SLACK_URL": "https://hooks.example/x", "OTASITE_TEAMS_URL": ""}) == {
        "slack": "https://hooks.example/x"
    }
    with pytest.raises(Refused, match="OTASITE_DISCORD_URL is not an https address"):
        addresses({"OTASITE_DISCORD_URL": "http://chat.example/SECRET"})


@pytest.mark.parametrize(
    "answer", ['{"errcode": 93000, "errmsg": "invalid webhook url"}', '{"code": 19001, "msg": "x"}']
)
def test_a_chat_that_answers_200_may_still_refuse(chat: Chat, answer: str) -> None:
    chat.says = answer.encode()
    number = re.findall(r"\d{5}", answer)[0]
    with pytest.raises(PostFailed, match=f"127.0.0.1 did not take the message: error {number}"):
        post(chat.url, b"{}", (0.01,), says_errors=True)
    post(chat.url, b"{}", (0.01,))  # whoever does not speak so is not read


@pytest.mark.parametrize(
    "answer", ['{"errcode": 0}', '{"StatusCode": 0, "code": 0}', "ok", "[", '{"code": "no"}', "x" * 10**6]
)
def test_other_answers_are_no_refusal(chat: Chat, answer: str) -> None:
    chat.says = answer.encode()
    post(chat.url, b"{}", (0.01,), says_errors=True)


def test_an_answer_that_unpacks_to_very_much_is_not_unpacked(chat: Chat) -> None:
    chat.says, chat.encoding = gzip.compress(gzip.compress(bytes(50 * 2**20))), "gzip, gzip"
    tracemalloc.start()
    post(chat.url, b"{}", (0.01,), says_errors=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_a_signature_is_that_of_the_body() -> None:
    """RFC 4231, test case 2."""
    header = signature(b"what do ya want for nothing?", "Jefe")["Otasite-Signature"]
    assert header == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signature(b"x", "") == {}


# --- the command --------------------------------------------------------------------------------------------


def run(sandbox: Sandbox, *words: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["announce", "-C", str(sandbox.root), *words], env=environment)


def test_a_dry_run_prints(sandbox: Sandbox, before: Path) -> None:
    for name in FORMATS:
        done = run(sandbox, "--since", str(before), "--dry-run", "--to", name)
        assert done.exit_code == 0, done.output
        assert "1.2" in done.stdout
        json.loads(done.stdout)


def test_it_posts_and_says_so(sandbox: Sandbox, before: Path, chat: Chat) -> None:
    done = run(sandbox, "--since", str(before), OTASITE_WEBHOOK_URL=chat.url, OTASITE_SLACK_URL=chat.url)
    assert done.output == "announced Notes 1.2 (3) for iOS\n1 release announced to slack, webhook\n"
    assert ["blocks" in body for _, _, body in chat.bodies] == [True, False]


def test_one_chat_that_fails_does_not_keep_the_others_waiting(sandbox: Sandbox, before: Path, chat: Chat) -> None:
    (sandbox.root / ".otasite" / BEFORE).write_bytes(before.read_bytes())
    chat.answers = [400]  # for the first of them
    done = run(sandbox, OTASITE_SLACK_URL=chat.url, OTASITE_WEBHOOK_URL=chat.url)
    assert isinstance(done.exception, PostFailed)
    assert str(done.exception) == (
        "127.0.0.1 did not take the message: HTTP 400 (webhook took it: say --to slack when you try again)"
    )
    assert ["schema" in body for _, _, body in chat.bodies] == [True]
    assert run(sandbox, "--to", "slack", OTASITE_SLACK_URL=chat.url).exit_code == 0
    assert run(sandbox, OTASITE_SLACK_URL=chat.url).output == "nothing new to announce\n"


def test_a_dry_run_shows_what_would_be_posted(sandbox: Sandbox, before: Path) -> None:
    secret = "https://hooks.example/SECRET"
    done = run(sandbox, "--since", str(before), "--dry-run", OTASITE_DISCORD_URL=secret)
    assert "embeds" in json.loads(done.stdout)
    assert "SECRET" not in done.output
    every = run(sandbox, "--since", str(before), "--dry-run")
    assert every.stderr == "".join(f"otasite: this is for {name}\n" for name in FORMATS)


def test_a_template_that_nothing_reads(sandbox: Sandbox, before: Path) -> None:
    sandbox.write("content/announce/slak.json", "{}")
    done = run(sandbox, "--since", str(before), "--dry-run")
    assert isinstance(done.exception, ProblemsFound)
    assert "did you mean “slack.json”?" in done.exception.problems[0].hint


def test_a_message_of_ones_own_goes_to_its_own_address(sandbox: Sandbox, before: Path, chat: Chat) -> None:
    """Its name makes the variables: one for the address, one for a secret to sign with."""
    sandbox.write("content/announce/release-board.json", '{"first": {{ news["items"][0].version | tojson }}}')
    done = run(
        sandbox,
        "--since",
        str(before),
        OTASITE_RELEASE_BOARD_URL=chat.url,
        OTASITE_RELEASE_BOARD_SECRET="a secret",
    )
    assert done.exit_code == 0, done.output
    assert [body for _, _, body in chat.bodies] == [{"first": "1.2"}]
    body = json.dumps({"first": "1.2"}, separators=(",", ":")).encode()
    assert chat.signatures == [f"sha256={hmac.new(b'a secret', body, hashlib.sha256).hexdigest()}"]
    assert "a secret" not in done.output


def test_only_ones_own_services_get_a_signature(sandbox: Sandbox, before: Path, chat: Chat) -> None:
    secrets = {"OTASITE_WEBHOOK_SECRET": "x", "OTASITE_SLACK_SECRET": "x"}
    addresses = {"OTASITE_WEBHOOK_URL": chat.url, "OTASITE_SLACK_URL": chat.url}
    assert run(sandbox, "--since", str(before), **secrets, **addresses).exit_code == 0
    assert [bool(signature) for signature in chat.signatures] == [False, True]


@pytest.mark.parametrize("name", ["base.json", "Board.json", "notes.txt", "a b.json"])
def test_names_that_no_message_can_have(sandbox: Sandbox, before: Path, name: str) -> None:
    """OTASITE_BASE_URL is the site's own address: no news go there."""
    sandbox.write(f"content/announce/{name}", "{}")
    done = run(sandbox, "--since", str(before), "--dry-run")
    assert isinstance(done.exception, ProblemsFound)
    assert str(done.exception.problems[0].location) == f"content/announce/{name}"


def test_a_name_that_is_none_is_suggested(sandbox: Sandbox, before: Path) -> None:
    done = run(sandbox, "--since", str(before), "--to", "mattermots")
    assert isinstance(done.exception, Refused)
    assert "mattermost" in done.exception.hint


def test_once_is_enough(sandbox: Sandbox, before: Path, chat: Chat) -> None:
    """After `otasite deploy`, which keeps the catalogue that it replaced."""
    (sandbox.root / ".otasite" / BEFORE).write_bytes(before.read_bytes())
    assert run(sandbox, OTASITE_SLACK_URL=chat.url).exit_code == 0
    assert run(sandbox, OTASITE_SLACK_URL=chat.url).output == "nothing new to announce\n"
    assert len(chat.bodies) == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "nothing says what was there before"),
        (["--since", "nowhere.json"], "there is no file nowhere.json"),
        (["--since", "before.json"], "no address to post to"),
        (["--since", "before.json", "--to", "teams"], "OTASITE_TEAMS_URL"),
        (["--since", "http://127.0.0.1:1/catalogue.json"], "cannot be fetched"),
        (["--since", "https://[::1/catalogue.json"], "cannot be fetched"),
    ],
)
def test_what_is_missing_is_said(
    sandbox: Sandbox, before: Path, words: list[str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(before.parent)
    done = run(sandbox, *words)
    assert isinstance(done.exception, Refused)
    assert text in str(done.exception)
