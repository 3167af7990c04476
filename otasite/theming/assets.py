"""Assets: the stylesheets, scripts, fonts and pictures of a theme, under names that carry their content's hash.

A changed file gets a new name, so browsers may keep what they have for ever. Stylesheets are rewritten to name
the hashed files they use; their own hash therefore covers those too. A stylesheet that they import becomes part of
them: a page that waits for one file is there sooner than one that waits for three, one after the other.

Stylesheets and scripts are published without what only their authors need, comments and indentation (rcssmin and
rjsmin, which only leave out and never rewrite); licences (``/*! … */``) stay, and so do files named ``*.min.css`` and
``*.min.js``.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from otasite.problems import Findings, Location, Problem, suggest
from otasite.theming.layers import Layer, Source

OPTIONS_NAME = "options.css"
_FOLDER = "assets"
_HASH_LENGTH = 10
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
#: What assets are made from by tools, and what tells these tools how: files for authors alone.
_FOR_AUTHORS = re.compile(
    r".*\.(?:scss|sass|less|styl|coffee|tsx?|jsx|map)|(?:.*/)?(?:[^/]*\.config\.[cm]?js|package(?:-lock)?\.json)",
    re.IGNORECASE,
)

_STRING = r"""(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
#: Comments and strings are matched so that what looks like an address inside them is left alone; a string that is not
#: closed ends with its line.
_CSS_TOKEN = re.compile(
    rf"""
    /\*.*?(?:\*/|\Z)
    | @import\s+(?:(?P<imported>{_STRING})
        | url\(\s*+(?P<imported_url>{_STRING}|[^"'()\s]*)\s*\))
        (?P<condition>[^;]*)(?:;|\Z)
    | (?<![\w-])url\(\s*+(?P<url>{_STRING}|[^"'()\s]*)\s*\)
    | "(?:\\.|[^"\\\n])*"?
    | '(?:\\.|[^'\\\n])*'?
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
#: A character by its number, the end of a line that goes on, or a character that stands for itself.
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|\n|(.))")
#: What a ``data:`` address may hold, and how a file of it ends.
_EMBEDDED = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/svg+xml": ".svg",
    "font/woff2": ".woff2",
    "font/woff": ".woff",
    "font/ttf": ".ttf",
    "font/otf": ".otf",
    "application/font-woff": ".woff",
    "application/font-woff2": ".woff2",
}
#: The groups of a token that name another file.
_REFERENCES = ("url", "imported", "imported_url")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class Asset(msgspec.Struct, frozen=True):
    """A file for ``dist/``. ``path`` is relative to the site's root, ``source`` names the file it was made from."""

    name: str
    path: str
    data: bytes
    source: str


def build_assets(layers: Iterable[Layer], options_css: str, findings: Findings) -> dict[str, Asset]:
    """All assets by plain name, in sorted order. Of files with one name, that of the upper layer counts.

    What a stylesheet or script is made from (``.scss``, ``.ts``, ``.map`` …) is none.
    ``options.css`` is among them only when a template names it, or a stylesheet that does not take it into itself.
    """
    layers = tuple(layers)
    sources: dict[str, Source] = {}
    for layer in layers:
        for name, source in layer.static.items():
            if not _FOR_AUTHORS.fullmatch(name):
                sources.setdefault(name, source)
    for name, source in sources.items():
        _check_name(name, source, findings)
    options = _asset(OPTIONS_NAME, options_css.encode(), "theme.yaml")
    assets = _Builder(sources, options, findings).build()
    if not _is_named(options, layers, assets):
        del assets[OPTIONS_NAME]
    return dict(sorted(assets.items()))


def _is_named(options: Asset, layers: Iterable[Layer], assets: Mapping[str, Asset]) -> bool:
    in_templates = (source.data for layer in layers for source in layer.templates.values())
    in_styles = (asset.data for name, asset in assets.items() if name.endswith(".css") and name != options.name)
    reference = posixpath.basename(options.path).encode()
    return any(options.name.encode() in data for data in in_templates) or any(reference in data for data in in_styles)


def hashed_path(name: str, data: bytes) -> str:
    """``css/site.css`` → ``assets/css/site.<hash>.css``."""
    stem, suffix = posixpath.splitext(name)
    return f"{_FOLDER}/{stem}.{hashlib.sha256(data).hexdigest()[:_HASH_LENGTH]}{suffix}"


def asset_hint(known: Iterable[str], name: str) -> str:
    """What to do about an asset that does not exist."""
    if _FOR_AUTHORS.fullmatch(name):
        return "files of this kind are not published: name what is made from them"
    return suggest(name, known) or "put the file into the static/ folder of the theme"


def _asset(name: str, data: bytes, source: str) -> Asset:
    return Asset(name, hashed_path(name, data), data, source)


def _check_name(name: str, source: Source, findings: Findings) -> None:
    if name == OPTIONS_NAME:
        message, hint = f"the name {OPTIONS_NAME} is taken by the theme's options", "rename the file"
        findings.report("asset-name", message, hint=hint, at=Location(source.path))
    if not _NAME.fullmatch(name):
        message = f"the name “{name}” cannot be part of an address"
        hint = "use only letters, digits, dot, hyphen and underscore"
        findings.report("asset-name", message, hint=hint, at=Location(source.path))


class _Builder:
    """Makes assets, those that a stylesheet uses before the stylesheet itself."""

    def __init__(self, sources: dict[str, Source], options: Asset, findings: Findings) -> None:
        self._sources = {name: source for name, source in sources.items() if name != OPTIONS_NAME}
        self._findings = findings
        self._done: dict[str, Asset] = {options.name: options}
        self._open: list[str] = []
        self._circles: set[frozenset[str]] = set()
        #: The stylesheets as they were written.
        self._styles = {options.name: options.data.decode()} | self._read_styles()

    def _read_styles(self) -> dict[str, str]:
        styles = {}
        for name, source in self._sources.items():
            if name.endswith(".css"):
                try:
                    styles[name] = source.text
                except UnicodeDecodeError:
                    place = Location(source.path)
                    self._note("not-utf8", "the stylesheet is not UTF-8 text", "save it as UTF-8", place)
        return styles

    def build(self) -> dict[str, Asset]:
        for name in self._sources:
            self._make(name)
        return self._done

    def _make(self, name: str) -> Asset:
        if name not in self._done:
            source = self._sources[name]
            home = posixpath.dirname(hashed_path(name, b""))
            data = self._stylesheet(name, home).encode() if name in self._styles else source.data
            self._done[name] = _asset(name, _published(name, data), source.path)
        return self._done[name]

    def _stylesheet(self, name: str, home: str) -> str:
        """A stylesheet with the addresses that it needs in the folder ``home``: its own, or that of its importer."""
        text = self._styles[name]
        if name == OPTIONS_NAME:
            return text
        self._open.append(name)
        path = self._sources[name].path
        joins = self._can_join(name, ())

        def rewritten(match: re.Match[str]) -> str:
            group = next((group for group in _REFERENCES if match[group] is not None), None)
            if group is None:
                return match[0]
            reference = _address(match[group])
            place = Location(path, text.count("\n", 0, match.start()) + 1)
            if reference[:5].lower() == "data:":
                made = self._embedded(reference, place)
                return match[0] if made is None else _pointing(match, group, posixpath.relpath(made.path, home))
            wanted = self._wanted(name, reference, place)
            if wanted is None:
                return match[0]
            if joins and group != "url":
                return self._stylesheet(wanted, home)
            target = posixpath.relpath(self._make(wanted).path, home)
            return _pointing(match, group, target + reference[len(_plain(reference)) :])

        done = _CSS_TOKEN.sub(rewritten, text)
        self._open.pop()
        return done

    def _can_join(self, name: str, importers: tuple[str, ...]) -> bool:
        """Whether everything that a stylesheet imports can become part of it.

        An import with a condition, as for print, stays one. Imports count only at the beginning of a stylesheet: so
        then all others in it stay imports, too.
        """
        if name in importers:
            return True  # a circle, which is reported elsewhere
        if name not in self._styles:
            return False
        imports = [match for match in _CSS_TOKEN.finditer(self._styles[name]) if _imported(match)]
        return not any(match["condition"].strip() for match in imports) and all(
            self._can_join(_joined(name, _imported(match)), (*importers, name)) for match in imports
        )

    def _embedded(self, reference: str, location: Location) -> Asset | None:
        """The file of what a ``data:`` address holds: the policy of pages lets them load files only."""
        kind, _, written = reference[5:].partition(",")
        type_, *how = (part.strip().lower() for part in kind.split(";"))
        ending, data = _EMBEDDED.get(type_), unquote_to_bytes(written.partition("#")[0])
        try:
            data = b64decode(data + b"=" * (-len(data) % 4), validate=True) if "base64" in how else data
        except ValueError:
            ending = None
        if ending is None:
            message = f"pages do not load what this data: address holds ({type_ or 'text/plain'})"
            self._note("asset-data", message, "put it into static/ as a file and name that", location)
            return None
        path = hashed_path(f"embedded{ending}", data)
        return self._done.setdefault(path, Asset(path, path, data, location.path))

    def _wanted(self, name: str, reference: str, location: Location) -> str | None:
        """The asset that ``reference`` in the stylesheet ``name`` means; ``None`` leaves it as it is."""
        if not reference or reference.startswith("#"):
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
        wanted = _joined(name, reference)
        if wanted not in self._sources and wanted not in self._styles:
            hint = asset_hint(self._sources, wanted)
            self._note("unknown-asset", f"there is no asset “{wanted}”", hint, location)
            return None
        if wanted in self._open:
            circle = self._open[self._open.index(wanted) :]
            if frozenset(circle) not in self._circles:
                self._circles.add(frozenset(circle))
                chain = " → ".join([*circle, wanted])
                self._note("asset-cycle", f"stylesheets import each other: {chain}", "remove one import", location)
            return None
        return wanted

    def _note(self, code: str, message: str, hint: str, location: Location) -> None:
        problem = Problem(code=code, message=message, hint=hint, location=location)
        if problem not in self._findings.problems:  # a stylesheet is read again where it is imported
            self._findings.extend([problem])


def _published(name: str, data: bytes) -> bytes:
    """A file of a theme as browsers get it."""
    if posixpath.splitext(posixpath.splitext(name)[0])[1] == ".min":
        return data
    if name.endswith(".css"):
        import rcssmin

        data = rcssmin.cssmin(data, keep_bang_comments=True)
    elif name.endswith(".js") and not _nests_templates(data):
        import rjsmin

        data = rjsmin.jsmin(data, keep_bang_comments=True)
    return data


def _nests_templates(script: bytes) -> bool:
    """Whether a template literal may stand in another one: rjsmin takes the inner one for code."""
    return any(literal.count(b"{") != literal.count(b"}") for literal in script.split(b"`")[1::2])


def _pointing(match: re.Match[str], group: str, target: str) -> str:
    """What was matched, with another address."""
    quoted = re.sub(r'["\\\n]', lambda found: f"\\{ord(found[0]):x} ", target)
    return match[0].replace(match[group], f'"{quoted}"', 1)


def _imported(match: re.Match[str]) -> str:
    """What an ``@import`` names; "" when the match is something else."""
    return _address(match["imported"] or match["imported_url"] or "")


def _address(written: str) -> str:
    """An address without quotes and escapes."""
    inside = written[1:-1] if written[:1] in ("'", '"') else written
    return _CSS_ESCAPE.sub(lambda found: _character(found[1]) if found[1] else found[2] or "", inside)


def _character(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def _plain(reference: str) -> str:
    return re.split(r"[?#]", reference, maxsplit=1)[0]


def _joined(name: str, reference: str) -> str:
    """The plain name of what the stylesheet ``name`` refers to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), _plain(reference)))
