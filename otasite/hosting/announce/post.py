"""Posting messages. Webhook addresses are secrets: they come from the environment and are never shown."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from otasite.hosting.announce.messages import FORMATS, variable
from otasite.hosting.bounded import ACCEPT_ENCODING, BadBody, json_value, whole_body
from otasite.problems import OtasiteError, Refused

if TYPE_CHECKING:
    import httpx

#: Chats that answer 200 and say in the body what is wrong.
SAY_ERRORS = frozenset({"feishu", "wecom", "dingtalk"})
#: Bytes of an answer that are read, and seconds that they may take.
_ANSWER, _PATIENCE = 16 * 2**10, 20.0
#: Seconds before the second and the third attempt.
PAUSES = (1.0, 4.0)
#: Seconds that a chat may make us wait.
LONGEST_PAUSE = 60.0


class PostFailed(OtasiteError):
    """The chat did not take the message."""


def addresses(environment: Mapping[str, str], formats: Iterable[str] = FORMATS) -> dict[str, str]:
    """Those of ``formats`` that have an address, with it. Raises Refused for one that is not https."""
    found = {name: environment[variable(name)].strip() for name in formats if environment.get(variable(name))}
    for name, url in found.items():
        if not _is_usable(url):
            raise Refused(f"{variable(name)} is not an https address", "copy the webhook's address again")
    return found


def signature(body: bytes, secret: str) -> dict[str, str]:
    """The header by which a service of your own knows who sent a body: its HMAC-SHA-256 in hex."""
    return {"Otasite-Signature": f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"} if secret else {}


def _is_usable(url: str) -> bool:
    import httpx

    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return False
    return bool(parts.host) and (parts.scheme == "https" or parts.host in ("localhost", "127.0.0.1"))


def post(
    url: str,
    body: bytes,
    pauses: tuple[float, ...] = PAUSES,
    *,
    headers: Mapping[str, str] = {},
    says_errors: bool = False,
) -> None:
    """Post a JSON body; try again when the chat is busy. Raises PostFailed, which names only the host.

    What the chat says beside its status is not read, however much it is, unless it ``says_errors`` there: some answer
    200 to everything.
    """
    import httpx

    reason, sent = "", {"Content-Type": "application/json", "Accept-Encoding": ACCEPT_ENCODING, **headers}
    for pause in (*pauses, None):
        wanted = 0.0
        try:
            with httpx.stream("POST", url, content=body, headers=sent, timeout=20) as response:
                status, later = response.status_code, response.headers.get("Retry-After", "")
                said = _error_said(response) if says_errors else ""
        except httpx.HTTPError as error:
            reason = type(error).__name__
        else:
            if 200 <= status < 300 and not said:
                return
            reason = said or f"HTTP {status}"
            if 200 <= status < 300:
                break
            if status < 500 and status != 429:
                break
            wanted = _retry_after(later)
        if pause is not None:
            time.sleep(max(pause, wanted))
    raise PostFailed(f"{httpx.URL(url).host} did not take the message: {reason}")


class _ChatResponse(msgspec.Struct):
    """How Feishu (``code``), WeCom and DingTalk (``errcode``) say that something went wrong."""

    feishu: int = msgspec.field(name="code", default=0)
    others: int = msgspec.field(name="errcode", default=0)


def _error_said(response: httpx.Response) -> str:
    """The error in an answer; "" for none, and for an answer in words of its own."""
    try:
        said = json_value(whole_body(response, _ANSWER, _PATIENCE), _ChatResponse)
    except BadBody:
        return ""
    number = said.others or said.feishu
    return f"error {number}" if number else ""


def _retry_after(text: str) -> float:
    """The seconds that a busy chat asks to wait, within reason; a date counts as none."""
    return min(float(text), LONGEST_PAUSE) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else 0.0
