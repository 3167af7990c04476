"""Posting messages. Webhook addresses are secrets: they come from the environment and are never shown."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from otasite.hosting.announce.messages import FORMATS, Format
from otasite.problems import OtasiteError, Refused

#: The environment variable with each format's address.
VARIABLES: dict[Format, str] = {name: f"OTASITE_{name.upper()}_URL" for name in FORMATS}
#: Seconds before the second and the third attempt.
PAUSES = (1.0, 4.0)
#: Seconds that a chat may make us wait.
LONGEST_PAUSE = 60.0


class PostFailed(OtasiteError):
    """The chat did not take the message."""


def addresses(environment: Mapping[str, str]) -> dict[Format, str]:
    """The formats that have an address, with it. Raises Refused for one that is not https."""
    found = {name: environment[variable].strip() for name, variable in VARIABLES.items() if environment.get(variable)}
    for name, url in found.items():
        if not _is_usable(url):
            raise Refused(f"{VARIABLES[name]} is not an https address", "copy the webhook's address again")
    return found


def _is_usable(url: str) -> bool:
    import httpx

    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return False
    return bool(parts.host) and (parts.scheme == "https" or parts.host in ("localhost", "127.0.0.1"))


def post(url: str, body: bytes, pauses: tuple[float, ...] = PAUSES) -> None:
    """Post a JSON body; try again when the chat is busy. Raises PostFailed, which names only the host.

    What the chat says beside its status is not read, however much it is.
    """
    import httpx

    reason, headers = "", {"Content-Type": "application/json"}
    for pause in (*pauses, None):
        wanted = 0.0
        try:
            with httpx.stream("POST", url, content=body, headers=headers, timeout=20) as response:
                status, later = response.status_code, response.headers.get("Retry-After", "")
        except httpx.HTTPError as error:
            reason = type(error).__name__
        else:
            if 200 <= status < 300:
                return
            reason = f"HTTP {status}"
            if status < 500 and status != 429:
                break
            wanted = _retry_after(later)
        if pause is not None:
            time.sleep(max(pause, wanted))
    raise PostFailed(f"{httpx.URL(url).host} did not take the message: {reason}")


def _retry_after(text: str) -> float:
    """The seconds that a busy chat asks to wait, within reason; a date counts as none."""
    return min(float(text), LONGEST_PAUSE) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else 0.0
