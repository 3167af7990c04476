"""Posting to chats: a real server on loopback that is busy, refuses, or says so in its answer."""

from __future__ import annotations

import gzip
import re
import tracemalloc

import pytest

from otasite.hosting.announce.post import LONGEST_PAUSE, PostFailed, addresses, post, signature
from otasite.problems import Refused
from tests.hosting.chats import Chat


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
