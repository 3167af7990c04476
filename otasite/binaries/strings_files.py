"""Texts of Info.plist by language: ``<language>.lproj/InfoPlist.strings`` (property lists, or the older text format)
and ``InfoPlist.loctable``, one property list for all languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from otasite.binaries import plists
from otasite.binaries.archive import Archive
from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable
from otasite.problems import ProblemsFound

#: Languages of one app; the system itself has about 60.
MAX_LANGUAGES = 150
#: Bytes of one file; it holds a name and some permission texts.
MAX_STRINGS_BYTES = 256 * 2**10

_LPROJ = re.compile(r"([A-Za-z0-9_-]{1,40})\.lproj/InfoPlist\.strings")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8}){0,3}")
_KEY = re.compile(r"CFBundleDisplayName|CFBundleName|[A-Za-z]{1,60}UsageDescription")
#: Keys are looked for only where words begin, so that a file without any costs one pass.
_PAIR = re.compile(rf'(?<![A-Za-z])"?({_KEY.pattern})"?\s*+=\s*+"((?:[^"\\]|\\.){{0,1000}})"\s*+;')

#: Language tag → key of Info.plist → text.
Texts = Mapping[str, Mapping[str, str]]


def read_texts(archive: Archive, folder: str) -> Texts:
    """Names and usage descriptions by language, for languages that have any. Unreadable files count as absent."""
    found: dict[str, dict[str, str]] = {}
    budget = plists.new_budget()
    for language, texts in (*_of_table(archive, folder, budget), *_of_folders(archive, folder, budget)):
        if texts:
            found.setdefault(language, {}).update(texts)
    return found


def localized_names(texts: Texts) -> dict[str, str]:
    """Language tag to the app's name in it, for languages that have one."""
    names = {
        language: own.get("CFBundleDisplayName") or own.get("CFBundleName", "") for language, own in texts.items()
    }
    return {language: name for language, name in sorted(names.items()) if name}


def is_language(name: str) -> bool:
    """Whether the name of a folder or key can be a language; ``Base`` is none."""
    return name != "Base" and _LANGUAGE.fullmatch(name) is not None


def _of_folders(archive: Archive, folder: str, budget: Budget) -> Iterator[tuple[str, dict[str, str]]]:
    matches = [
        (match[1], entry.name)
        for entry in archive.under(folder)
        if (match := _LPROJ.fullmatch(entry.name[len(folder) :]))
    ]
    for language, name in sorted(matches)[:MAX_LANGUAGES]:
        try:
            yield language, texts_in(archive.read(name, MAX_STRINGS_BYTES), budget)
        except ProblemsFound:
            continue  # a translation is a nicety; the app's own texts are read elsewhere


def _of_table(archive: Archive, folder: str, budget: Budget) -> Iterator[tuple[str, dict[str, str]]]:
    name = f"{folder}InfoPlist.loctable"
    if not archive.has(name):
        return
    try:
        table = plists.load(archive.read(name, plists.MAX_BYTES), budget)
    except (ProblemsFound, Unreadable):
        return
    for language in sorted(key for key in table if isinstance(key, str) and is_language(key))[:MAX_LANGUAGES]:
        yield language, _chosen(plists.mapping(table, language))


def texts_in(data: bytes, budget: Budget) -> dict[str, str]:
    """Names and usage descriptions in one ``InfoPlist.strings`` of any format; what cannot be read has none."""
    try:
        return _chosen(plists.load(data, budget))
    except Unreadable:
        pairs = _PAIR.findall(_decoded(data))
        return _chosen({key: re.sub(r"\\(.)", r"\1", value) for key, value in pairs})


def _chosen(values: dict[str, Any]) -> dict[str, str]:
    keys = (key for key in values if isinstance(key, str) and _KEY.fullmatch(key))
    return {key: text for key in keys if (text := plists.text(values, key))}


def _decoded(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if wide else "utf-8", "replace")
