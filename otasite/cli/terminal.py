"""Everything that commands print goes through here: one place decides what may reach a terminal or a CI's log.

- Names from binaries, servers and YAML may hold escape sequences, line ends and marks that turn text around (Unicode
  Bidirectional Algorithm, UAX #9). They are made visible (``\\x1b``, ``\\u202e``), so that a text can neither steer a
  terminal nor look like another one, nor like a line that otasite wrote.
- What a CI would take for an order, such as ``::stop-commands::`` at the start of a line on GitHub Actions or
  ``##vso[`` on Azure Pipelines, is made visible, too.
- A character that the output's encoding lacks becomes one that it has (:func:`degrade`); nothing ends with an error.
- Colours are for terminals. https://no-color.org is followed, and FORCE_COLOR of many tools as well.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Literal, TextIO

import click
import msgspec

#: In the ``meta`` of a click context: whether nothing is to be said but what is wrong and what was asked for, and
#: whether that is JSON, with which nothing else may stand on standard output.
QUIET = "otasite.quiet"
ONLY_JSON = "otasite.json"

Style = Literal["bold", "dim", "red", "green", "yellow"]

#: Control characters, lone halves of surrogate pairs, line and paragraph separators, marks of direction, invisible
#: tags, and what no text may hold.
_UNSHOWABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
#: What the logs of CIs take for an order wherever it stands: Azure Pipelines, older GitHub runners, TeamCity.
_ORDER = re.compile(r"#(?=#(?:\[|vso\[|teamcity\[))")

#: Typography in letters that every encoding has.
_PLAIN = {
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "×": "x", "·": "-", "•": "*",
    "→": "->", "←": "<-", "›": ">", "‹": "<", "≤": "<=", "≥": ">=", "\u00a0": " ", "\u2060": "", "█": "#", "▀": "^",
    "▄": "_", "│": "|", "─": "-",
}  # fmt: skip


class Styled(msgspec.Struct, frozen=True):
    """A text in a style; how it looks, or whether at all, depends on where it is printed."""

    text: str
    styles: tuple[Style, ...]


#: A part of a line, and a line.
Piece = str | Styled
Line = Sequence[Piece]


def styled(text: str, *styles: Style) -> Styled:
    """``text`` in bold, dim, or a colour."""
    return Styled(text, styles)


def visible(text: str) -> str:
    """``text`` on one line, with everything visible that would steer a terminal or a CI, or reorder the line."""
    return _ORDER.sub(r"\\x23", _UNSHOWABLE.sub(lambda match: _escape(match[0]), text))


def _escape(character: str) -> str:
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


# --- printing -------------------------------------------------------------------------------------------------


def say(*pieces: Piece, err: bool = False) -> None:
    """Print one line: whatever the pieces hold, it stays one line. With ``err`` it goes to stderr."""
    stream = _stream(err)
    shown = [Styled(piece, ()) if isinstance(piece, str) else piece for piece in pieces]
    shown = [Styled(visible(piece.text), piece.styles) for piece in shown]
    colours = has_colours(stream)
    line = "".join(_painted(piece) if colours else piece.text for piece in _without_orders(shown))
    click.echo(line, file=stream, color=colours)


def remark(*pieces: Piece, err: bool = False) -> None:
    """Print a line that nobody asked for, such as what was done: not with ``--quiet``, nor between JSON."""
    if not is_quiet() and (err or not _has_meta(ONLY_JSON)):
        say(*pieces, err=err)


def say_lines(lines: Iterable[Line], *, err: bool = False) -> None:
    """Print several lines, each of its pieces."""
    for line in lines:
        say(*line, err=err)


def say_text(text: str, *, err: bool = False) -> None:
    """Print a text of several lines."""
    for line in text.split("\n"):
        say(line, err=err)


def say_json(value: Any) -> None:
    """Print a value as JSON. What may not reach a terminal is escaped as JSON does it: the value stays the same."""
    stream = _stream(False)
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2)
    text = _ORDER.sub(r"\\u0023", text)
    text = re.sub(r"[^\n -~]", lambda match: _in_json(match[0], stream), text)
    click.echo(text, file=stream, color=False)


def say_order(name: str, properties: Mapping[str, str], text: str) -> None:
    """Print a workflow command of GitHub Actions, such as one that annotates a line."""
    fields = ",".join(f"{key}={_order_escape(visible(value), ':,')}" for key, value in properties.items())
    lines = "\n".join(visible(line) for line in text.split("\n"))
    click.echo(f"::{name} {fields}::{_order_escape(lines, '')}", file=_stream(False), color=False)


def write(text: str) -> None:
    """Print a text that otasite made and that may become a file, such as the configuration of a host, as it is."""
    click.echo(text, file=_stream(False), nl=False, color=False)


def _stream(err: bool) -> TextIO:
    return sys.stderr if err else sys.stdout


def _without_orders(pieces: list[Styled]) -> list[Styled]:
    """The same line, with what a CI would take for an order made visible, also across pieces."""
    line = "".join(piece.text for piece in pieces)
    marks = {match.start() for match in _ORDER.finditer(line)}
    blank = len(line) - len(line.lstrip())
    if line.startswith("::", blank):
        marks.add(blank)
    if not marks:
        return pieces
    numbers = count()
    texts = ["".join(_marked(each, next(numbers) in marks) for each in piece.text) for piece in pieces]
    return [Styled(text, piece.styles) for text, piece in zip(texts, pieces, strict=True)]


def _marked(character: str, is_marked: bool) -> str:
    return f"\\x{ord(character):02x}" if is_marked else character


def _painted(piece: Styled) -> str:
    if not piece.styles or not piece.text:
        return piece.text
    colour = next((style for style in piece.styles if style not in ("bold", "dim")), None)
    return click.style(piece.text, fg=colour, bold="bold" in piece.styles or None, dim="dim" in piece.styles or None)


def _in_json(character: str, stream: TextIO) -> str:
    if not _UNSHOWABLE.match(character) and _fits(character, stream.encoding or "utf-8"):
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _order_escape(text: str, more: str) -> str:
    """Text in a workflow command: percent, line ends and, in properties, separators are encoded."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


# --- streams --------------------------------------------------------------------------------------------------


def has_colours(stream: TextIO) -> bool:
    """Whether a stream shows colours: a terminal does, unless the environment says otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def is_quiet() -> bool:
    """Whether the command was called with ``--quiet``."""
    return _has_meta(QUIET)


def _has_meta(name: str) -> bool:
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(name))


def is_interactive() -> bool:
    """Whether a person watches, and wants to: progress is for them only."""
    return not is_quiet() and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def can_show(text: str) -> bool:
    """Whether standard output has every character of ``text``."""
    return _fits(text, sys.stdout.encoding or "utf-8")


def prepare_streams() -> None:
    """Let whatever is printed, by click and rich as well, degrade instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_DEGRADE)


def degrade(text: str, encoding: str) -> str:
    """``text`` in characters that ``encoding`` has: plain typography, letters without accents, else escapes."""
    return "".join(character if _fits(character, encoding) else _like(character, encoding) for character in text)


def _like(character: str, encoding: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    base = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    return base if base and base != character and _fits(base, encoding) else _escape(character)


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _degraded(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # the only direction in which it is used
    return degrade(error.object[error.start : error.end], error.encoding), error.end


_DEGRADE = "otasite.degrade"
codecs.register_error(_DEGRADE, _degraded)
