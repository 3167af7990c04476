"""Text → whole numbers and booleans, exactly where the record types ask for them.

Done before msgspec sees the value, so that msgspec can be strict: its lax mode would also take ``"1"`` for true,
``"1.0"`` for a whole number and ``"null"`` for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from otasite.problems import suggest
from otasite.typed_yaml.kinds import Expected, Listing, Mapping, RecordKind, Truth, Whole, expected

Typer = Callable[[Any], Any]

#: A whole number: decimal digits without leading zeros, few enough for a signed 64-bit number.
WHOLE: Final = re.compile(r"^-?(0|[1-9][0-9]{0,17})\Z")

#: The spellings of YAML 1.2. ``yes``, ``on`` and their kind are text.
TRUTH: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MEANT: Final = {
    **dict.fromkeys(("yes", "on", "y", "1"), "true"),
    **dict.fromkeys(("no", "off", "n", "0"), "false"),
}


def parse_whole(text: str) -> int | None:
    """The whole number that ``text`` is, or ``None``."""
    return int(text) if WHOLE.match(text) else None


def parse_truth(text: str) -> bool | None:
    """What ``text`` says as a boolean, or ``None``."""
    return TRUTH.get(text)


def whole_hint(value: str) -> str:
    """What to do about text that is no whole number."""
    digits = re.sub(r"[ _,']", "", value)
    if re.fullmatch(r"0+[1-9][0-9]*", digits):
        return f"leave out the leading zeros: {digits.lstrip('0')}"
    if re.fullmatch(r"[0-9]{19,}", digits):
        return "the number is too large"
    if re.fullmatch(r"[0-9]+", digits):
        return f"write only the digits: {digits}"
    return "write only digits, without a unit or a decimal point"


def truth_hint(value: str) -> str:
    """What to do about text that is no boolean."""
    meant = _MEANT.get(value.lower())
    return f"write {meant}" if meant else suggest(value.lower(), ("true", "false")) or "write true or false"


@cache
def typer(type_: Any) -> Typer:
    """The function that gives a plain value of ``type_`` its numbers and booleans.

    It returns a new value where something changed and the old one elsewhere; text that is neither stays text.
    """
    return _for_expected(expected(type_), {}) or _unchanged


def typed(wanted: Expected, value: Any) -> Any:
    """A plain value with the numbers and booleans that ``wanted`` asks for."""
    return (_for_expected(wanted, {}) or _unchanged)(value)


def _unchanged(value: Any) -> Any:
    return value


def _whole(value: Any) -> Any:
    return int(value) if type(value) is str and WHOLE.match(value) else value


def _truth(value: Any) -> Any:
    return TRUTH.get(value, value) if type(value) is str else value


def _for_expected(wanted: Expected, made: dict[int, Typer]) -> Typer | None:
    """The typer for ``wanted``, or ``None`` when all its scalars are text. ``made`` holds those of records."""
    if wanted.anything:
        return None
    by_shape: dict[type, Typer | None] = {
        str: _for_scalar(wanted.scalar),
        list: _for_listing(wanted.listing, made),
        dict: _for_mapping(wanted.mapping, made),
    }
    needed: dict[type, Typer] = {shape: function for shape, function in by_shape.items() if function}
    if not needed:
        return None

    def by_value(value: Any) -> Any:
        return needed.get(type(value), _unchanged)(value)

    return by_value if len(needed) > 1 else next(iter(needed.values()))


def _for_scalar(scalar: object) -> Typer | None:
    if isinstance(scalar, Whole):
        return _whole
    return _truth if isinstance(scalar, Truth) else None


def _for_listing(listing: Listing | None, made: dict[int, Typer]) -> Typer | None:
    item = listing and _for_expected(listing.item, made)
    if not item:
        return None
    return lambda value: [item(entry) for entry in value] if type(value) is list else value


def _for_mapping(mapping: Mapping | RecordKind | None, made: dict[int, Typer]) -> Typer | None:
    if isinstance(mapping, RecordKind):
        return _for_record(mapping, made)
    entry = mapping and _for_expected(mapping.value, made)
    if not entry:
        return None
    return lambda value: {key: entry(held) for key, held in value.items()} if type(value) is dict else value


def _for_record(record: RecordKind, made: dict[int, Typer]) -> Typer | None:
    if id(record) in made:
        return made[id(record)]
    typed: list[tuple[str, Typer]] = []

    def type_record(value: Any) -> Any:
        if type(value) is not dict:
            return value
        changed = {}
        for name, function in typed:
            old = value.get(name)
            if old is not None and (new := function(old)) is not old:
                changed[name] = new
        return {**value, **changed} if changed else value

    made[id(record)] = type_record
    for name, member in record.members.items():
        if function := _for_expected(member.expected, made):
            typed.append((name, function))
    return type_record if typed else None
