"""Assets: the stylesheets, scripts, fonts and pictures of a theme, under names that carry their content's hash.

A changed file gets a new name, so browsers may keep what they have for ever. Stylesheets are rewritten to name
the hashed files they use; their own hash therefore covers those too.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable

import msgspec

from otasite.problems import Location, Problem, suggest
from otasite.theming.layers import Layer, Source

OPTIONS_NAME = "options.css"
_FOLDER = "assets"
_HASH_LENGTH = 10
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")

#: Comments and strings are matched so that what looks like an address inside them is left alone.
_CSS_TOKEN = re.compile(
    r"""
    /\*.*?(?:\*/|\Z)
    | @import\s+(?P<imported>"[^"\n]*"|'[^'\n]*')
    | (?<![\w-])url\(\s*(?P<url>"[^"\n]*"|'[^'\n]*'|[^"'()\s]*)\s*\)
    | "(?:\\.|[^"\\\n])*"
    | '(?:\\.|[^'\\\n])*'
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class Asset(msgspec.Struct, frozen=True):
    """A file for ``dist/``. ``path`` is relative to the site's root, ``source`` names the file it was made from."""

    name: str
    path: str
    data: bytes
    source: str


def build_assets(layers: Iterable[Layer], options_css: str, problems: list[Problem]) -> dict[str, Asset]:
    """All assets by plain name, in sorted order. Of files with one name, that of the upper layer counts."""
    sources: dict[str, Source] = {}
    for layer in layers:
        for name, source in layer.static.items():
            sources.setdefault(name, source)
    problems.extend(problem for name, source in sources.items() for problem in _name_problems(name, source))
    assets = _Builder(sources, problems).build()
    assets[OPTIONS_NAME] = _asset(OPTIONS_NAME, options_css.encode(), "theme.yaml")
    return dict(sorted(assets.items()))


def hashed_path(name: str, data: bytes) -> str:
    """``css/site.css`` → ``assets/css/site.<hash>.css``."""
    stem, suffix = posixpath.splitext(name)
    return f"{_FOLDER}/{stem}.{hashlib.sha256(data).hexdigest()[:_HASH_LENGTH]}{suffix}"


def asset_hint(known: Iterable[str], name: str) -> str:
    """What to do about an asset that does not exist."""
    return suggest(name, known) or "put the file into the static/ folder of the theme"


def _asset(name: str, data: bytes, source: str) -> Asset:
    return Asset(name, hashed_path(name, data), data, source)


def _name_problems(name: str, source: Source) -> Iterable[Problem]:
    if name == OPTIONS_NAME:
        message, hint = f"the name {OPTIONS_NAME} is taken by the theme's options", "rename the file"
        yield Problem(code="asset-name", message=message, hint=hint, location=Location(source.path))
    if not _NAME.fullmatch(name):
        message = f"the name “{name}” cannot be part of an address"
        hint = "use only letters, digits, dot, hyphen and underscore"
        yield Problem(code="asset-name", message=message, hint=hint, location=Location(source.path))


class _Builder:
    """Makes assets, those that a stylesheet uses before the stylesheet itself."""

    def __init__(self, sources: dict[str, Source], problems: list[Problem]) -> None:
        self._sources = sources
        self._problems = problems
        self._done: dict[str, Asset] = {}
        self._open: list[str] = []

    def build(self) -> dict[str, Asset]:
        for name in self._sources:
            self._make(name)
        return self._done

    def _make(self, name: str) -> Asset:
        if name not in self._done:
            source = self._sources[name]
            self._open.append(name)
            data = self._stylesheet(name, source) if name.endswith(".css") else source.data
            self._open.pop()
            self._done[name] = _asset(name, data, source.path)
        return self._done[name]

    def _stylesheet(self, name: str, source: Source) -> bytes:
        try:
            text = source.text
        except UnicodeDecodeError:
            self._note("not-utf8", "the stylesheet is not UTF-8 text", "save it as UTF-8", Location(source.path))
            return source.data

        def rewritten(match: re.Match[str]) -> str:
            group = "url" if match["url"] is not None else "imported"
            quoted = match[group]
            if quoted is None:
                return match[0]
            reference = quoted.strip("\"'")
            line = text.count("\n", 0, match.start()) + 1
            target = self._target(name, reference, Location(source.path, line))
            return match[0] if target is None else match[0].replace(quoted, f'"{target}"', 1)

        return _CSS_TOKEN.sub(rewritten, text).encode()

    def _target(self, name: str, reference: str, location: Location) -> str | None:
        """What ``reference`` in the stylesheet ``name`` becomes; ``None`` leaves it as it is."""
        if not reference or reference.startswith("#") or reference.lower().startswith("data:"):
            return None
        if reference.startswith("/") or _SCHEME.match(reference):
            self._note(
                "asset-remote",
                f"the stylesheet refers to “{reference}” outside its theme",
                "put a copy into static/ and name it relative to the stylesheet:"
                " pages load nothing from elsewhere and work under any base path",
                location,
            )
            return None
        plain = re.split(r"[?#]", reference, maxsplit=1)[0]
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), plain))
        if wanted not in self._sources:
            self._missing(wanted, location)
            return None
        if wanted in self._open:
            chain = " → ".join([*self._open[self._open.index(wanted) :], wanted])
            self._note("asset-cycle", f"stylesheets import each other: {chain}", "remove one import", location)
            return None
        here = posixpath.dirname(hashed_path(name, b""))
        return posixpath.relpath(self._make(wanted).path, here) + reference[len(plain) :]

    def _missing(self, wanted: str, location: Location) -> None:
        hint = asset_hint(self._sources, wanted)
        self._note("unknown-asset", f"there is no asset “{wanted}”", hint, location)

    def _note(self, code: str, message: str, hint: str, location: Location) -> None:
        self._problems.append(Problem(code=code, message=message, hint=hint, location=location))
