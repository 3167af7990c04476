"""An F-Droid repository: ``fdroid/repo/``, which any client for such repositories can follow.

``entry.jar`` is signed and names ``index-v2.json`` by its hash; that names APKs, icons and screenshots by paths below
the same folder. So the APKs of its apps are published there and nowhere else, and pages link to them. The moment of
the index is that of its newest release, so that the same content and key give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping
from functools import partial

import msgspec

from otasite.catalogue.model import Binary, Release
from otasite.catalogue.output_choice import OutputKind
from otasite.catalogue.project import SITE_FILE
from otasite.hosts.repository_key import RepositoryKey
from otasite.outputs.jar import signed_jar
from otasite.outputs.output import Output, made_of
from otasite.problems import Location, Problem, ProblemsFound
from otasite.site.addresses import FDROID_REPOSITORY, AppAddresses, OwnBinary
from otasite.site.artifacts import Artifact
from otasite.site.calls import without_calls
from otasite.site.context import Context
from otasite.site.published import PublishedApp, PublishedSite
from otasite.site.repository import FDroidRecord, repository_address, repository_offer, repository_settings
from otasite.site.selection import Newest
from otasite.site.views import OfferView

#: Version of the format of the index.
_VERSION = 20002
#: The channel that clients offer to those who want test builds; all but the site's default channel are in it.
_BETA = "Beta"

Texts = dict[str, str]


class File(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of the repository: ``name`` begins with a slash and counts from its folder."""

    name: str
    sha256: str = ""
    size: int = 0


class Sdk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    min_sdk_version: int = 0
    target_sdk_version: int = 0


class Permission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    name: str
    max_sdk_version: int = 0


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    sha256: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What an APK says of itself; what is not known of it is left out."""

    version_name: str
    version_code: int
    uses_sdk: Sdk | None = None
    signer: Signer | None = None
    uses_permission: tuple[Permission, ...] = ()
    nativecode: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()


class Version(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One APK. ``added`` is in milliseconds since 1970."""

    added: int
    file: File
    manifest: Manifest
    release_channels: tuple[str, ...] = ()
    whats_new: Texts = {}


class Metadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An app. Texts and pictures are by language."""

    added: int
    last_updated: int
    name: Texts
    summary: Texts = {}
    description: Texts = {}
    icon: dict[str, File] = {}
    screenshots: dict[str, dict[str, tuple[File, ...]]] = {}
    categories: tuple[str, ...] = ()
    web_site: str = ""
    author_name: str = ""
    author_email: str = ""
    preferred_signer: str = ""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """An app with its APKs by their SHA-256."""

    metadata: Metadata
    versions: dict[str, Version]


#: By application ID. Builds of one app may have several, such as com.example.notes and com.example.notes.beta.
Packages = dict[str, Package]


class FDroid(Output[Packages]):
    """``entry.jar`` and ``index-v2.json``, with copies of pictures beside the APKs."""

    name = "fdroid"
    asked = OutputKind(
        in_site="A repository for F-Droid and other clients of its kind, with all Android apps.",
        in_app="Its part of the F-Droid repository.",
        site_settings=FDroidRecord,
    )
    leaves = Packages
    needs = "a release whose APK is part of the site (“file:”, no “binaries:”), with a version code as its build"

    def offers(self, addresses: AppAddresses, newest: Newest[Release]) -> Iterator[OfferView]:
        release, offer = newest.by_platform.get("android"), repository_offer(addresses.context)
        if release and offer and _apk(addresses, release):
            yield offer

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        if any(_apk(app.addresses, release) for release in app.shown):
            for path in (app.files.icons[512], *(path for path, _, _ in app.files.screenshots)):
                yield msgspec.structs.replace(app.pictures[path], path=f"{FDROID_REPOSITORY}{path}")

    def leave(self, app: PublishedApp) -> Packages | None:
        builds: dict[str, list[tuple[Release, Binary, OwnBinary]]] = {}
        for release in app.shown:
            own = _apk(app.addresses, release)
            if own and release.android:
                builds.setdefault(release.android.identifier, []).append((release, release.android, own))
        return {identifier: _package(app, of_one) for identifier, of_one in builds.items()} or None

    def of_site(self, site: PublishedSite, left: Mapping[str, Packages]) -> Iterator[Artifact]:
        if not left:
            return
        packages: Packages = {}
        for of_app in left.values():
            for identifier, package in of_app.items():
                packages[identifier] = _joined(packages.get(identifier, package), package)
        index = _index(site.context, packages)
        yield made_of(f"{FDROID_REPOSITORY}index-v2.json", index, lambda: index)
        key = _key(site.context)
        if key is not None:
            entry = _entry(index, packages)
            render = partial(signed_jar, "entry.json", entry, key)
            # Named as what leads to the site: it comes after all that it names.
            yield made_of(f"{FDROID_REPOSITORY}entry.jar", [entry, key.fingerprint], render, kind="index")


# --- the key ------------------------------------------------------------------------------------------------


def _key(context: Context) -> RepositoryKey | None:
    """The key to sign with; None when nothing is published now. Raises :class:`ProblemsFound`."""
    key, told = context.repository_key, repository_settings(context).fingerprint
    if key is None and not context.is_published:
        return None
    if key is None:
        message = "there is no key to sign the F-Droid repository with"
        hint = "set OTASITE_FDROID_KEY (its text, or its file), or make one once: otasite key new fdroid"
    elif told and key.fingerprint != told:
        message = f"the key's fingerprint is {key.fingerprint}, but site.yaml says {told}: clients would refuse it"
        hint = "sign with the key that the repository began with; if it is lost, clients have to add the new one"
    else:
        return key
    raise ProblemsFound([Problem(code="fdroid-key", message=message, hint=hint, location=Location(SITE_FILE))])


# --- apps ---------------------------------------------------------------------------------------------------


def _apk(addresses: AppAddresses, release: Release) -> OwnBinary | None:
    """The APK of a release, when the repository has it."""
    return addresses.apk(release) if release.android and release.android.version_code is not None else None


def _package(app: PublishedApp, builds: list[tuple[Release, Binary, OwnBinary]]) -> Package:
    """Builds with one application ID, newest first. Of one APK in several channels the default one counts."""
    default = app.context.site.default_channel.id
    versions: dict[str, Version] = {}
    for release, binary, own in sorted(builds, key=lambda build: build[0].channel != default):
        versions.setdefault(own.sha256, _version(app, release, binary, own))
    return Package(metadata=_metadata(app, builds[0][1], versions.values()), versions=versions)


def _joined(one: Package, other: Package) -> Package:
    """Builds with one application ID of two apps of the site; the texts are the first app's."""
    versions = other.versions | one.versions
    return Package(metadata=msgspec.structs.replace(one.metadata, **_moments(versions.values())), versions=versions)


