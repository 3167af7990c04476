"""Release notes that read like real ones: no two alike, because in real life none are."""

from __future__ import annotations

import random
from collections.abc import Callable


def _words(text: str) -> list[str]:
    return text.split("|")


_VERBS = _words(
    "Speeds up|Repairs|Simplifies|Redraws|Shortens|Moves|Remembers|Adds|Removes|Explains|Hides|Sorts|"
    "Translates|Reconnects|Retries|Caches|Checks|Signs|Exports|Imports|Merges|Splits|Dims|Groups"
)
_QUALITIES = _words(
    "slow|missing|new|weekly|shared|offline|nested|empty|duplicate|broken|first|last|pinned|hidden|manual|"
    "automatic|temporary|remote|local|optional|blurred|unread|archived|planned"
)
_THINGS = _words(
    "route|timetable|map|login|sync|badge|report|photo|signature|scanner|form|message|shift|ticket|filter|"
    "invoice|meter|label|search|calendar|draft|inbox|barcode|notification|permission|attachment|profile|queue"
)
_PLACES = _words(
    "on iPad in landscape|after the phone wakes up|without a network|for night shifts|in the depot view|"
    "when two people edit at once|on the first start|with VoiceOver switched on|in right-to-left languages|"
    "behind a proxy|with more than 1,000 entries|on devices with little memory|after daylight saving begins|"
    "when the clock is wrong|during an upload|in the list of the week"
)
_REASONS = _words(
    "a second request was sent before the first had an answer|the old format had no time zone|"
    "nobody found the button|the cache kept entries that no longer exist|the server now answers in pages|"
    "two screens drew the same layer|the keyboard covered the field|the token was refreshed too late"
)
_NAMES = _words("RoutePlanner|SyncEngine|photo_upload|maxRetries|ShiftCache|didResume|legacy_login|TileStore")
_TOPICS = _words("New|Fixed|Changed|Known issues|For testers|Under the hood|Thanks|Please try")


def release_notes(rng: random.Random, version: str, build: int) -> str:
    """Markdown of some 40 to 180 words with the constructs that release notes use."""
    parts = [_opening(rng, version, build)]
    for topic in rng.sample(_TOPICS, rng.choice((1, 2, 2, 2, 3))):
        parts.append(f"## {topic}")
        parts.append(rng.choices(_BLOCKS, _BLOCK_WEIGHTS)[0](rng))
    return "\n\n".join(parts) + "\n"


def _opening(rng: random.Random, version: str, build: int) -> str:
    text = f"**{version}** (build {build}) {_sentence(rng).lower()} {_sentence(rng)}"
    return text if rng.random() < 0.6 else f"{text} It was tested with *{rng.randint(3, 90)}* people."


def _phrase(rng: random.Random) -> str:
    return f"{rng.choice(_VERBS)} the {rng.choice(_QUALITIES)} {rng.choice(_THINGS)} {rng.choice(_PLACES)}"


def _sentence(rng: random.Random) -> str:
    return f"{_phrase(rng)}; {rng.choice(_REASONS)} (#{rng.randint(100, 99_999)})."


def _item(rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.30:
        return f"{_phrase(rng)}."
    if chance < 0.45:
        return f"**{rng.choice(_THINGS).title()}**: {_sentence(rng)}"
    if chance < 0.60:
        return f"{_phrase(rng)} (`{rng.choice(_NAMES)}` is now {rng.randint(2, 900)})."
    if chance < 0.80:
        ticket = rng.randint(100, 99_999)
        return f"{_phrase(rng)}, see [APP-{ticket}](https://tickets.example.com/browse/APP-{ticket})."
    if chance < 0.90:
        return f"The *{rng.choice(_QUALITIES)}* {rng.choice(_THINGS)} takes {rng.randint(20, 900)} ms less."
    return f"{_sentence(rng)} {_phrase(rng)}."


def _bullets(rng: random.Random) -> str:
    return "\n".join(f"- {_item(rng)}" for _ in range(rng.randint(2, 6)))


def _numbered(rng: random.Random) -> str:
    return "\n".join(f"{number}. {_item(rng)}" for number in range(1, rng.randint(3, 5)))


def _nested(rng: random.Random) -> str:
    inner = "\n".join(f"    - {_item(rng)}" for _ in range(rng.randint(1, 3)))
    return f"- {_item(rng)}\n{inner}\n- {_item(rng)}"


def _paragraphs(rng: random.Random) -> str:
    return "\n\n".join(f"{_sentence(rng)} {_item(rng)}" for _ in range(rng.randint(1, 2)))


def _quote(rng: random.Random) -> str:
    return f"> {_sentence(rng)}\n> {_item(rng)}"


def _code(rng: random.Random) -> str:
    setting = f'defaults["{rng.choice(_NAMES)}"] = {rng.randint(1, 9_999)}'
    limit = f"let limit = {rng.randint(1, 500)} // was {rng.randint(1, 500)}"
    return f"{_sentence(rng)}\n\n```swift\n{limit}\n{setting}\n```"


def _table(rng: random.Random) -> str:
    rows = "\n".join(
        f"| {rng.choice(_THINGS)} | {rng.randint(50, 900)} ms | **{rng.randint(5, 90)}** ms |" for _ in range(3)
    )
    return f"| Screen | Before | Now |\n| --- | --- | --- |\n{rows}"


_BLOCKS: tuple[Callable[[random.Random], str], ...] = (
    _bullets,
    _numbered,
    _nested,
    _paragraphs,
    _quote,
    _code,
    _table,
)
_BLOCK_WEIGHTS = (56, 8, 8, 14, 5, 6, 3)
