"""The rule of docs/subscribe/updates.md in Python, step by step as it stands there."""

from __future__ import annotations

import hashlib
import re
from itertools import zip_longest
from typing import Any


def is_older(one: str, other: str) -> bool:
    for left, right in zip_longest(parts(one), parts(other), fillvalue=0):
        if left != right:
            return left < right
    return False


def parts(text: str) -> list[int]:
    return [int(re.match(r"[0-9]*", part)[0] or 0) for part in text.split(".")]  # type: ignore[index]


def answer(version: str, build: str, update: dict[str, Any], installation: str) -> str:
    is_same = not is_older(version, update["version"]) and not is_older(update["version"], version)
    if not (is_older(version, update["version"]) or (is_same and is_older(build, update["build"]))):
        return "nothing"
    if update.get("critical", False) or is_older(version, update.get("minimum", "0")):
        return "must"
    digest = hashlib.sha256(f"{update['salt']}:{installation}".encode()).digest()
    return "offer" if int.from_bytes(digest[:4], "big") * 100 < update.get("rollout", 100) << 32 else "nothing"
