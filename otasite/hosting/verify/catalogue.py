"""The site's own ``catalogue.json``: which apps and releases there should be, and what each should say."""

from __future__ import annotations

import msgspec

from otasite.hosting.verify.phone import Phone
from otasite.hosting.verify.report import Row, failed, passed, warned
from otasite.problems import suggest


class BinaryPart(msgspec.Struct, frozen=True, kw_only=True):
    """A binary as the catalogue states it; sizes in bytes, empty when it does not say."""

    url: str = ""
    identifier: str = ""
    version: str = ""
    build: str = ""
    size: int | None = None
    sha256: str = ""
    manifest: str = ""


class ReleasePart(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    url: str
    version: str = ""
    ios: BinaryPart | None = None
    android: BinaryPart | None = None


class AppPart(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    url: str
    releases: tuple[ReleasePart, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """``url`` is the address that the site was built for."""

    url: str = ""
    apps: tuple[AppPart, ...] = ()

    def manifests(self) -> dict[str, BinaryPart]:
        """What to expect, by the manifest's address."""
        return {
            release.ios.manifest: release.ios
            for app in self.apps
            for release in app.releases
            if release.ios and release.ios.manifest
        }

    def android(self) -> dict[str, BinaryPart]:
        """What to expect, by the address of the .apk."""
        return {
            release.android.url: release.android
            for app in self.apps
            for release in app.releases
            if release.android and release.android.url
        }


def fetch_catalogue(phone: Phone, base: str, app: str | None) -> tuple[Catalogue, list[Row]]:
    """The catalogue below ``base``, or an empty one: sites that otasite did not make have none.

    With ``app``, only that app is kept.
    """
    url = f"{base}catalogue.json"
    answer = phone.get(url)
    if not answer.ok or answer.type == "text/html":  # a page says that there is none
        return Catalogue(), list(answer.rows)
    try:
        found = msgspec.json.decode(answer.body, type=Catalogue)
    except msgspec.DecodeError as error:
        return Catalogue(), [failed("catalogue", url, f"it cannot be read: {error}")]
    rows = [passed("catalogue", url, f"{len(found.apps)} apps")]
    if answer.type != "application/json":
        rows = [warned("catalogue", url, f"{answer.type or 'no Content-Type'} instead of application/json")]
    if app is not None and found.apps:
        rows += _missing_app(url, app, [one.id for one in found.apps])
        found = msgspec.structs.replace(found, apps=tuple(one for one in found.apps if one.id == app))
    return found, rows


def _missing_app(url: str, app: str, known: list[str]) -> list[Row]:
    if app in known:
        return []
    hint = suggest(app, known) or f"it lists {', '.join(known[:20])}"
    return [warned("catalogue-app", url, f"it lists no app “{app}”; {hint}")]
