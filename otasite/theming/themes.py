"""A theme as one immutable value: found, read, checked and hashed.

Lookup, from the top: the site's ``templates/`` and ``locales/``, the theme, its parents, and at the bottom
always the bundled theme ``default``. Themes are looked for in the site's ``themes/`` first, then among the
bundled ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from otasite import __version__
from otasite.problems import Findings, Location, ProblemsFound, Refused, suggest
from otasite.theming.assets import Asset, build_assets
from otasite.theming.declaration import (
    Declaration,
    OwnFileRecord,
    check_files,
    merge_files,
    read_declaration,
)
from otasite.theming.inheritance import Locate, choose_values, merge_options
from otasite.theming.layers import KINDS, Layer, Source, read_site_layer, read_theme_layer
from otasite.theming.options import Option, OptionValue, options_stylesheet
from otasite.theming.own_types import ExtraTypesRecord, data_types, extra_types
from otasite.typed_yaml.kinds import Expected, RecordKind
from otasite.typed_yaml.texts import is_name

#: An installed wheel carries the bundled themes and the starter content inside the package (``otasite/_bundled``), a
#: checkout has them beside it. Both are found from here and never from the current folder: which one a person happens
#: to stand in must not decide how a site looks.
_PACKAGE = Path(__file__).resolve().parent.parent


def bundled_themes(package: Path = _PACKAGE) -> Path:
    """The folder whose children are the bundled themes. Raises :class:`Refused` in a broken installation."""
    return _find(package, "themes", "themes")


def starter_content(package: Path = _PACKAGE) -> Path:
    """The folder with the content of a new site. Raises :class:`Refused` in a broken installation."""
    return _find(package, "starter", "content")


def _find(package: Path, in_wheel: str, in_checkout: str) -> Path:
    installed = package / "_bundled" / in_wheel
    if installed.is_dir():
        return installed
    checkout = package.parent
    # The project file tells a checkout from a site-packages folder that has somebody else's “themes”.
    if (checkout / "pyproject.toml").is_file() and (checkout / in_checkout).is_dir():
        return checkout / in_checkout
    raise Refused(
        f"this installation of otasite is incomplete: its {in_checkout} are missing",
        hint="install otasite again",
    )


BASE = "default"
THEME_FILE = "theme.yaml"
#: The language in which every text must exist; :mod:`otasite.theming.locales` falls back to it.
FALLBACK_LANGUAGE = "en"


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a theme brings to a site. ``layers`` are ordered from the site's overrides downwards.

    ``digest`` covers all of it.
    """

    name: str
    version: str
    layers: tuple[Layer, ...]
    declared: tuple[Option, ...]
    options: dict[str, OptionValue]
    assets: dict[str, Asset]
    digest: str
    #: What it reads of data of the site's own: below ``extra:``, by who has it, and of ``content/data/``, by name.
    extra: dict[str, RecordKind] = {}
    data: dict[str, Expected] = {}
    #: Files beside the pages that it declares.
    files: tuple[OwnFileRecord, ...] = ()

    @property
    def asset_paths(self) -> dict[str, str]:
        """Plain name to hashed path of every asset."""
        return {name: asset.path for name, asset in self.assets.items()}

    def find(self, template: str, *, below: int = 0) -> Source | None:
        """The file of a template: that of the uppermost layer from layer number ``below`` downwards."""
        for layer in self.layers[below:]:
            source = layer.templates.get(template)
            if source is not None:
                return source
        return None

    def has(self, template: str) -> bool:
        """Whether any layer has a template."""
        return self.find(template) is not None

    def catalogues(self, language: str) -> tuple[Source, ...]:
        """The catalogues that decide a text in ``language``, the deciding one first."""
        return tuple(
            layer.locales[tag] for tag in fallbacks(language) for layer in self.layers if tag in layer.locales
        )


class ThemeInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A theme that the site can name: ``name`` is the folder's name, ``title`` what the theme calls itself.

    ``bundled`` says whether otasite brings it.
    """

    name: str
    title: str
    version: str
    description: str
    parent: str
    bundled: bool


def fallbacks(language: str) -> tuple[str, ...]:
    """The languages in which a text is looked up: ``pt-BR`` → ``pt-BR``, ``pt``, ``en``."""
    parts = language.split("-")
    tags = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return tuple(dict.fromkeys([*tags, FALLBACK_LANGUAGE]))


def load_theme(
    name: str,
    *,
    site_root: Path,
    options: Mapping[str, str] | None = None,
    locate: Locate | None = None,
) -> Theme:
    """Find and read the theme ``name`` with its parents, for a site whose project folder is ``site_root``.

    ``options`` are the site's choices as written in YAML; ``locate`` tells where ``("theme",)`` and
    ``("theme", "options", <option>)`` stand in its file. Raises :class:`ProblemsFound` with every problem of the
    theme's files and the site's choices, and :class:`Refused` when the installation lacks its bundled themes.
    """
    locate = locate or _nowhere
    findings = Findings()
    chain = list(_chain(name, site_root, locate, findings))
    declared = merge_options((link.declaration.options for link in reversed(chain)), findings)
    # Judging the site's choices by a broken chain would only add wrong problems to the true one.
    values = {} if findings.problems else choose_values(declared, options or {}, locate, findings)
    layers = (
        read_site_layer(site_root, findings),
        *(read_theme_layer(link.name, link.declaration.record.version, link.folder, findings) for link in chain),
    )
    names = {name for layer in layers for name in layer.templates}
    for link in chain:
        check_files(link.declaration.record.files, names.__contains__, link.declaration.where, findings)
    stylesheet = "" if findings.problems else options_stylesheet(declared.values(), values)
    assets = build_assets(layers, stylesheet, findings)
    if findings.problems:
        raise ProblemsFound(findings.problems)
    return Theme(
        name=name,
        version=chain[0].declaration.record.version,
        layers=layers,
        declared=tuple(declared.values()),
        options=values,
        assets=assets,
        digest=_digest(layers, values),
        extra=extra_types([link.declaration.record.extra or ExtraTypesRecord() for link in reversed(chain)]),
        data=data_types([link.declaration.record.data or {} for link in reversed(chain)]),
        files=merge_files(link.declaration.record.files for link in reversed(chain)),
    )


def watched_paths(theme_name: str, theme: Theme | None, *, site_root: Path) -> tuple[Path, ...]:
    """Folders in which a change can change the theme; some may not exist yet.

    ``theme`` is the theme as last loaded, ``None`` when it could not be: then every place is watched in which
    ``theme_name`` and its parents might be.
    """
    own = [site_root / "templates", site_root / "locales", site_root / "themes"]
    if theme is None:
        return (*own, bundled_themes())
    below = [layer.folder for layer in theme.layers if layer.theme]
    return tuple(dict.fromkeys([*own, *below]))


def list_themes(site_root: Path) -> list[ThemeInfo]:
    """Every theme that a site can name, by name. Raises :class:`ProblemsFound` for an unreadable theme.yaml."""
    findings = Findings()
    found = [_info(name, folder, findings) for name, folder in _folders(site_root).items()]
    if findings.problems:
        raise ProblemsFound(findings.problems)
    return found


class _Link(msgspec.Struct, frozen=True):
    """One theme of a chain before its files are read."""

    name: str
    folder: Path
    declaration: Declaration


def _chain(name: str, site_root: Path, locate: Locate, findings: Findings) -> Iterator[_Link]:
    """The theme, its parents, and ``default``. Ends early, with a problem noted, where the chain breaks."""
    asked_at = locate(("theme",))
    folders = _folders(site_root)
    seen: list[str] = []
    while True:
        folder = folders.get(name)
        if folder is None:
            hint = suggest(name, folders) or f"themes are: {', '.join(folders)}"
            findings.report("unknown-theme", f"there is no theme “{name}”", hint=hint, at=asked_at)
            return
        declaration = read_declaration(folder / THEME_FILE, f"themes/{name}/{THEME_FILE}", findings)
        _check_version(name, declaration, findings)
        yield _Link(name, folder, declaration)
        seen.append(name)
        if name == BASE:
            _check_base_has_no_parent(declaration, findings)
            return
        parent = declaration.record.parent
        name, asked_at = (parent, declaration.where("parent")) if parent else (BASE, declaration.where())
        if name in seen:
            findings.report(
                "theme-parent",
                f"themes are each other's parents: {' → '.join([*seen, name])}",
                hint="let one of them have another parent, or none",
                at=asked_at,
            )
            return


def _folders(site_root: Path) -> dict[str, Path]:
    """Every theme's folder by name, sorted; a site's own theme hides a bundled one of the same name."""
    folders = {
        child.name: child
        for themes in (bundled_themes(), site_root / "themes")
        if themes.is_dir()
        for child in themes.iterdir()
        if child.is_dir() and is_name(child.name)
    }
    return dict(sorted(folders.items()))


def _info(name: str, folder: Path, findings: Findings) -> ThemeInfo:
    declaration = read_declaration(folder / THEME_FILE, f"themes/{name}/{THEME_FILE}", findings)
    default_parent = "" if name == BASE else BASE
    return ThemeInfo(
        name=name,
        title=declaration.record.name or name,
        version=declaration.record.version,
        description=declaration.record.description,
        parent=declaration.record.parent or default_parent,
        bundled=folder.parent == bundled_themes(),
    )


def _check_version(name: str, declaration: Declaration, findings: Findings) -> None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    wanted = declaration.record.otasite
    if not wanted:
        return
    try:
        fits = SpecifierSet(wanted).contains(__version__, prereleases=True)
    except InvalidSpecifier:
        message, hint = f"“{wanted}” compares no versions", "write it as in >=0.2 or >=0.2,<1"
        findings.report("bad-value", message, hint=hint, at=declaration.where("otasite"))
        return
    if not fits:
        findings.report(
            "theme-needs-otasite",
            f"the theme “{name}” is for otasite {wanted}; this is {__version__}",
            hint="install such a version, or take a version of the theme that fits this one",
            at=declaration.where("otasite"),
        )


def _check_base_has_no_parent(declaration: Declaration, findings: Findings) -> None:
    if declaration.record.parent:
        findings.report(
            "theme-parent",
            f"the theme “{BASE}” is the last of every chain and has no parent",
            hint="remove the key, or give your theme another name",
            at=declaration.where("parent"),
        )


def _digest(layers: tuple[Layer, ...], options: dict[str, OptionValue]) -> str:
    files = [
        (source.path, source.digest) for layer in layers for kind in KINDS for source in layer.files(kind).values()
    ]
    versions = [(layer.theme, layer.version) for layer in layers]
    return _hash([versions, files, sorted(options.items())])


def _hash(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()


def _nowhere(path: tuple[str, ...]) -> Location | None:
    return None
