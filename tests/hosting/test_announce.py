"""Announcing new releases: what is new, and the command."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from otasite.cli import cli
from otasite.cli.announce import BEFORE
from otasite.hosting.announce.messages import FORMATS
from otasite.hosting.announce.news import (
    find_news,
    plain_text,
    shortened,
)
from otasite.hosting.announce.post import PostFailed
from otasite.hosting.catalogue import SiteCatalogue, read_catalogue
from otasite.problems import ProblemsFound, Refused
from tests.hosting.chats import Chat
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
