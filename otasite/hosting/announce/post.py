"""Posting messages. Webhook addresses are secrets: they come from the environment and are never shown."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from otasite.hosting.announce.messages import FORMATS, Format
from otasite.problems import OtasiteError, Refused

#: The environment variable with each format's address.
VARIABLES: dict[Format, str] = {name: f"OTASITE_{name.upper()}_URL" for name in FORMATS}
#: Seconds before the second and the third attempt.
PAUSES = (1.0, 4.0)


class PostFailed(OtasiteError):
    """The chat did not take the message."""


def addresses(environment: Mapping[str, str]) -> dict[Format, str]:
    """The formats that have an address, with it. Raises Refused for one that is not https."""
    found = {name: environment[variable] for name, variable in VARIABLES.items() if environment.get(variable)}
    for name, url in found.items():
        host = urlsplit(url).hostname
        if urlsplit(url).scheme != "https" and host not in ("localhost", "127.0.0.1"):
            raise Refused(f"{VARIABLES[name]} is not an https address", "copy the webhook's address again")
    return found


def post(url: str, body: bytes, pauses: tuple[float, ...] = PAUSES) -> None:
    """Post a JSON body; try again when the chat is busy. Raises PostFailed, which names only the host."""
    import httpx

    host = urlsplit(url).hostname
    reason = ""
    for pause in (*pauses, None):
        try:
            response = httpx.post(url, content=body, headers={"Content-Type": "application/json"}, timeout=20)
        except httpx.HTTPError as error:
            reason = type(error).__name__
        else:
            if response.is_success:
                return
            reason = f"HTTP {response.status_code}"
            if response.status_code < 500 and response.status_code != 429:
                break
        if pause is not None:
            time.sleep(pause)
    raise PostFailed(f"{host} did not take the message: {reason}")
