"""A theme's options: what a site may decide about its looks without editing the theme.

``theme.yaml`` declares them, ``site.yaml`` sets them. Templates read them as ``site.options``; stylesheets read
them as custom properties of ``options.css``, because a strict content security policy allows no inline style.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from otasite.typed_yaml.scalars import parse_truth, parse_whole, truth_hint, whole_hint

OptionType = Literal["color", "text", "choice", "boolean", "integer"]
OptionValue = str | bool | int

COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")
_LONGEST_TEXT = 1000


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One declared option. ``minimum`` and ``maximum`` bound an integer, ``choices`` lists those of a choice."""

    name: str
    type: OptionType
    default: OptionValue
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    label: str = ""
    description: str = ""


class BadValue(ValueError):
    """A value that its option does not take; the message continues “option x …”."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def parse_value(option: Option, text: str) -> OptionValue:
    """The value that ``text`` (as written in YAML) means for ``option``. Raises :class:`BadValue`."""
    return _PARSERS[option.type](option, text)


def _parse_color(option: Option, text: str) -> str:
    """Colours come in one spelling, ``#rrggbb``: only that may reach a stylesheet."""
    if not text and option.default == "":
        return ""
    if not text:
        raise BadValue("is empty", hint='put the colour in quotes, "#0a84ff": YAML takes a bare # for a comment')
    if not COLOR.fullmatch(text):
        raise BadValue(f"is not a colour: “{text}”", hint='write it in hexadecimal and in quotes: "#0a84ff"')
    digits = text[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _parse_text(option: Option, text: str) -> str:
    if _CONTROL.search(text):
        raise BadValue("contains control characters", hint="remove them; tab and line break are allowed")
    if len(text) > _LONGEST_TEXT:
        raise BadValue(f"is longer than {_LONGEST_TEXT} characters", hint="shorten it, or use a page of pages/")
    return text


def _parse_choice(option: Option, text: str) -> str:
    if text not in option.choices:
        raise BadValue(f"has no choice “{text}”", hint=f"choose one of: {', '.join(option.choices)}")
    return text


def _parse_boolean(option: Option, text: str) -> bool:
    value = parse_truth(text)
    if value is None:
        raise BadValue(f"is neither true nor false: “{text}”", hint=truth_hint(text))
    return value


def _parse_integer(option: Option, text: str) -> int:
    value = parse_whole(text)
    if value is None:
        raise BadValue(f"is not a whole number: “{text}”", hint=whole_hint(text))
    too_small = option.minimum is not None and value < option.minimum
    too_large = option.maximum is not None and value > option.maximum
    if too_small or too_large:
        raise BadValue(f"is out of range: {value}", hint=_range_hint(option))
    return value


def _range_hint(option: Option) -> str:
    low, high = option.minimum, option.maximum
    if low is not None and high is not None:
        return f"write a number from {low} to {high}"
    if low is not None:
        return f"write a number of at least {low}"
    return f"write a number of at most {high}"


_PARSERS: dict[str, Callable[[Option, str], OptionValue]] = {
    "color": _parse_color,
    "text": _parse_text,
    "choice": _parse_choice,
    "boolean": _parse_boolean,
    "integer": _parse_integer,
}


def options_stylesheet(declared: Iterable[Option], values: dict[str, OptionValue]) -> str:
    """``:root{…}`` with a custom property ``--ota-<option>`` for each option that CSS can use; ``_`` becomes ``-``.

    A colour comes with ``--ota-<option>-text``: black or white, whichever reads better on it. Text never reaches
    CSS, and neither does an option left empty: ``var(--ota-accent, fallback)`` then takes its fallback.
    """
    properties = [
        f"--ota-{name}:{value}" for option in declared for name, value in _properties(option, values[option.name])
    ]
    return f":root{{{';'.join(properties)}}}\n"


def _properties(option: Option, value: OptionValue) -> list[tuple[str, str]]:
    if option.type == "text" or value == "":
        return []
    name = option.name.replace("_", "-")
    if option.type == "color":
        return [(name, str(value)), (f"{name}-text", readable_on(str(value)))]
    return [(name, str(int(value)) if isinstance(value, bool) else str(value))]


def readable_on(color: str) -> str:
    """Black or white: the one with the higher contrast ratio (WCAG 2.2) on ``color``, given as ``#rrggbb``."""
    luminance = sum(
        weight * _linear(int(color[at : at + 2], 16) / 255) for weight, at in ((0.2126, 1), (0.7152, 3), (0.0722, 5))
    )
    on_white = 1.05 / (luminance + 0.05)
    on_black = (luminance + 0.05) / 0.05
    return "#ffffff" if on_white >= on_black else "#000000"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
