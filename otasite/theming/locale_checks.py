"""Translations compared with English, in which every text must exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from otasite.memory import Memory
from otasite.problems import Findings, Location, Problem, ProblemsFound, suggest
from otasite.theming.catalogue_files import MessageCatalogue, placeholders, read_catalogue
from otasite.theming.languages import locale_of
from otasite.theming.layers import Layer, Source
from otasite.theming.mistakes import Mistake
from otasite.theming.themes import FALLBACK_LANGUAGE, Theme, fallbacks

_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_SHOWN = 5


def check_locales(theme: Theme, *, languages: Iterable[str] = (), memory: Memory | None = None) -> list[Problem]:
    """Broken catalogues, texts with other placeholders than English, keys unknown in English, missing texts.

    A text that has no translation is a warning (English is shown), and only for the ``languages`` of the site.
    """
    findings = Findings()
    catalogues = _read_all(theme, memory or Memory(None), findings)
    english = _merge(found for tag, found in catalogues if tag == FALLBACK_LANGUAGE)
    for tag, catalogue in catalogues:
        if tag != FALLBACK_LANGUAGE:
            findings.extend(_compare(catalogue, english))
    for language in languages:
        findings.extend(_check_language(theme, language, catalogues, english))
    return findings.problems


def _read_all(theme: Theme, memory: Memory, findings: Findings) -> list[tuple[str, MessageCatalogue]]:
    catalogues: list[tuple[str, MessageCatalogue]] = []
    for layer in theme.layers:
        findings.extend(_name_problems(layer))
        for tag, source in layer.locales.items():
            try:
                catalogues.append((tag, read_catalogue(source, memory)))
            except ProblemsFound as found:
                findings.extend(found.problems)
    return catalogues


def _name_problems(layer: Layer) -> Iterator[Problem]:
    for tag, source in layer.locales.items():
        if not _is_language(tag):
            yield _warning(
                "locale-name",
                f"“{tag}” is not a language tag, so the file is not used",
                "name it de.po, pt-BR.po or zh-Hans.po",
                Location(source.path),
            )


def _is_language(tag: str) -> bool:
    if not _TAG.fullmatch(tag):
        return False
    try:
        locale_of(tag)
    except Mistake:
        return False
    return True


def _texts(catalogue: MessageCatalogue) -> dict[str, tuple[str, ...]]:
    return {key: (text,) for key, text in catalogue.texts.items()} | catalogue.plurals


def _merge(catalogues: Iterable[MessageCatalogue]) -> MessageCatalogue:
    """One catalogue in which those that come first win."""
    merged = MessageCatalogue(path="", plural_rule="0", texts={}, plurals={}, lines={})
    for catalogue in catalogues:
        for key in catalogue.texts.keys() - merged.plurals.keys():
            merged.texts.setdefault(key, catalogue.texts[key])
        for key in catalogue.plurals.keys() - merged.texts.keys():
            merged.plurals.setdefault(key, catalogue.plurals[key])
    return merged


def _compare(catalogue: MessageCatalogue, english: MessageCatalogue) -> Iterator[Problem]:
    reference = _texts(english)
    for key, forms in _texts(catalogue).items():
        location = Location(catalogue.path, catalogue.lines.get(key, 0))
        if key not in reference:
            hint = suggest(key, reference) or "remove it, or add it to en.po"
            yield _warning("unknown-translation", f"the key “{key}” does not exist in English", hint, location)
        elif (key in catalogue.plurals) != (key in english.plurals):
            kind = "plural forms" if key in english.plurals else "no plural forms"
            hint = "write it as en.po does"
            yield _error("translation-form", f"the English text “{key}” has {kind}", hint, location)
        else:
            yield from _compare_placeholders(key, forms, reference[key], location)


def _compare_placeholders(
    key: str, forms: tuple[str, ...], english: tuple[str, ...], location: Location
) -> Iterator[Problem]:
    given = frozenset({"count"} if len(english) > 1 else ()).union(*map(placeholders, english))
    used = frozenset().union(*map(placeholders, forms))
    for name in sorted(used - given):
        hint = f"placeholders are: {', '.join(f'{{{n}}}' for n in sorted(given)) or 'none'}"
        yield _error("translation-placeholder", f"the text “{key}” has no value {{{name}}}", hint, location)
    for name in sorted(given - used - {"count"}):
        message = f"the text “{key}” leaves out {{{name}}}"
        yield _warning("translation-placeholder", message, "English shows it", location)


def _check_language(
    theme: Theme, language: str, catalogues: list[tuple[str, MessageCatalogue]], english: MessageCatalogue
) -> Iterator[Problem]:
    tags = [tag for tag in fallbacks(language) if tag != FALLBACK_LANGUAGE]
    own = [found for tag, found in catalogues if tag in tags]
    if language.split("-")[0] == FALLBACK_LANGUAGE:
        return
    have = _texts(_merge(own))
    missing = [key for key in _texts(english) if key not in have]
    if missing:
        shown = ", ".join(missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
        message = f"{len(missing)} of {len(_texts(english))} texts have no translation into {language}: {shown}"
        hint = f"add them to locales/{language}.po; until then the English text is shown"
        yield _warning("translation-missing", message, hint, _file_of(theme, tags))


def _file_of(theme: Theme, tags: list[str]) -> Location | None:
    """The lowest file of the language: the one that should be complete."""
    files: list[Source] = [layer.locales[tag] for layer in theme.layers for tag in tags if tag in layer.locales]
    return Location(files[-1].path) if files else None


def _warning(code: str, message: str, hint: str, location: Location | None) -> Problem:
    return Problem(code=code, message=message, hint=hint, location=location, severity="warning")


def _error(code: str, message: str, hint: str, location: Location) -> Problem:
    return Problem(code=code, message=message, hint=hint, location=location)
