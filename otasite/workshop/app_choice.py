"""Which app of the catalogue a binary belongs to: by its identifier, or as the person says."""

from __future__ import annotations

import re
import unicodedata

import msgspec

from otasite.binaries.info import BinaryInfo
from otasite.catalogue.apps import AppSource
from otasite.catalogue.load import Loader
from otasite.catalogue.records import AppRecord, Platform
from otasite.problems import Problem, ProblemsFound, Refused
from otasite.typed_yaml.texts import is_name

#: Characters of an app's name in addresses, when nobody said it.
_LONGEST = 60
_IDENTIFIER_KEYS: dict[Platform, str] = {"ios": "bundle_id", "android": "application_id"}


class AppChoice(msgspec.Struct, frozen=True):
    """The app by its name in addresses; ``source`` and ``record`` are None for one that is not there yet."""

    id: str
    source: AppSource | None = None
    record: AppRecord | None = None


def platform_of(info: BinaryInfo) -> Platform:
    return "ios" if info.kind == "ipa" else "android"


def identifier_key(platform: Platform) -> str:
    """The key of ``app.yaml`` that holds the identifier of a platform's binaries."""
    return _IDENTIFIER_KEYS[platform]


def choose_app(loader: Loader, info: BinaryInfo, wanted: str | None) -> AppChoice:
    """The app for a binary. Raises Refused or ProblemsFound when that is not certain, and says what would be."""
    sources = [source for source in loader.app_sources() if wanted is None or source.id == wanted]
    apps = [_read(loader, source) for source in sources]
    loader.findings.raise_errors()
    if wanted is not None:
        return _named(loader, apps, info, wanted)
    return _found(apps, info) or _new(loader, apps, info)


def slug_of(info: BinaryInfo) -> str:
    """A name for addresses from the app's name; from its identifier when the name has no such letters."""
    for text in (info.name, info.identifier.rpartition(".")[2], "app"):
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        if slug := re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-"):
            return slug
    return "app"


def _read(loader: Loader, source: AppSource) -> AppChoice:
    record, _ = loader.files.record(source.path, AppRecord)
    return AppChoice(source.id, source, record)


def _identifier(app: AppChoice, platform: Platform) -> str:
    return str(getattr(app.record, _IDENTIFIER_KEYS[platform], None) or "")


def _named(loader: Loader, apps: list[AppChoice], info: BinaryInfo, wanted: str) -> AppChoice:
    app = next((app for app in apps if app.id == wanted), None)
    if app is None:
        if not is_name(wanted) or wanted.lower() in loader.reserved:
            hint = "use letters, digits, dot, hyphen and underscore"
            raise Refused(f"“{wanted}” cannot be an app's name: it becomes its address", hint)
        return AppChoice(wanted)
    platform = platform_of(info)
    own = _identifier(app, platform)
    if own and own != info.identifier:
        assert app.source is not None
        raise ProblemsFound(
            [
                Problem(
                    code="identifier-mismatch",
                    message=f"the app “{app.id}” is {own}, but {info.file} is {info.identifier}",
                    hint="add it to the app it belongs to (--app NAME), or correct the identifier here",
                    location=loader.files.where(app.source.path)(_IDENTIFIER_KEYS[platform]),
                )
            ]
        )
    return app


def _found(apps: list[AppChoice], info: BinaryInfo) -> AppChoice | None:
    """The app with this identifier on this platform; else the one that has it on the other."""
    platform = platform_of(info)
    other: Platform = "android" if platform == "ios" else "ios"
    matches = [app for app in apps if _identifier(app, platform) == info.identifier] or [
        app for app in apps if not _identifier(app, platform) and _identifier(app, other) == info.identifier
    ]
    if len(matches) > 1:
        names = ", ".join(app.id for app in matches)
        raise Refused(f"{info.identifier} belongs to several apps: {names}", "say which one with --app NAME")
    return matches[0] if matches else None


def _new(loader: Loader, apps: list[AppChoice], info: BinaryInfo) -> AppChoice:
    slug = slug_of(info)
    slug = f"{slug}-app" if slug in loader.reserved else slug
    taken = next((app for app in apps if app.id.lower() == slug), None)
    if taken is None:
        return AppChoice(slug)
    own = _identifier(taken, platform_of(info))
    key = _IDENTIFIER_KEYS[platform_of(info)]
    is_what = f"is {own}" if own else f"has no {key} yet"
    raise Refused(
        f"{info.file} is {info.identifier}; the app “{taken.id}” {is_what}",
        f"if they are the same app: --app {taken.id}; if not, give the new one a name: --app NAME",
    )