def _moments(versions: Collection[Version]) -> dict[str, int]:
    added = [version.added for version in versions]
    return {"added": min(added), "last_updated": max(added)}


def _metadata(app: PublishedApp, newest: Binary, versions: Collection[Version]) -> Metadata:
    context, organisation = app.context, app.context.site.organisation
    signer = newest.facts.signer if newest.facts else None
    shots = tuple(File(name=f"/{path}") for path, _, _ in app.files.screenshots)
    locale = _locale(context.site.language)
    return Metadata(
        **_moments(versions),
        name=_texts(context, app.app.name),
        summary=_texts(context, app.app.subtitle),
        description={
            locale: context.notes.html(without_calls(text), root=context.base.url)
            for locale, text in _texts(context, app.app.description).items()
        },
        icon={locale: File(name=f"/{app.files.icons[512]}")},
        screenshots={"phone": {locale: shots}} if shots else {},
        categories=(app.app.category,) if app.app.category else (),
        web_site=app.app.links.website,
        author_name=organisation.name,
        author_email=organisation.email,
        preferred_signer=signer.sha256 if signer else "",
    )


def _version(app: PublishedApp, release: Release, binary: Binary, own: OwnBinary) -> Version:
    facts = binary.facts
    is_default = release.channel == app.context.site.default_channel.id
    manifest = Manifest(version_name=binary.version, version_code=binary.version_code or 0)
    if facts is not None:
        manifest = msgspec.structs.replace(
            manifest,
            uses_sdk=Sdk(min_sdk_version=facts.min_sdk, target_sdk_version=facts.target_sdk),
            signer=Signer(sha256=(facts.signer.sha256,)) if facts.signer else None,
            uses_permission=tuple(
                Permission(name=each.name, max_sdk_version=each.until_sdk) for each in facts.permissions
            ),
            nativecode=facts.architectures,
            features=tuple(Feature(name=name) for name in facts.features),
        )
    return Version(
        added=_milliseconds(release.timestamp),
        file=File(name=f"/{own.path.removeprefix(FDROID_REPOSITORY)}", sha256=binary.sha256, size=binary.size or 0),
        manifest=manifest,
        release_channels=() if is_default else (_BETA,),
        whats_new={
            locale: text
            for locale, written in _texts(app.context, release.notes).items()
            if (text := without_calls(written).strip())
        },
    )


def _texts(context: Context, text: str | dict[str, str]) -> Texts:
    """A text in every language of the site that has it."""
    by_language = text if isinstance(text, dict) else {context.site.language: text}
    return {_locale(language): one for language, one in by_language.items() if one}


def _locale(language: str) -> str:
    """A language as clients look for it: English is the one that they fall back to, as en-US."""
    return {"en": "en-US", "zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}.get(language, language)


def _milliseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * 1000


# --- the repository -----------------------------------------------------------------------------------------


def _newest(packages: Mapping[str, Package]) -> int:
    return max(package.metadata.last_updated for package in packages.values())


def _index(context: Context, packages: Mapping[str, Package]) -> bytes:
    said = repository_settings(context)
    categories = sorted({each for package in packages.values() for each in package.metadata.categories})
    locale = _locale(context.site.language)
    repository = {
        "name": _texts(context, said.name or context.site.title),
        "description": _texts(context, said.description or context.site.description),
        "address": repository_address(context),
        "timestamp": _newest(packages),
        "categories": {name: {"name": {locale: name}} for name in categories},
        "releaseChannels": {_BETA: {"name": {"en-US": _BETA}}},
    }
    ordered = dict(sorted(packages.items()))
    return msgspec.json.encode({"repo": repository, "packages": ordered})


def _entry(index: bytes, packages: Mapping[str, Package]) -> bytes:
    """``entry.json``: the index with its hash; changes from one index to the next are not offered."""
    named = {
        "name": "/index-v2.json",
        "sha256": hashlib.sha256(index).hexdigest(),
        "size": len(index),
        "numPackages": len(packages),
    }
    return msgspec.json.encode({"timestamp": _newest(packages), "version": _VERSION, "index": named, "diffs": {}})
