"""What a language is called by those who speak it, and which way it runs. The data is Unicode's (CLDR)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal

from otasite.theming.mistakes import Mistake

if TYPE_CHECKING:
    from babel import Locale


#: The scripts that run from right to left (Unicode: characters of bidirectional class R or AL), as ISO 15924 codes.
_RIGHT_TO_LEFT = frozenset(
    {"Adlm", "Arab", "Aran", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"}
)


@functools.lru_cache(maxsize=256)
def direction(language: str) -> Literal["ltr", "rtl"]:
    """Whether text in ``language`` runs from left to right or from right to left: its script decides.

    A tag may name the script (``ku-Arab``); else it is the one that CLDR gives as the likely script of the language.
    """
    from babel.core import get_global

    base, *subtags = language.split("-")
    script = next((tag for tag in subtags if len(tag) == 4 and tag.isalpha()), None)
    if script is None:
        likely = get_global("likely_subtags")
        found = likely.get("_".join((base, *subtags))) or likely.get(base, "")
        script = next((tag for tag in found.split("_") if len(tag) == 4), "")
    return "rtl" if script.title() in _RIGHT_TO_LEFT else "ltr"


@functools.lru_cache(maxsize=256)
def language_name(language: str) -> str:
    """The language's name in itself, as a menu shows it: Deutsch, Français, 简体中文."""
    locale = locale_of(language)
    name = locale.languages.get(str(locale)) or locale.display_name or language
    return name[:1].upper() + name[1:]


@functools.lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """Babel's locale of a language tag such as ``pt-BR``. Raises :class:`Mistake` for one it does not know."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        raise Mistake(
            "unknown-language",
            f"there is no language “{language}”",
            hint="write a tag such as de, pt-BR or zh-Hans",
        ) from None
