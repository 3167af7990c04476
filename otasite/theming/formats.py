"""Dates, sizes and numbers as the readers of a language write them (Unicode's CLDR, through Babel).

Babel is slow to load and to format, and a build writes the same few dates and sizes over and over: what was
written once is kept.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Final, Literal, get_args

from otasite.sizes import Unit, in_unit
from otasite.theming.languages import locale_of
from otasite.theming.mistakes import Mistake

Width = Literal["short", "medium", "long", "full"]
_REMEMBERED = 16384

#: What Unicode calls the units of sizes.
_UNITS: Final[dict[Unit, str]] = {
    "TB": "digital-terabyte",
    "GB": "digital-gigabyte",
    "MB": "digital-megabyte",
    "kB": "digital-kilobyte",
    "byte": "digital-byte",
}


class Formats:
    """Formats for one language. Each method raises :class:`Mistake` for a value that it cannot write."""

    def __init__(self, language: str) -> None:
        self._language = language
        remember = functools.lru_cache(maxsize=_REMEMBERED)
        self._date = remember(self._write_date)
        self._datetime = remember(self._write_datetime)
        self._size = remember(self._write_size)
        self._number = remember(self._write_number)

    def date(self, value: str, width: Width = "long") -> str:
        """An ISO 8601 date (a time after it is left out): 31 March 2026."""
        return self._date(_head(value), width)

    def datetime(self, value: str, width: Width = "long") -> str:
        """An ISO 8601 date and time, in UTC, to the minute."""
        return self._datetime(value, width)

    def filesize(self, value: int) -> str:
        """A number of bytes in decimal units: 84.2 MB."""
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise Mistake("template-value", f"not a size in bytes: {value!r}", "ask first whether there is one")
        number, unit = in_unit(value)
        return self._size(number, _UNITS[unit])

    def number(self, value: int | float) -> str:
        """A number with the separators of the language: 12,345."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Mistake("template-value", f"not a number: {value!r}")
        return self._number(value)

    def _write_date(self, value: str, width: Width) -> str:
        from babel.dates import format_date

        try:
            date = dt.date.fromisoformat(value)
        except ValueError:
            raise _not_a_date(value) from None
        return format_date(date, format=_known(width), locale=locale_of(self._language))

    def _write_datetime(self, value: str, width: Width) -> str:
        from babel.dates import format_date, format_time, get_datetime_format

        try:
            moment = dt.datetime.fromisoformat(value)
        except (ValueError, TypeError):
            raise _not_a_date(value) from None
        moment = moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        locale = locale_of(self._language)
        date = format_date(moment, format=_known(width), locale=locale)
        time = f"{format_time(moment, format='short', locale=locale)} UTC"
        joined = str(get_datetime_format(width, locale=locale))
        return joined.replace("'", "").replace("{0}", time).replace("{1}", date)

    def _write_size(self, number: float, unit: str) -> str:
        from babel.units import format_unit

        length: Literal["short", "long"] = "long" if unit == "digital-byte" else "short"
        return format_unit(number, unit, length=length, format="0.##", locale=locale_of(self._language))

    def _write_number(self, value: int | float) -> str:
        from babel.numbers import format_decimal

        return format_decimal(value, locale=locale_of(self._language))


def _head(value: str) -> str:
    if not isinstance(value, str):
        raise _not_a_date(value)
    return value[:10]


def _known(width: Width) -> Width:
    if width not in get_args(Width):
        raise Mistake("template-value", f"there is no date format “{width}”", f"write one of {get_args(Width)}")
    return width


def _not_a_date(value: object) -> Mistake:
    return Mistake("template-value", f"not an ISO 8601 date: {value!r}", "ask first whether there is one")
