"""What ``verify`` found, as a table: for each check what was found, where, and what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby

from otasite.cli.terminal import has_colours, visible
from otasite.hosting.verify.report import Row, without_query

#: How many addresses are shown with one finding; thousands would hide the next.
MOST = 8

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}
#: Columns of a log, where nobody says how wide it is.
_LOG_WIDTH = 120
_GAP = 2


def print_table(base: str, rows: Iterable[Row], *, limit: int | None = MOST) -> None:
    """Print sorted rows; addresses below ``base`` are shown from there, and ``limit`` of them with each finding."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _LOG_WIDTH
    colours = has_colours(sys.stdout)
    console = Console(highlight=False, width=width, force_terminal=colours, color_system="auto" if colours else None)
    checks = [(key, list(group)) for key, group in groupby(rows, key=lambda row: (row.result, row.check))]
    names = max(len(check) for (_, check), _ in checks)
    room = console.width - len("result") - names - 2 * _GAP - len(_INDENT)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    table.add_column("result")
    table.add_column("check", no_wrap=True)
    table.add_column("found")
    for (result, check), group in checks:
        text = Text("\n".join(_lines(base, group, room, limit)))
        fix = next((row.fix for row in group if row.fix), "")
        if fix:
            text.append("\nFix: ", "bold").append(fix, "not bold")
        if limit is not None:
            text.append("\n")  # a line between two checks
        table.add_row(Text(result, style=_COLOURS[result]), check, text)
    console.print(table)


_INDENT = "  "


def _lines(base: str, rows: list[Row], room: int, limit: int | None) -> Iterator[str]:
    """Each finding of one check, and below it the addresses where it was found."""
    by_finding: dict[str, list[str]] = {}
    for row in rows:
        by_finding.setdefault(row.found, []).append(row.subject)
    for found, subjects in by_finding.items():
        yield visible(found) or "fine"
        for subject in subjects[:limit]:
            yield from (_INDENT + line for line in folded(visible(shown(subject, base)), room))
        if limit is not None and len(subjects) > limit:
            yield f"{_INDENT}and {len(subjects) - limit:,} more (--all shows each)"


def shown(address: str, base: str) -> str:
    """An address for people: from the site's own on, and without a signature."""
    return without_query(address).removeprefix(base) or base


def folded(address: str, room: int) -> list[str]:
    """An address in lines of ``room`` letters that end after a slash where that is possible."""
    lines = [""]
    for part in address.replace("/", "/\0").split("\0"):
        if lines[-1] and len(lines[-1]) + len(part) > room:
            lines.append("")
        lines[-1] += part
    return lines
