"""Localised app names from ``<language>.lproj/InfoPlist.strings``: property lists, or the older text format."""

from __future__ import annotations

import re

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
_PAIR = re.compile(r'"?(CFBundleDisplayName|CFBundleName)"?\s*=\s*"((?:[^"\\]|\\.){0,1000})"\s*;')


def localized_names(archive: Archive, folder: str) -> dict[str, str]:
    """Language tag to the app's name in it, for languages that have one. Unreadable files count as absent."""
    names = {}
    budget = plists.new_budget()
    matches = [
        (match[1], entry.name)
        for entry in archive.under(folder)
        if (match := _LPROJ.fullmatch(entry.name[len(folder) :]))
    ]
    for language, name in sorted(matches)[:MAX_LANGUAGES]:
        try:
            found = _name_in(archive.read(name, MAX_STRINGS_BYTES), budget)
        except ProblemsFound:
            continue  # a translation is a nicety; the app's own name is read elsewhere
        if found:
            names[language] = found
    return names


def _name_in(data: bytes, budget: Budget) -> str:
    try:
        values = plists.load(data, budget)
    except Unreadable:
        pairs = dict(_PAIR.findall(_decoded(data)))
        values = {key: re.sub(r"\\(.)", r"\1", value) for key, value in pairs.items()}
    return plists.text(values, "CFBundleDisplayName") or plists.text(values, "CFBundleName")


def _decoded(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if wide else "utf-8", "replace")
