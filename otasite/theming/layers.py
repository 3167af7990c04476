"""One layer of a theme: the files of a folder, read once.

A theme is a stack of layers (the site's overrides, the theme, its parents). Everything that can influence a page
is read here, at one moment, and kept: what was hashed is what is rendered.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from otasite.problems import Findings, Location, ProblemsFound, unreadable_file
from otasite.typed_yaml.texts import conflict_problem, decode

Kind = Literal["templates", "locales", "static"]
#: Before the name of what the next layer below has.
BELOW = "@theme/"
KINDS: tuple[Kind, ...] = ("templates", "locales", "static")

_LOCALE_SUFFIX = ".po"
#: Files that accompany others and are not part of a theme: licences of fonts and icons, notes, editors' copies.
_COMPANION_SUFFIXES = ("", "txt", "md", "rst")
_COMPANIONS = ("license", "licence", "copying", "ofl", "notice", "readme", "changelog", "authors")
_EDITOR_SUFFIXES = ("~", ".swp", ".swx", ".tmp", ".bak", ".orig", "___jb_tmp___", "___jb_old___")
_VIM_PROBE = "4913"


class Source(msgspec.Struct, frozen=True):
    """A file as it was when the theme was loaded. ``path`` is how messages name it, ``file`` where it is."""

    path: str
    file: Path
    data: bytes
    digest: str

    @property
    def text(self) -> str:
        """The file as text; loading a layer has made sure that templates and locales are UTF-8."""
        return self.data.decode("utf-8-sig").replace("\r\n", "\n")


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one folder by the names that templates use. ``theme`` is ``""`` for the site's overrides."""

    theme: str
    version: str = ""
    folder: Path
    prefix: str
    templates: dict[str, Source] = {}
    locales: dict[str, Source] = {}
    static: dict[str, Source] = {}

    def files(self, kind: Kind) -> dict[str, Source]:
        """The layer's files of one kind: template name, language or asset name to file."""
        if kind == "templates":
            return self.templates
        return self.locales if kind == "locales" else self.static


def read_theme_layer(theme: str, version: str, folder: Path, findings: Findings) -> Layer:
    """Read the folder of a theme; what is wrong with single files is added to ``findings``."""
    prefix = f"themes/{theme}/"
    return Layer(
        theme=theme,
        version=version,
        folder=folder,
        prefix=prefix,
        templates=_read_text(folder, prefix, "templates", findings),
        locales=_read_locales(folder, prefix, findings),
        static=_read(folder, prefix, "static", findings),
    )


def read_site_layer(site_root: Path, findings: Findings) -> Layer:
    """Read a site's own ``templates/`` and ``locales/``, which stand above its theme."""
    return Layer(
        theme="",
        folder=site_root,
        prefix="",
        templates=_read_text(site_root, "", "templates", findings),
        locales=_read_locales(site_root, "", findings),
    )


def read_source(file: Path, path: str) -> Source:
    """Read one file. Raises :class:`OSError`."""
    data = file.read_bytes()
    return Source(path, file, data, hashlib.sha256(data).hexdigest())


def is_companion(name: str) -> bool:
    """Whether a file of this name is passed over: hidden, an editor's copy, a licence, a note for people."""
    stem, _, suffix = name.lower().partition(".")
    return (
        name.startswith((".", "#"))
        or name.endswith(_EDITOR_SUFFIXES)
        or name == _VIM_PROBE
        or name.lower() == "thumbs.db"
        or (suffix in _COMPANION_SUFFIXES and _is_note(stem))
    )


def _is_note(stem: str) -> bool:
    return any(stem == word or stem.startswith((f"{word}-", f"{word}_")) for word in _COMPANIONS)


def _read_locales(folder: Path, prefix: str, findings: Findings) -> dict[str, Source]:
    files = _read_text(folder, prefix, "locales", findings)
    return {
        name.removesuffix(_LOCALE_SUFFIX): source
        for name, source in files.items()
        if name.endswith(_LOCALE_SUFFIX) and "/" not in name
    }


def _read_text(folder: Path, prefix: str, kind: Kind, findings: Findings) -> dict[str, Source]:
    files = _read(folder, prefix, kind, findings)
    for source in files.values():
        _check_text(source, findings)
    return files


def _check_text(source: Source, findings: Findings) -> None:
    try:
        text = decode(source.data, source.path)
    except ProblemsFound as found:
        findings.extend(found.problems)
    else:
        if problem := conflict_problem(text, source.path):
            findings.extend([problem])


def _read(folder: Path, prefix: str, kind: Kind, findings: Findings) -> dict[str, Source]:
    """All files below ``folder/kind`` by their path inside it, in sorted order."""
    files: dict[str, Source] = {}
    root = folder / kind
    if not root.is_dir():
        return files
    inside = f"{root.resolve()}{os.sep}"
    try:
        found = sorted(_walk(root, ""))
    except OSError as error:
        findings.extend([unreadable_file(f"{prefix}{kind}", error)])
        return files
    for name, file in found:
        path = f"{prefix}{kind}/{name}"
        if file.is_symlink() and not str(file.resolve()).startswith(inside):
            hint = "put a copy of the file here: a theme must be complete in itself"
            findings.report("theme-file-outside", "the link leads out of its folder", hint=hint, at=Location(path))
            continue
        try:
            files[name] = read_source(file, path)
        except OSError as error:
            findings.extend([unreadable_file(path, error)])
    return files


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_companion(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")
            elif entry.is_file() or entry.is_symlink():
                yield f"{prefix}{entry.name}", Path(entry.path)
