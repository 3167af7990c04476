"""Copies of a theme's files, to be edited by the site, and what became of their originals.

A copy remembers the theme, its version and the hash of its original in a comment in its first line. When the
original has changed since, :func:`drift` says so: the copy hides an improvement or a fix.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from otasite.problems import Location, Problem, Refused, suggest
from otasite.theming.layers import KINDS, Kind, Layer, Source
from otasite.theming.themes import Theme

_MARK = re.compile(r"otasite: ejected from (?P<theme>\S+)(?: (?P<version>\S+))? sha256:(?P<digest>[0-9a-f]{16})")
_COMMENTS: dict[str, tuple[str, str]] = {".po": ("# ", ""), ".css": ("/* ", " */"), ".js": ("/* ", " */")}
_TEMPLATE_COMMENT = ("{# ", " #}")


class Ejected(msgspec.Struct, frozen=True):
    """What :func:`eject` wrote. ``path`` is relative to the site; ``tracked`` tells whether drift will show."""

    path: str
    original: str
    tracked: bool


def eject(theme: Theme, name: str, site_root: Path) -> Ejected:
    """Copy a template, locale (``de.po``) or asset of the theme to where the site overrides it.

    Templates and locales go to the site's ``templates/`` and ``locales/``. Assets are overridden by a theme only:
    they go to the site's own theme. Raises :class:`Refused` for an unknown name, for a file that is there
    already, and for an asset of a site that has no theme of its own.
    """
    kind, source, layer = _original(theme, name)
    target = _target(theme, kind, source, layer, site_root)
    comment = _comment(kind, source)
    content = source.data if comment is None else _mark(source, layer, comment)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        path = target.relative_to(site_root).as_posix()
        raise Refused(f"{path} is there already", hint="edit it, or move it away first") from None
    return Ejected(target.relative_to(site_root).as_posix(), source.path, comment is not None)


def drift(theme: Theme) -> list[Problem]:
    """A warning ``override-drift`` for each ejected copy whose original has changed or is gone."""
    return [
        problem
        for number, layer in enumerate(theme.layers)
        for kind in KINDS
        for name, source in layer.files(kind).items()
        for problem in _drift_of(source, kind, name, theme.layers[number + 1 :])
    ]


def _drift_of(source: Source, kind: Kind, name: str, below: tuple[Layer, ...]) -> Iterator[Problem]:
    first_line = source.data.partition(b"\n")[0].decode(errors="replace")
    mark = _MARK.search(first_line)
    if mark is None:
        return
    layer = next((layer for layer in below if layer.theme == mark["theme"]), None)
    original = layer.files(kind).get(name) if layer else None
    if original is None:
        message = f"the original of this copy is no longer in the theme “{mark['theme']}”"
        yield _drifted(message, "remove the copy, or the first line to keep it", source)
    elif layer and not original.digest.startswith(mark["digest"]):
        versions = f"version {mark['version'] or '?'}, now {layer.version or '?'}"
        message = f"{original.path} has changed since this copy was made ({versions})"
        hint = "take over what changed and eject again, or remove the first line to stop this warning"
        yield _drifted(message, hint, source)


def _drifted(message: str, hint: str, source: Source) -> Problem:
    location = Location(source.path, 1)
    return Problem(code="override-drift", message=message, hint=hint, location=location)


def _original(theme: Theme, name: str) -> tuple[Kind, Source, Layer]:
    """The uppermost file of a theme by that name; the site's own overrides are no originals."""
    for kind in KINDS:
        wanted = name.removesuffix(".po") if kind == "locales" and name.endswith(".po") else name
        for layer in theme.layers:
            source = layer.files(kind).get(wanted) if layer.theme else None
            if source is not None:
                return kind, source, layer
    known = [known for kind in KINDS for layer in theme.layers for known in _names(layer, kind)]
    raise Refused(f"the theme has no file “{name}”", hint=suggest(name, known) or "see: otasite theme list")


def _names(layer: Layer, kind: Kind) -> list[str]:
    return [f"{name}.po" if kind == "locales" else name for name in layer.files(kind)]


def _target(theme: Theme, kind: Kind, source: Source, layer: Layer, site_root: Path) -> Path:
    inside = source.path.removeprefix(layer.prefix)
    if kind != "static":
        return site_root / inside
    own = theme.layers[1]
    if not own.folder.is_relative_to(site_root / "themes"):
        raise Refused(
            f"“{theme.name}” is not a theme of this site, and files of static/ belong to a theme",
            hint="make a theme first: otasite new theme NAME, then name it in site.yaml",
        )
    return own.folder / inside


def _comment(kind: Kind, source: Source) -> tuple[str, str] | None:
    """How the file's format writes comments; ``None`` when its first line cannot hold one."""
    if kind == "templates":
        return _TEMPLATE_COMMENT
    if source.data.lstrip().startswith(b"@charset"):  # only valid as a stylesheet's very first bytes
        return None
    return _COMMENTS.get(posixpath.splitext(source.path)[1])


def _mark(source: Source, layer: Layer, comment: tuple[str, str]) -> bytes:
    origin = " ".join(filter(None, (layer.theme, "".join(layer.version.split()))))
    line = f"{comment[0]}otasite: ejected from {origin} sha256:{source.digest[:16]}{comment[1]}\n"
    return line.encode() + source.data.removeprefix(b"\xef\xbb\xbf")
